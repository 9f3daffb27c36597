package revcam.v4l2;

/** The ioctls. Their numbers are made as {@code linux/ioctl.h} does: direction, size of the structure, 'V', number. */
enum Request {
    QUERYCAP("VIDIOC_QUERYCAP", Request.READ, 0, Struct.CAPABILITY),
    ENUM_FMT("VIDIOC_ENUM_FMT", Request.BOTH, 2, Struct.FMTDESC),
    G_FMT("VIDIOC_G_FMT", Request.BOTH, 4, Struct.FORMAT),
    S_FMT("VIDIOC_S_FMT", Request.BOTH, 5, Struct.FORMAT),
    REQBUFS("VIDIOC_REQBUFS", Request.BOTH, 8, Struct.REQUESTBUFFERS),
    QUERYBUF("VIDIOC_QUERYBUF", Request.BOTH, 9, Struct.BUFFER),
    QBUF("VIDIOC_QBUF", Request.BOTH, 15, Struct.BUFFER),
    EXPBUF("VIDIOC_EXPBUF", Request.BOTH, 16, Struct.EXPORTBUFFER),
    DQBUF("VIDIOC_DQBUF", Request.BOTH, 17, Struct.BUFFER),
    STREAMON("VIDIOC_STREAMON", Request.WRITE, 18, Struct.INT),
    STREAMOFF("VIDIOC_STREAMOFF", Request.WRITE, 19, Struct.INT),
    G_PARM("VIDIOC_G_PARM", Request.BOTH, 21, Struct.STREAMPARM),
    S_PARM("VIDIOC_S_PARM", Request.BOTH, 22, Struct.STREAMPARM),
    G_CTRL("VIDIOC_G_CTRL", Request.BOTH, 27, Struct.CONTROL),
    S_CTRL("VIDIOC_S_CTRL", Request.BOTH, 28, Struct.CONTROL),
    QUERYMENU("VIDIOC_QUERYMENU", Request.BOTH, 37, Struct.QUERYMENU),
    TRY_FMT("VIDIOC_TRY_FMT", Request.BOTH, 64, Struct.FORMAT),
    G_EXT_CTRLS("VIDIOC_G_EXT_CTRLS", Request.BOTH, 71, Struct.EXT_CONTROLS),
    S_EXT_CTRLS("VIDIOC_S_EXT_CTRLS", Request.BOTH, 72, Struct.EXT_CONTROLS),
    ENUM_FRAMESIZES("VIDIOC_ENUM_FRAMESIZES", Request.BOTH, 74, Struct.FRMSIZEENUM),
    ENUM_FRAMEINTERVALS("VIDIOC_ENUM_FRAMEINTERVALS", Request.BOTH, 75, Struct.FRMIVALENUM),
    ENCODER_CMD("VIDIOC_ENCODER_CMD", Request.BOTH, 77, Struct.ENCODER_CMD),
    DQEVENT("VIDIOC_DQEVENT", Request.READ, 89, Struct.EVENT),
    SUBSCRIBE_EVENT("VIDIOC_SUBSCRIBE_EVENT", Request.WRITE, 90, Struct.EVENT_SUBSCRIPTION),
    UNSUBSCRIBE_EVENT("VIDIOC_UNSUBSCRIBE_EVENT", Request.WRITE, 91, Struct.EVENT_SUBSCRIPTION),
    QUERY_EXT_CTRL("VIDIOC_QUERY_EXT_CTRL", Request.BOTH, 103, Struct.QUERY_EXT_CTRL);

    private static final int WRITE = 1;
    private static final int READ = 2;
    private static final int BOTH = READ | WRITE;

    /** As C and people spell it. */
    final String symbol;
    final Struct struct;
    private final int[] numbers = new int[Abi.values().length];

    Request(String symbol, int direction, int number, Struct struct) {
        this.symbol = symbol;
        this.struct = struct;
        for (Abi abi : Abi.values()) {
            numbers[abi.ordinal()] = direction << 30 | struct.size(abi) << 16 | 'V' << 8 | number;
        }
    }

    /** 32 bits, to be taken as unsigned. */
    int number(Abi abi) {
        return numbers[abi.ordinal()];
    }
}
