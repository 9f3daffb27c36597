package revcam.encoder.v4l2m2m;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntUnaryOperator;
import revcam.api.media.FrameMemory;
import revcam.api.media.PixelFormat;
import revcam.v4l2.BufferQueue;
import revcam.v4l2.QueueBuffer;
import revcam.v4l2.V4l2Exception;

/** Raw buffers of the driver, mapped and exported, that are no longer of any queue: a camera writes to them. */
final class RawMemory implements FrameMemory {

    private final BufferQueue queue;
    private final List<QueueBuffer> buffers;
    private final int[] descriptors;
    private final PixelFormat format;
    private final int width;
    private final int height;
    private final IntUnaryOperator planeOffset;
    private final IntUnaryOperator planeStride;
    private volatile boolean wanted = true;
    private volatile boolean closed;

    /**
     * @param queue that the buffers are still of; to be orphaned next
     * @throws V4l2Exception they cannot be exported; they are the queue's as before
     */
    RawMemory(BufferQueue queue, List<QueueBuffer> buffers, PixelFormat format, int width, int height,
            IntUnaryOperator planeOffset, IntUnaryOperator planeStride) throws V4l2Exception {
        this.queue = queue;
        this.buffers = buffers;
        this.format = format;
        this.width = width;
        this.height = height;
        this.planeOffset = planeOffset;
        this.planeStride = planeStride;
        descriptors = new int[buffers.size()];
        for (int i = 0; i < descriptors.length; i++) {
            try {
                descriptors[i] = queue.export(buffers.get(i), 0);
            } catch (V4l2Exception e) {
                while (i-- > 0) {
                    queue.closeDescriptor(descriptors[i]);
                }
                throw e;
            }
        }
    }

    /** Whether a frame's descriptor is one of its own. */
    boolean holds(int descriptor) {
        for (int i = 0; i < descriptors.length && !closed; i++) {
            if (descriptors[i] == descriptor) {
                return true;
            }
        }
        return false;
    }

    /** The encoder has gone. */
    void unwanted() {
        wanted = false;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public PixelFormat format() {
        return format;
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
    public int planeOffset(int plane) {
        return planeOffset.applyAsInt(plane);
    }

    @Override
    public int planeStride(int plane) {
        return planeStride.applyAsInt(plane);
    }

    @Override
    public int buffers() {
        return descriptors.length;
    }

    @Override
    public ByteBuffer data(int buffer) {
        return buffers.get(buffer).memory(0);
    }

    @Override
    public int dmabufFd(int buffer) {
        return descriptors[buffer];
    }

    @Override
    public boolean isWanted() {
        return wanted;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (QueueBuffer buffer : buffers) {
            buffer.unmap();
            queue.closeDescriptor(descriptors[buffer.index()]);
        }
    }
}
