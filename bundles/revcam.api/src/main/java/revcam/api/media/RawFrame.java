package revcam.api.media;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A lease on one raw picture. Whoever holds the lease may read the samples, from any thread, until {@link #close()};
 * nobody writes to them meanwhile, but for a {@linkplain revcam.api.processor.FrameProcessor processor} whose turn it is
 * before anyone else's. The memory belongs to the capture (a pool, mapped camera buffers), which gets it back
 * when the lease ends: a holder that is slow to close makes the source run out of buffers, not the viewer run late.
 */
@ConsumerType
public interface RawFrame extends AutoCloseable {

    PixelFormat format();

    /** Visible width in pixels; even. */
    int width();

    /** Visible height in pixels; even. */
    int height();

    /**
     * The memory that holds every plane: a direct buffer whose address native code may take. Use absolute indices; its
     * position and limit are meaningless.
     */
    ByteBuffer data();

    /** Index in {@link #data()} of the first sample of {@code plane}. */
    int planeOffset(int plane);

    /** Bytes from one row of {@code plane} to the next; at least {@link PixelFormat#rowBytes}. */
    int planeStride(int plane);

    /**
     * The DMA-BUF file descriptor behind {@link #data()}, for an encoder that can import it (Linux
     * Documentation/driver-api/dma-buf.rst), or -1. It stays the capture's: duplicate it to keep it past the lease.
     */
    default int dmabufFd() {
        return -1;
    }

    /**
     * Whether a frame processor may write to the samples before anyone else sees them. The capture then relies on nothing
     * that is in this memory: it writes every sample of the next picture anew.
     */
    default boolean isWritable() {
        return false;
    }

    /**
     * Asks the source to put its further pictures, some time from now on, into memory that the caller can read in place. Any
     * thread that holds the lease; returns at once.
     *
     * @return true when the source owns the memory now; false when it has no use for it, and the caller closes it
     */
    default boolean offer(FrameMemory memory) {
        return false;
    }

    /** When the picture was taken, on the {@link System#nanoTime()} clock; strictly increasing within one source. */
    long captureNanos();

    /** Counts the pictures that were wanted, from 0; a gap means that the source had to drop. */
    long sequence();

    /**
     * Ends the lease; a second call does nothing. Whoever has ended a lease then forgets it, for it may be lent again, with another
     * picture.
     */
    @Override
    void close();
}
