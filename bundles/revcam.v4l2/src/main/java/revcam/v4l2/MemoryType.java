package revcam.v4l2;

/** Whose memory a queue's buffers are. */
public enum MemoryType {
    /** The driver's, mapped into the process. */
    MMAP(1),
    /** Somebody else's, named by a DMA-BUF descriptor with each {@link BufferQueue#queue}. */
    DMABUF(4);

    private final int number;

    MemoryType(int number) {
        this.number = number;
    }

    /** {@code enum v4l2_memory}. */
    public int number() {
        return number;
    }
}
