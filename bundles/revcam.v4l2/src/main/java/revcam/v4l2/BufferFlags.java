package revcam.v4l2;

/** {@code V4L2_BUF_FLAG_...}, of {@link QueueBuffer#flags()}. */
public final class BufferFlags {

    public static final int KEYFRAME = 0x8;
    /** The content is damaged; the buffer comes back nevertheless. */
    public static final int ERROR = 0x40;
    /** The last buffer of a memory-to-memory device that drains. */
    public static final int LAST = 0x0010_0000;
    /** A mask; one of the next three values. */
    public static final int TIMESTAMP_MASK = 0xE000;
    /** Times are those of CLOCK_MONOTONIC, which is {@link System#nanoTime()} on Linux. */
    public static final int TIMESTAMP_MONOTONIC = 0x2000;
    /** Times are copied from the output queue. */
    public static final int TIMESTAMP_COPY = 0x4000;

    private BufferFlags() {}
}
