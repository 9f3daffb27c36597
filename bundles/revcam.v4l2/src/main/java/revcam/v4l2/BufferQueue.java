package revcam.v4l2;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The buffers of one direction of a device, see the kernel's Documentation/userspace-api/media/v4l/io.rst.
 *
 * <p>{@link #queue} may be called by any thread that owns a buffer, while one thread at a time calls {@link #dequeue}; neither
 * allocates or takes a lock. Everything else belongs to the thread that sets the device up.
 */
public final class BufferQueue implements AutoCloseable {

    /** {@code VIDEO_MAX_PLANES}. */
    static final int MAX_PLANES = 8;

    /** {@code V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS} */
    private static final int CAN_ORPHAN = 1 << 4;
    private static final int O_RDWR_CLOEXEC = 2 | 0x80000;

    private final VideoDevice device;
    private final BufferType type;
    private final MemoryType memoryType;
    private final ByteBuffer number;
    private final ByteBuffer struct;
    private final ByteBuffer planeStructs;
    private final long planesAddress;
    private QueueBuffer[] buffers = {};
    private boolean orphans;
    private boolean atEnd;

    BufferQueue(VideoDevice device, BufferType type, MemoryType memoryType) {
        this.device = device;
        this.type = type;
        this.memoryType = memoryType;
        number = device.allocate(Struct.INT);
        number.putInt(0, type.number());
        struct = device.allocate(Struct.BUFFER);
        planeStructs = allocatePlanes();
        planesAddress = device.calls().address(planeStructs);
    }

    public BufferType type() {
        return type;
    }

    public MemoryType memoryType() {
        return memoryType;
    }

    /**
     * Makes buffers for the format that is set, and maps those of the driver. To be called once, or again after
     * {@link #free()}.
     *
     * @param count wanted
     * @return as many as the driver made, which may be more or fewer
     */
    public List<QueueBuffer> allocate(int count) throws V4l2Exception {
        int made = request(count);
        if (made == 0) {
            throw new V4l2Exception(device.path(), Request.REQBUFS.symbol, Errno.ENOMEM.number());
        }
        try {
            int planes = device.format(type).planes().size();
            buffers = new QueueBuffer[made];
            for (int index = 0; index < made; index++) {
                buffers[index] = new QueueBuffer(this, index, planes);
                if (memoryType == MemoryType.MMAP) {
                    map(buffers[index]);
                }
            }
            return List.of(buffers);
        } catch (V4l2Exception | RuntimeException e) {
            try {
                free();
            } catch (V4l2Exception f) {
                e.addSuppressed(f);
            }
            throw e;
        }
    }

    /**
     * A descriptor of a driver's buffer, for another device to import. The caller closes it with {@link #closeDescriptor}; the
     * memory lives until then.
     */
    public int export(QueueBuffer buffer, int plane) throws V4l2Exception {
        ByteBuffer memory = device.allocate(Struct.EXPORTBUFFER);
        device.put(memory, Field.EXPORTBUFFER_TYPE, type.number());
        device.put(memory, Field.EXPORTBUFFER_INDEX, buffer.index());
        device.put(memory, Field.EXPORTBUFFER_PLANE, plane);
        device.put(memory, Field.EXPORTBUFFER_FLAGS, O_RDWR_CLOEXEC);
        device.call(Request.EXPBUF, memory);
        return device.get(memory, Field.EXPORTBUFFER_FD);
    }

    /** Closes what {@link #export} made. */
    public void closeDescriptor(int descriptor) {
        device.calls().close(descriptor);
    }

    /** Gives a buffer to the driver. Any thread that owns it. */
    public void queue(QueueBuffer buffer) throws V4l2Exception {
        int result = tryQueue(buffer);
        if (result < 0) {
            throw new V4l2Exception(device.path(), Request.QBUF.symbol, -result);
        }
    }

    /** As {@link #queue}. @return 0, or the negative error number */
    public int tryQueue(QueueBuffer buffer) {
        return device.ioctl(Request.QBUF, buffer.toQueue());
    }

    /**
     * Takes a buffer that the driver is done with. {@link DevicePoll} says when there is one.
     *
     * @return the one, with {@link BufferFlags#ERROR} when its content is damaged; null when none is ready, or when the
     *     queue is {@link #isAtEnd() at its end}
     */
    public QueueBuffer dequeue() throws V4l2Exception {
        Abi abi = device.abi();
        device.put(struct, Field.BUFFER_TYPE, type.number());
        device.put(struct, Field.BUFFER_MEMORY, memoryType.number());
        if (type.isMultiPlanar()) {
            device.put(struct, Field.BUFFER_LENGTH, MAX_PLANES);
            Field.BUFFER_M.put(abi, struct, planesAddress);
        }
        int result = device.ioctl(Request.DQBUF, struct);
        if (result < 0) {
            if (result == -Errno.EAGAIN.number()) {
                return null;
            }
            if (result == -Errno.EPIPE.number()) {
                atEnd = true;
                return null;
            }
            throw new V4l2Exception(device.path(), Request.DQBUF.symbol, -result);
        }
        int index = device.get(struct, Field.BUFFER_INDEX);
        if (index < 0 || index >= buffers.length) {
            throw new V4l2Exception(device.path(), Request.DQBUF.symbol, Errno.EINVAL.number(),
                    "its driver returned buffer " + index + " of " + buffers.length);
        }
        buffers[index].dequeued(struct, planeStructs);
        return buffers[index];
    }

    /**
     * Whether the last {@link #dequeue} met EPIPE: a memory-to-memory device that has drained has nothing more until
     * {@link #streamOff} and {@link #streamOn}, though it polls as readable.
     */
    public boolean isAtEnd() {
        return atEnd;
    }

    public void streamOn() throws V4l2Exception {
        device.call(Request.STREAMON, number);
        atEnd = false;
    }

    /** All buffers come back to the caller, also those that were never dequeued. */
    public void streamOff() throws V4l2Exception {
        device.call(Request.STREAMOFF, number);
        atEnd = false;
    }

    /** Unmaps all buffers and gives their memory back to the driver, after {@link #streamOff}. */
    public void free() throws V4l2Exception {
        for (QueueBuffer buffer : buffers) {
            if (buffer != null) {
                buffer.unmap();
            }
        }
        buffers = new QueueBuffer[0];
        request(0);
    }

    /**
     * Has the driver forget its buffers, after {@link #streamOff}. What is mapped or exported stays until whoever holds it
     * unmaps and closes it.
     *
     * @throws V4l2Exception EBUSY where {@link #canOrphan} is false and something is
     */
    public void orphan() throws V4l2Exception {
        request(0);
        buffers = new QueueBuffer[0];
    }

    /** Whether the driver told, when the buffers were made, that they may be orphaned: those of Linux 5.1 and newer can. */
    public boolean canOrphan() {
        return orphans;
    }

    /** {@link #streamOff} and {@link #free}, whatever fails of it. Idempotent. */
    @Override
    public void close() {
        if (device.fd() >= 0) {
            device.ioctl(Request.STREAMOFF, number);
        }
        try {
            free();
        } catch (V4l2Exception e) {
            // The device has gone, and with it what there was to free.
        }
    }

    VideoDevice device() {
        return device;
    }

    ByteBuffer allocatePlanes() {
        return ByteBuffer.allocateDirect(MAX_PLANES * Struct.PLANE.size(device.abi())).order(ByteOrder.nativeOrder());
    }

    private int request(int count) throws V4l2Exception {
        ByteBuffer memory = device.allocate(Struct.REQUESTBUFFERS);
        device.put(memory, Field.REQUESTBUFFERS_COUNT, count);
        device.put(memory, Field.REQUESTBUFFERS_TYPE, type.number());
        device.put(memory, Field.REQUESTBUFFERS_MEMORY, memoryType.number());
        device.call(Request.REQBUFS, memory);
        orphans = (device.get(memory, Field.REQUESTBUFFERS_CAPABILITIES) & CAN_ORPHAN) != 0;
        return device.get(memory, Field.REQUESTBUFFERS_COUNT);
    }

    private void map(QueueBuffer buffer) throws V4l2Exception {
        Abi abi = device.abi();
        device.put(struct, Field.BUFFER_INDEX, buffer.index());
        device.put(struct, Field.BUFFER_TYPE, type.number());
        device.put(struct, Field.BUFFER_MEMORY, memoryType.number());
        if (type.isMultiPlanar()) {
            device.put(struct, Field.BUFFER_LENGTH, MAX_PLANES);
            Field.BUFFER_M.put(abi, struct, planesAddress);
        }
        device.call(Request.QUERYBUF, struct);
        if (!type.isMultiPlanar()) {
            buffer.map(0, device.get(struct, Field.BUFFER_LENGTH), device.get(struct, Field.BUFFER_M));
            return;
        }
        for (int plane = 0; plane < buffer.planes(); plane++) {
            int at = plane * Struct.PLANE.size(abi);
            buffer.map(plane, planeStructs.getInt(at + Field.PLANE_LENGTH.at(abi)),
                    planeStructs.getInt(at + Field.PLANE_M.at(abi)));
        }
    }
}
