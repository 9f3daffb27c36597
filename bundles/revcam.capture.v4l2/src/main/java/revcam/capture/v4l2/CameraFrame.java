package revcam.capture.v4l2;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import revcam.api.media.FrameMemory;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.v4l2.QueueBuffer;

/**
 * A driver's buffer on lease. Ending a lease makes no system call, which a driver could hold up: the camera's thread gives
 * the buffer back to the driver before the next picture. When the camera has gone meanwhile, ending the lease frees the memory.
 */
final class CameraFrame implements RawFrame {

    /** With the driver, or between dequeue and queue on the camera's thread. */
    private static final int IDLE = 0;
    private static final int LEASED = 1;
    private static final int RETURNED = 2;
    /** On lease, and the camera has gone. */
    private static final int ORPHANED = 3;
    private static final int FREED = 4;

    private final QueueBuffer buffer;
    private final CameraFormat format;
    private final int width;
    private final int height;
    private final int bytesPerLine;
    private final ByteBuffer data;
    private final int dmabufFd;
    private final Runnable onFreed;
    private final Predicate<FrameMemory> onOffer;
    private final AtomicInteger state = new AtomicInteger(IDLE);
    private long captureNanos;
    private long sequence;

    /**
     * @param data the buffer's memory
     * @param dmabufFd -1 for none
     * @param onFreed run once nobody reads the memory any more
     * @param onOffer see {@link RawFrame#offer}
     */
    CameraFrame(QueueBuffer buffer, ByteBuffer data, CameraFormat format, int width, int height, int bytesPerLine, int dmabufFd,
            Runnable onFreed, Predicate<FrameMemory> onOffer) {
        this.buffer = buffer;
        this.format = format;
        this.width = width;
        this.height = height;
        this.bytesPerLine = bytesPerLine;
        this.dmabufFd = dmabufFd;
        this.onFreed = onFreed;
        this.onOffer = onOffer;
        this.data = data;
    }

    /** The camera's thread, which has dequeued the buffer. */
    CameraFrame lend(long captureNanos, long sequence) {
        this.captureNanos = captureNanos;
        this.sequence = sequence;
        state.set(LEASED);
        return this;
    }

    /** The camera's thread. @return true when it has come back since, and is to be queued */
    boolean takeReturned() {
        return state.compareAndSet(RETURNED, IDLE);
    }

    QueueBuffer buffer() {
        return buffer;
    }

    boolean isLent() {
        int now = state.get();
        return now == LEASED || now == RETURNED;
    }

    /** The camera's thread, once the driver does not write any more. */
    void retire() {
        if (!state.compareAndSet(LEASED, ORPHANED)) {
            free();
        }
    }

    private void free() {
        if (state.getAndSet(FREED) != FREED) {
            buffer.unmap();
            onFreed.run();
        }
    }

    @Override
    public PixelFormat format() {
        return format.samples;
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
        return format.offset(plane, bytesPerLine, height);
    }

    @Override
    public int planeStride(int plane) {
        return format.stride(plane, bytesPerLine);
    }

    @Override
    public int dmabufFd() {
        return dmabufFd;
    }

    @Override
    public boolean offer(FrameMemory memory) {
        return onOffer.test(memory);
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
        if (!state.compareAndSet(LEASED, RETURNED) && state.get() == ORPHANED) {
            free();
        }
    }
}
