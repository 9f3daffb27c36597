package revcam.capture.pattern;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/**
 * The panorama in one buffer, of which a picture is a window: panning moves the plane offsets and no sample. The window
 * moves sideways only, so the rows of the time strip never come into sight as landscape.
 */
final class Film implements RawFrame {

    private final int length;
    private final int width;
    private final int height;
    private final ByteBuffer data;
    private final LongBuffer longs;
    private final int[] planeStarts;
    private final AtomicBoolean leased = new AtomicBoolean();
    private int left;
    private long captureNanos;
    private long sequence;

    /** What the sprite of the last picture covers, run by run. */
    private final byte[] covered;
    private int coveredEnd;
    private final int[] runStarts;
    private final int[] runBytes;
    private int runs;

    /**
     * @param length of the panorama in columns, even
     * @param sprite the one that is drawn into every picture
     */
    Film(int length, int width, int height, Sprite sprite) {
        this.length = length;
        this.width = width;
        this.height = height;
        int lumaBytes = length * height;
        int chromaBytes = length * height / 4;
        planeStarts = new int[] {0, lumaBytes, lumaBytes + chromaBytes};
        data = ByteBuffer.allocateDirect(lumaBytes + 2 * chromaBytes);
        longs = data.order(ByteOrder.nativeOrder()).asLongBuffer();
        covered = new byte[sprite.bytes()];
        runStarts = new int[sprite.rows()];
        runBytes = new int[sprite.rows()];
    }

    /** Writes one row of the panorama, in native byte order. */
    void writeLuma(int row, long[] samples) {
        longs.put(row * samples.length, samples);
    }

    void writeChroma(int plane, byte[] samples) {
        data.put(planeStarts[plane], samples);
    }

    boolean tryLease() {
        return leased.compareAndSet(false, true);
    }

    /** Takes the sprite off and shows the panorama from column {@code left}, which is even, on. */
    void turnTo(int left) {
        while (runs > 0) {
            runs--;
            coveredEnd -= runBytes[runs];
            data.put(runStarts[runs], covered, coveredEnd, runBytes[runs]);
        }
        this.left = left;
    }

    /** Draws one row of the sprite, until the next {@link #turnTo}, to {@code start} in {@link #data}. */
    void cover(int start, byte[] samples, int from, int bytes) {
        data.get(start, covered, coveredEnd, bytes);
        data.put(start, samples, from, bytes);
        runStarts[runs] = start;
        runBytes[runs] = bytes;
        runs++;
        coveredEnd += bytes;
    }

    Film stamp(long captureNanos, long sequence) {
        this.captureNanos = captureNanos;
        this.sequence = sequence;
        return this;
    }

    @Override
    public PixelFormat format() {
        return PixelFormat.I420;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int height() {
        return height;
    }

    @Override
    public ByteBuffer data() {
        return data;
    }

    @Override
    public int planeOffset(int plane) {
        return planeStarts[plane] + (plane == 0 ? left : left / 2);
    }

    @Override
    public int planeStride(int plane) {
        return plane == 0 ? length : length / 2;
    }

    @Override
    public long captureNanos() {
        return captureNanos;
    }

    @Override
    public long sequence() {
        return sequence;
    }

    @Override
    public void close() {
        leased.set(false);
    }
}
