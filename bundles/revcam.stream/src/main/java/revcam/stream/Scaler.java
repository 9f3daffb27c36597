package revcam.stream;

import java.nio.ByteBuffer;
import revcam.api.media.FramePool;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.stream.rate.Scale;

/**
 * Makes I420 pictures smaller, each sample the mean of what it covers. Allocates nothing per picture. One thread; leases
 * end on any.
 */
final class Scaler {

    private static final int STRIDE_ALIGNMENT = 64;

    private final Scale scale;
    private final FrameShape from;
    private final FrameShape to;
    private final FramePool pool;
    private final byte[][] rows;
    private final byte[] out;

    /** @param leases how many pictures may be out at once */
    Scaler(Scale scale, FrameShape from, int leases) {
        this.scale = scale;
        this.from = from;
        to = shape(from, scale);
        pool = new FramePool(leases, PixelFormat.I420, to.width(), to.height(), STRIDE_ALIGNMENT);
        rows = new byte[3][from.width()];
        out = new byte[to.width()];
    }

    /** Whether pictures like that can be made smaller at all. */
    static boolean scales(FrameShape shape) {
        return shape.format() == PixelFormat.I420
                && Math.min(Scale.HALF.side(shape.width()), Scale.HALF.side(shape.height())) >= 32;
    }

    /** What they become. */
    static FrameShape shape(FrameShape from, Scale scale) {
        return scale == Scale.FULL ? from
                : new FrameShape(scale.side(from.width()), scale.side(from.height()), from.format());
    }

    /**
     * The picture made smaller, on lease to the caller.
     *
     * @param captureNanos the new one's
     * @return null while all are out
     */
    RawFrame scaled(RawFrame frame, long captureNanos) {
        FramePool.PooledFrame smaller = pool.acquire();
        if (smaller == null) {
            return null;
        }
        for (int plane = 0; plane < PixelFormat.I420.planes(); plane++) {
            int width = PixelFormat.I420.rowBytes(plane, to.width());
            int height = PixelFormat.I420.rows(plane, to.height());
            if (scale == Scale.HALF) {
                halve(frame, smaller, plane, width, height);
            } else {
                takeTwoThirds(frame, smaller, plane, width, height);
            }
        }
        return smaller.stamp(captureNanos, frame.sequence());
    }

    /** Sides that cannot be divided lose what is left over at the end. */
    private void halve(RawFrame in, RawFrame smaller, int plane, int width, int height) {
        byte[] a = rows[0];
        byte[] b = rows[1];
        for (int y = 0; y < height; y++) {
            read(in, plane, 2 * y, a);
            read(in, plane, 2 * y + 1, b);
            for (int x = 0; x < width; x++) {
                int i = 2 * x;
                out[x] = (byte) ((a[i] & 0xff) + (a[i + 1] & 0xff) + (b[i] & 0xff) + (b[i + 1] & 0xff) + 2 >> 2);
            }
            write(smaller, plane, y, width);
        }
    }

    /** Two of three, of planes with even sides: the one in the middle belongs to both of its neighbours, by half. */
    private void takeTwoThirds(RawFrame in, RawFrame smaller, int plane, int width, int height) {
        byte[] a = rows[0];
        byte[] b = rows[1];
        byte[] c = rows[2];
        int y = 0;
        for (int top = 0; y < height; top += 3) {
            read(in, plane, top, a);
            read(in, plane, top + 1, b);
            read(in, plane, top + 2, c);
            weigh(a, b, width);
            write(smaller, plane, y++, width);
            weigh(c, b, width);
            write(smaller, plane, y++, width);
        }
    }

    /** A row of two parts of one and one part of the other, two samples of three: ninths in all. */
    private void weigh(byte[] two, byte[] one, int width) {
        int i = 0;
        for (int x = 0; x < width; x += 2, i += 3) {
            int left = 2 * (two[i] & 0xff) + (one[i] & 0xff);
            int middle = 2 * (two[i + 1] & 0xff) + (one[i + 1] & 0xff);
            int right = 2 * (two[i + 2] & 0xff) + (one[i + 2] & 0xff);
            out[x] = (byte) ((2 * left + middle + 4) / 9);
            out[x + 1] = (byte) ((2 * right + middle + 4) / 9);
        }
    }

    private void read(RawFrame in, int plane, int row, byte[] into) {
        in.data().get(in.planeOffset(plane) + row * in.planeStride(plane), into, 0,
                PixelFormat.I420.rowBytes(plane, from.width()));
    }

    private void write(RawFrame smaller, int plane, int row, int width) {
        ByteBuffer data = smaller.data();
        data.put(smaller.planeOffset(plane) + row * smaller.planeStride(plane), out, 0, width);
    }

    /** Pictures that are out. */
    int outstanding() {
        return pool.outstanding();
    }
}
