package revcam.v4l2;

/**
 * What VIDIOC_QUERYCAP says.
 *
 * @param driver such as {@code uvcvideo}
 * @param card the name people know
 * @param busInfo where it is connected
 * @param deviceCaps {@code V4L2_CAP_...} of this very node
 */
public record Capability(String driver, String card, String busInfo, int deviceCaps) {

    private static final int VIDEO_CAPTURE = 0x1;
    private static final int VIDEO_CAPTURE_MPLANE = 0x1000;
    private static final int VIDEO_M2M_MPLANE = 0x4000;
    private static final int VIDEO_M2M = 0x8000;
    private static final int STREAMING = 0x0400_0000;

    /** A source of pictures, not a device that converts them. */
    public boolean isCapture() {
        return has(VIDEO_CAPTURE) || has(VIDEO_CAPTURE_MPLANE);
    }

    /** Only for sources: whether they speak the multi-planar form alone. */
    public boolean isCaptureMultiPlanar() {
        return has(VIDEO_CAPTURE_MPLANE) && !has(VIDEO_CAPTURE);
    }

    /** An encoder, decoder or converter. */
    public boolean isMemoryToMemory() {
        return has(VIDEO_M2M) || has(VIDEO_M2M_MPLANE);
    }

    public boolean isMemoryToMemoryMultiPlanar() {
        return has(VIDEO_M2M_MPLANE);
    }

    /** Has buffer queues. */
    public boolean isStreaming() {
        return has(STREAMING);
    }

    private boolean has(int flag) {
        return (deviceCaps & flag) != 0;
    }
}
