package revcam.v4l2;

/** Numbers of {@code linux/v4l2-controls.h} that RevCam uses by itself. */
public final class ControlId {

    public static final int HORIZONTAL_FLIP = 0x0098_0914;
    public static final int VERTICAL_FLIP = 0x0098_0915;
    public static final int ROTATE = 0x0098_0922;

    public static final int VIDEO_B_FRAMES = 0x0099_09CA;
    public static final int VIDEO_GOP_SIZE = 0x0099_09CB;
    public static final int VIDEO_BITRATE_MODE = 0x0099_09CE;
    public static final int VIDEO_BITRATE = 0x0099_09CF;
    public static final int VIDEO_HEADER_MODE = 0x0099_09D8;
    public static final int VIDEO_REPEAT_SEQUENCE_HEADER = 0x0099_09E2;
    public static final int VIDEO_FORCE_KEY_FRAME = 0x0099_09E5;
    public static final int VIDEO_H264_MIN_QP = 0x0099_0A61;
    public static final int VIDEO_H264_MAX_QP = 0x0099_0A62;
    public static final int VIDEO_H264_I_PERIOD = 0x0099_0A66;
    public static final int VIDEO_H264_LEVEL = 0x0099_0A67;
    public static final int VIDEO_H264_PROFILE = 0x0099_0A6B;

    private ControlId() {}
}
