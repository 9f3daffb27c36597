package revcam.api.media;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A lease on a picture that somebody else has leased: everything is that of the other frame, but for what a subclass changes and
 * for its end. By that a stage counts what is lent out, or shows a picture as other than it is. It is not writable, whatever the
 * other one is: a picture that was passed on is nobody's to change.
 */
@ConsumerType
public abstract class ForwardingFrame implements RawFrame {

    private final RawFrame frame;

    /** @param frame whose lease must last until this one's is closed */
    protected ForwardingFrame(RawFrame frame) {
        this.frame = frame;
    }

    /** The other one. */
    protected final RawFrame frame() {
        return frame;
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

    /** Ends this lease, and by that the other one sooner or later; a second call does nothing. */
    @Override
    public abstract void close();
}
