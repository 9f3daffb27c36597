package revcam.api.media;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Buffers that a hardware encoder made for a source to put its pictures into, as it cannot read those of the source's own
 * memory in place. {@link RawFrame#offer} offers them; a source that takes them owns them, and closes them once none of its
 * frames lies in them. They outlive the encoder. All but {@link #close()} may be called by any thread.
 */
@ConsumerType
public interface FrameMemory extends AutoCloseable {

    PixelFormat format();

    /** Pixels. */
    int width();

    /** Pixels. */
    int height();

    /** Index in each buffer of the first sample of {@code plane}. */
    int planeOffset(int plane);

    /** Bytes from one row of {@code plane} to the next. */
    int planeStride(int plane);

    /** How many buffers there are. */
    int buffers();

    /** One of them, a direct buffer. */
    ByteBuffer data(int buffer);

    /** The DMA-BUF file descriptor behind {@link #data}; valid until {@link #close()}. */
    int dmabufFd(int buffer);

    /**
     * Whether the encoder still reads it. Once it does not, the source goes back to memory of its own: processors are slow to
     * read what devices share.
     */
    boolean isWanted();

    /** Gives it back. Idempotent. */
    @Override
    void close();
}
