package revcam.v4l2;

/** Which of a device's queues, and whether its buffers hold one memory block or one per plane. */
public enum BufferType {
    CAPTURE(1),
    OUTPUT(2),
    CAPTURE_MPLANE(9),
    OUTPUT_MPLANE(10);

    private final int number;

    BufferType(int number) {
        this.number = number;
    }

    /** {@code enum v4l2_buf_type}. */
    public int number() {
        return number;
    }

    public boolean isMultiPlanar() {
        return number >= CAPTURE_MPLANE.number;
    }

    /** Whether the program fills the buffers rather than the device. */
    public boolean isOutput() {
        return this == OUTPUT || this == OUTPUT_MPLANE;
    }
}
