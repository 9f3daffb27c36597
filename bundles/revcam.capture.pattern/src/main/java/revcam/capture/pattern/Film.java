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

    /** What the sprites of the last picture cover, in the order they were drawn, widened to whole longs. */
    private final long[] covered;
    private int coveredEnd;
    private final int[] runStarts;
    private final int[] runLongs;
    private int runs;

    /**
     * @param length of the panorama in columns, even
     * @param sprites all that are ever drawn into one picture
     */
    Film(int length, int width, int height, Iterable<Sprite> sprites) {
        this.length = length;
        this.width = width;
        this.height = height;
        int lumaBytes = length * height;
        int chromaBytes = length * height / 4;
        planeStarts = new int[] {0, lumaBytes, lumaBytes + chromaBytes};
        data = ByteBuffer.allocateDirect(lumaBytes + 2 * chromaBytes);
        longs = data.order(ByteOrder.nativeOrder()).asLongBuffer();
        int bytes = 0;
        int rows = 0;
        for (Sprite sprite : sprites) {
            bytes += sprite.bytes();
            rows += sprite.rows();
        }
        // A run of n bytes touches n / 8 + 2 longs at most.
        covered = new long[bytes / Long.BYTES + 2 * rows];
        runStarts = new int[rows];
        runLongs = new int[rows];
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

    /**
     * Takes the sprites off and shows the panorama from column {@code left}, which is even, on.
     *
     * <p>Long by long, since these rows have left the caches: single stores wait for memory side by side, while a bulk
     * put is a call of native code, at whose end everything stored has to have arrived.
     */
    void turnTo(int left) {
        while (runs > 0) {
            runs--;
            int start = runStarts[runs];
            coveredEnd -= runLongs[runs];
            for (int i = 0; i < runLongs[runs]; i++) {
                longs.put(start + i, covered[coveredEnd + i]);
            }
        }
        this.left = left;
    }

    /** Draws one row of a sprite until the next {@link #turnTo}; all of it lies in the picture. */
    void cover(int plane, int x, int y, byte[] samples, int from, int bytes) {
        int start = planeOffset(plane) + y * planeStride(plane) + x;
        int firstLong = start / Long.BYTES;
        int count = (start + bytes - 1) / Long.BYTES + 1 - firstLong;
        longs.get(firstLong, covered, coveredEnd, count);
        data.put(start, samples, from, bytes);
        runStarts[runs] = firstLong;
        runLongs[runs] = count;
        runs++;
        coveredEnd += count;
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
