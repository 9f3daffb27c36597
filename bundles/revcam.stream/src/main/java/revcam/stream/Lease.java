package revcam.stream;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import revcam.api.media.FrameMemory;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/** A frame on lease to an encoder, which is how the engine counts what is inside one. */
final class Lease implements RawFrame {

    private final RawFrame frame;
    private final Runnable onReturn;
    private final AtomicBoolean open = new AtomicBoolean(true);

    /** @param onReturn called once, when the encoder lets go of it; gives the frame back */
    Lease(RawFrame frame, Runnable onReturn) {
        this.frame = frame;
        this.onReturn = onReturn;
    }

    @Override
    public PixelFormat format() {
        return frame.format();
    }

    @Override
    public int width() {
        return frame.width();
    }

    @Override
    public int height() {
        return frame.height();
    }

    @Override
    public ByteBuffer data() {
        return frame.data();
    }

    @Override
    public int planeOffset(int plane) {
        return frame.planeOffset(plane);
    }

    @Override
    public int planeStride(int plane) {
        return frame.planeStride(plane);
    }

    @Override
    public int dmabufFd() {
        return frame.dmabufFd();
    }

    @Override
    public boolean offer(FrameMemory memory) {
        return frame.offer(memory);
    }

    @Override
    public long captureNanos() {
        return frame.captureNanos();
    }

    @Override
    public long sequence() {
        return frame.sequence();
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            onReturn.run();
        }
    }
}
