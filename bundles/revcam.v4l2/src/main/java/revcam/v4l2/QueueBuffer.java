package revcam.v4l2;

import java.nio.ByteBuffer;

/**
 * A buffer of a {@link BufferQueue}. While the driver has it, between {@link BufferQueue#queue} and
 * {@link BufferQueue#dequeue}, nothing of it may be touched; otherwise it belongs to one thread at a time. The getters tell
 * what the driver said when the buffer was last dequeued; the setters say what it is to be told at the next {@code queue}.
 */
public final class QueueBuffer {

    private final BufferQueue queue;
    private final int index;
    private final int planes;
    private final ByteBuffer struct;
    private final ByteBuffer planeStructs;
    private final long planesAddress;
    private final ByteBuffer[] memory;
    private final long[] addresses;
    private final int[] lengths;
    private final int[] descriptors;
    private final int[] bytesUsed;
    private final int[] dataOffsets;
    private int flags;
    private int sequence;
    private long timestampMicros;

    /** @param planes blocks of memory; 1 for single-planar queues */
    QueueBuffer(BufferQueue queue, int index, int planes) {
        this.queue = queue;
        this.index = index;
        this.planes = planes;
        struct = queue.device().allocate(Struct.BUFFER);
        planeStructs = queue.allocatePlanes();
        planesAddress = queue.device().calls().address(planeStructs);
        memory = new ByteBuffer[planes];
        addresses = new long[planes];
        lengths = new int[planes];
        descriptors = new int[planes];
        bytesUsed = new int[planes];
        dataOffsets = new int[planes];
    }

    public int index() {
        return index;
    }

    /** Blocks of memory. */
    public int planes() {
        return planes;
    }

    /** The mapped block, a direct buffer of {@link #length} bytes; null with {@link MemoryType#DMABUF} and once unmapped. */
    public ByteBuffer memory(int plane) {
        return memory[plane];
    }

    /** Bytes of the block; of a DMA-BUF as it was given. */
    public int length(int plane) {
        return lengths[plane];
    }

    /** Bytes that are filled, {@link #dataOffset} included. */
    public int bytesUsed(int plane) {
        return bytesUsed[plane];
    }

    /** Bytes before the first sample. */
    public int dataOffset(int plane) {
        return dataOffsets[plane];
    }

    /** See {@link BufferFlags}. */
    public int flags() {
        return flags;
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The driver's count of pictures; some never fill it. */
    public int sequence() {
        return sequence;
    }

    /** In microseconds; {@link BufferFlags} says of which clock. */
    public long timestampMicros() {
        return timestampMicros;
    }

    /** How much an output buffer holds. */
    public QueueBuffer setBytesUsed(int plane, int bytes) {
        bytesUsed[plane] = bytes;
        return this;
    }

    /** What an encoder copies to the capture buffer that belongs to an output buffer. */
    public QueueBuffer setTimestampMicros(long micros) {
        timestampMicros = micros;
        return this;
    }

    /**
     * The memory of a {@link MemoryType#DMABUF} buffer. It stays its owner's, and has to live until it is dequeued.
     *
     * @param length bytes, at least the format's {@code sizeImage}
     */
    public QueueBuffer setDmabuf(int plane, int descriptor, int length) {
        descriptors[plane] = descriptor;
        lengths[plane] = length;
        return this;
    }

    /**
     * Takes the mapping away: for whoever keeps reading after the queue and the device have been closed. Until then nobody may
     * touch {@link #memory}, and that includes native code. Idempotent.
     */
    public synchronized void unmap() {
        for (int plane = 0; plane < planes; plane++) {
            if (addresses[plane] != 0) {
                queue.device().calls().unmap(addresses[plane], lengths[plane]);
                addresses[plane] = 0;
                memory[plane] = null;
            }
        }
    }

    /** @param offset as VIDIOC_QUERYBUF tells it */
    synchronized void map(int plane, int length, int offset) throws V4l2Exception {
        VideoDevice device = queue.device();
        long address = device.calls().map(device.fd(), Integer.toUnsignedLong(length), Integer.toUnsignedLong(offset));
        if (address < 0) {
            throw new V4l2Exception(device.path(), "mmap of " + length + " bytes", (int) -address);
        }
        addresses[plane] = address;
        lengths[plane] = length;
        memory[plane] = device.calls().memory(address, length);
    }

    /** The structure for VIDIOC_QBUF. */
    ByteBuffer toQueue() {
        VideoDevice device = queue.device();
        Abi abi = device.abi();
        BufferType type = queue.type();
        boolean dmabuf = queue.memoryType() == MemoryType.DMABUF;
        device.put(struct, Field.BUFFER_INDEX, index);
        device.put(struct, Field.BUFFER_TYPE, type.number());
        device.put(struct, Field.BUFFER_MEMORY, queue.memoryType().number());
        device.put(struct, Field.BUFFER_FLAGS, 0);
        device.put(struct, Field.BUFFER_FIELD, type.isOutput() ? VideoFormat.FIELD_NONE : 0);
        device.put(struct, Field.BUFFER_REQUEST_FD, 0);
        Field.BUFFER_SECONDS.put(abi, struct, timestampMicros / 1_000_000);
        Field.BUFFER_MICROSECONDS.put(abi, struct, timestampMicros % 1_000_000);
        if (type.isMultiPlanar()) {
            for (int plane = 0; plane < planes; plane++) {
                int at = plane * Struct.PLANE.size(abi);
                planeStructs.putInt(at + Field.PLANE_BYTESUSED.at(abi), type.isOutput() ? bytesUsed[plane] : 0);
                planeStructs.putInt(at + Field.PLANE_LENGTH.at(abi), lengths[plane]);
                planeStructs.putInt(at + Field.PLANE_DATA_OFFSET.at(abi), 0);
                if (dmabuf) {
                    planeStructs.putInt(at + Field.PLANE_M.at(abi), descriptors[plane]);
                }
            }
            device.put(struct, Field.BUFFER_LENGTH, planes);
            Field.BUFFER_M.put(abi, struct, planesAddress);
        } else {
            device.put(struct, Field.BUFFER_BYTESUSED, type.isOutput() ? bytesUsed[0] : 0);
            device.put(struct, Field.BUFFER_LENGTH, lengths[0]);
            if (dmabuf) {
                device.put(struct, Field.BUFFER_M, descriptors[0]);
            }
        }
        return struct;
    }

    /** Takes over what VIDIOC_DQBUF told. */
    void dequeued(ByteBuffer struct, ByteBuffer planeStructs) {
        VideoDevice device = queue.device();
        Abi abi = device.abi();
        flags = device.get(struct, Field.BUFFER_FLAGS);
        sequence = device.get(struct, Field.BUFFER_SEQUENCE);
        timestampMicros = Field.BUFFER_SECONDS.get(abi, struct) * 1_000_000 + Field.BUFFER_MICROSECONDS.get(abi, struct);
        if (queue.type().isMultiPlanar()) {
            for (int plane = 0; plane < planes; plane++) {
                int at = plane * Struct.PLANE.size(abi);
                bytesUsed[plane] = planeStructs.getInt(at + Field.PLANE_BYTESUSED.at(abi));
                dataOffsets[plane] = planeStructs.getInt(at + Field.PLANE_DATA_OFFSET.at(abi));
            }
        } else {
            bytesUsed[0] = device.get(struct, Field.BUFFER_BYTESUSED);
        }
    }
}
