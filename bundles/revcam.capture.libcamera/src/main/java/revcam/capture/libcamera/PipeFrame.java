package revcam.capture.libcamera;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/** An I420 picture as it comes from the pipe: the padding of its rows included, so that it is read in one go. */
final class PipeFrame implements RawFrame {

    private final int width;
    private final int height;
    private final int stride;
    private final ByteBuffer data;
    private final AtomicBoolean leased = new AtomicBoolean();
    private long captureNanos;
    private long sequence;

    /** @param stride of Y; that of U and V is half of it */
    PipeFrame(int width, int height, int stride) {
        this.width = width;
        this.height = height;
        this.stride = stride;
        data = ByteBuffer.allocateDirect(bytes(stride, height));
    }

    /** Of a picture in the pipe. */
    static int bytes(int stride, int height) {
        return stride * height * 3 / 2;
    }

    boolean tryLease() {
        return leased.compareAndSet(false, true);
    }

    PipeFrame stamp(long captureNanos, long sequence) {
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
        return switch (plane) {
            case 0 -> 0;
            case 1 -> stride * height;
            default -> stride * height + stride / 2 * (height / 2);
        };
    }

    @Override
    public int planeStride(int plane) {
        return plane == 0 ? stride : stride / 2;
    }

    /** The pipe fills all of it, each time. */
    @Override
    public boolean isWritable() {
        return true;
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
