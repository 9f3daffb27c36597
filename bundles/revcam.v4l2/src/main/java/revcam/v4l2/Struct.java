package revcam.v4l2;

/** The structures of {@code linux/videodev2.h} that are passed to the kernel, with their sizes in bytes. */
enum Struct {
    CAPABILITY("struct v4l2_capability", 104),
    FMTDESC("struct v4l2_fmtdesc", 64),
    FORMAT("struct v4l2_format", 208, 204, 204),
    REQUESTBUFFERS("struct v4l2_requestbuffers", 20),
    BUFFER("struct v4l2_buffer", 88, 80, 68),
    PLANE("struct v4l2_plane", 64, 60, 60),
    EXPORTBUFFER("struct v4l2_exportbuffer", 64),
    CONTROL("struct v4l2_control", 8),
    EXT_CONTROL("struct v4l2_ext_control", 20),
    EXT_CONTROLS("struct v4l2_ext_controls", 32, 24, 24),
    QUERY_EXT_CTRL("struct v4l2_query_ext_ctrl", 232),
    QUERYMENU("struct v4l2_querymenu", 44),
    STREAMPARM("struct v4l2_streamparm", 204),
    ENCODER_CMD("struct v4l2_encoder_cmd", 40),
    EVENT("struct v4l2_event", 136, 136, 128),
    EVENT_SUBSCRIPTION("struct v4l2_event_subscription", 32),
    FRMSIZEENUM("struct v4l2_frmsizeenum", 44),
    FRMIVALENUM("struct v4l2_frmivalenum", 52),
    INT("int", 4);

    /** As C spells it. */
    final String type;
    private final int[] sizes;

    Struct(String type, int lp64, int time64, int time32) {
        this.type = type;
        sizes = new int[] {lp64, time64, time32};
    }

    Struct(String type, int everywhere) {
        this(type, everywhere, everywhere, everywhere);
    }

    int size(Abi abi) {
        return sizes[abi.ordinal()];
    }
}
