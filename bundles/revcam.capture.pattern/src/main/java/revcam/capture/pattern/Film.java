package revcam.capture.pattern;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/**
 * The panorama in one buffer, of which a picture is a window: panning moves the plane offsets and no sample.
 *
 * <p>Rows lie back to back, so a window that reaches past the right end of a row goes on at the left end of the row
 * below. The film is a helix: a panorama that rises by one row over its length closes without a seam, and the pan never
 * ends.
 */
final class Film implements RawFrame {

    private final int length;
    private final int width;
    private final int height;
    private final ByteBuffer data;
    private final int[] planeStarts;
    private final AtomicBoolean leased = new AtomicBoolean();
    private int left;
    private long captureNanos;
    private long sequence;

    /** What the sprites of the last picture cover, in the order they were drawn. */
    private final byte[] covered;
    private int coveredEnd;
    private final int[] runStarts;
    private final int[] runBytes;
    private int runs;

    /**
     * @param length of the panorama in columns, even
     * @param sprites all that are ever drawn into one picture
     */
    Film(int length, int width, int height, Iterable<Sprite> sprites) {
        this.length = length;
        this.width = width;
        this.height = height;
        int lumaBytes = length * (height + 1);
        int chromaBytes = length / 2 * (height / 2 + 1);
        planeStarts = new int[] {0, lumaBytes, lumaBytes + chromaBytes};
        data = ByteBuffer.allocateDirect(lumaBytes + 2 * chromaBytes);
        int bytes = 0;
        int rows = 0;
        for (Sprite sprite : sprites) {
            bytes += sprite.bytes();
            rows += sprite.rows();
        }
        covered = new byte[bytes];
        runStarts = new int[rows];
        runBytes = new int[rows];
    }

    /** Writes one row of the panorama. */
    void write(int plane, int row, byte[] samples) {
        data.put(planeStarts[plane] + row * planeStride(plane), samples, 0, planeStride(plane));
    }

    boolean tryLease() {
        return leased.compareAndSet(false, true);
    }

    /** Takes the sprites off and shows the panorama from column {@code left}, which is even, on. */
    void turnTo(int left) {
        while (runs > 0) {
            runs--;
            coveredEnd -= runBytes[runs];
            data.put(runStarts[runs], covered, coveredEnd, runBytes[runs]);
        }
        this.left = left;
    }

    /** Draws one row of a sprite until the next {@link #turnTo}; the address is in the window and may leave it. */
    void cover(int plane, int x, int y, byte[] samples, int from, int bytes) {
        int start = planeOffset(plane) + y * planeStride(plane) + x;
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
