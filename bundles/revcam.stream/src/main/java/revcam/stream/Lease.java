package revcam.stream;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/** A frame on lease to an encoder: says when the encoder lets go of it, which is how the engine counts what is inside. */
final class Lease implements RawFrame {

    private final RawFrame frame;
    private final Consumer<Lease> onReturn;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Lease(RawFrame frame, Consumer<Lease> onReturn) {
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
            try {
                frame.close();
            } finally {
                onReturn.accept(this);
            }
        }
    }
}
