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

    /** The rows that the sprite passes over, as they are without it: one run for each of its rows in each plane. */
    private final byte[] clean;
    /** Index in {@link #data} less index in {@link #clean}, for each run. */
    private final int[] cleanShifts;
    /** What the sprite covers, for each run: indices in {@link #data}, empty where they are equal. */
    private final int[] coveredFrom;
    private final int[] coveredTo;

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
        clean = new byte[length * sprite.height() * 3 / 2];
        cleanShifts = new int[sprite.rows()];
        coveredFrom = new int[sprite.rows()];
        coveredTo = new int[sprite.rows()];
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

    /** Keeps the rows that the sprite will pass over. To be called once, when the panorama is complete. @param y even */
    void keepUnder(Sprite sprite, int y) {
        int run = 0;
        int kept = 0;
        for (int plane = 0; plane < planeStarts.length; plane++) {
            int scale = plane == 0 ? 1 : 2;
            int at = planeStarts[plane] + y / scale * planeStride(plane);
            for (int row = 0; row < sprite.height() / scale; row++) {
                data.get(at, clean, kept, planeStride(plane));
                cleanShifts[run++] = at - kept;
                at += planeStride(plane);
                kept += planeStride(plane);
            }
        }
    }

    /** Shows the panorama from column {@code left}, which is even, on. The sprite stays where it is in the panorama. */
    void turnTo(int left) {
        this.left = left;
    }

    /**
     * Draws one row of the sprite to {@code start} in {@link #data}, which may be 0 bytes of it, and takes off what else of
     * it was there. In a picture it has gone on by a few columns only, so little has to be taken off.
     */
    void cover(int run, int start, byte[] samples, int from, int bytes) {
        uncover(run, coveredFrom[run], Math.min(coveredTo[run], start));
        uncover(run, Math.max(coveredFrom[run], start + bytes), coveredTo[run]);
        data.put(start, samples, from, bytes);
        coveredFrom[run] = start;
        coveredTo[run] = start + bytes;
    }

    private void uncover(int run, int start, int end) {
        if (start < end) {
            data.put(start, clean, start - cleanShifts[run], end - start);
        }
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
