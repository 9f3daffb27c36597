package revcam.v4l2;

import java.nio.ByteBuffer;

/** Where the members of the structures lie: offsets in bytes under {@link Abi} LP64, ILP32_TIME64 and ILP32_TIME32. */
enum Field {
    CAPABILITY_DRIVER(Struct.CAPABILITY, "driver", 16, 0),
    CAPABILITY_CARD(Struct.CAPABILITY, "card", 32, 16),
    CAPABILITY_BUS_INFO(Struct.CAPABILITY, "bus_info", 32, 48),
    CAPABILITY_VERSION(Struct.CAPABILITY, "version", 4, 80),
    CAPABILITY_CAPABILITIES(Struct.CAPABILITY, "capabilities", 4, 84),
    CAPABILITY_DEVICE_CAPS(Struct.CAPABILITY, "device_caps", 4, 88),

    FMTDESC_INDEX(Struct.FMTDESC, "index", 4, 0),
    FMTDESC_TYPE(Struct.FMTDESC, "type", 4, 4),
    FMTDESC_FLAGS(Struct.FMTDESC, "flags", 4, 8),
    FMTDESC_DESCRIPTION(Struct.FMTDESC, "description", 32, 12),
    FMTDESC_PIXELFORMAT(Struct.FMTDESC, "pixelformat", 4, 44),

    FORMAT_TYPE(Struct.FORMAT, "type", 4, 0),
    PIX_WIDTH(Struct.FORMAT, "fmt.pix.width", 4, 8, 4, 4),
    PIX_HEIGHT(Struct.FORMAT, "fmt.pix.height", 4, 12, 8, 8),
    PIX_PIXELFORMAT(Struct.FORMAT, "fmt.pix.pixelformat", 4, 16, 12, 12),
    PIX_FIELD(Struct.FORMAT, "fmt.pix.field", 4, 20, 16, 16),
    PIX_BYTESPERLINE(Struct.FORMAT, "fmt.pix.bytesperline", 4, 24, 20, 20),
    PIX_SIZEIMAGE(Struct.FORMAT, "fmt.pix.sizeimage", 4, 28, 24, 24),
    PIX_COLORSPACE(Struct.FORMAT, "fmt.pix.colorspace", 4, 32, 28, 28),
    PIX_PRIV(Struct.FORMAT, "fmt.pix.priv", 4, 36, 32, 32),
    PIX_YCBCR_ENC(Struct.FORMAT, "fmt.pix.ycbcr_enc", 4, 44, 40, 40),
    PIX_QUANTIZATION(Struct.FORMAT, "fmt.pix.quantization", 4, 48, 44, 44),
    PIX_XFER_FUNC(Struct.FORMAT, "fmt.pix.xfer_func", 4, 52, 48, 48),
    PIX_MP_WIDTH(Struct.FORMAT, "fmt.pix_mp.width", 4, 8, 4, 4),
    PIX_MP_HEIGHT(Struct.FORMAT, "fmt.pix_mp.height", 4, 12, 8, 8),
    PIX_MP_PIXELFORMAT(Struct.FORMAT, "fmt.pix_mp.pixelformat", 4, 16, 12, 12),
    PIX_MP_FIELD(Struct.FORMAT, "fmt.pix_mp.field", 4, 20, 16, 16),
    PIX_MP_COLORSPACE(Struct.FORMAT, "fmt.pix_mp.colorspace", 4, 24, 20, 20),
    /** Of plane 0; the next is {@link #PLANE_FORMAT_BYTES} on. */
    PIX_MP_SIZEIMAGE(Struct.FORMAT, "fmt.pix_mp.plane_fmt[0].sizeimage", 4, 28, 24, 24),
    PIX_MP_BYTESPERLINE(Struct.FORMAT, "fmt.pix_mp.plane_fmt[0].bytesperline", 4, 32, 28, 28),
    PIX_MP_NUM_PLANES(Struct.FORMAT, "fmt.pix_mp.num_planes", 1, 188, 184, 184),
    PIX_MP_YCBCR_ENC(Struct.FORMAT, "fmt.pix_mp.ycbcr_enc", 1, 190, 186, 186),
    PIX_MP_QUANTIZATION(Struct.FORMAT, "fmt.pix_mp.quantization", 1, 191, 187, 187),
    PIX_MP_XFER_FUNC(Struct.FORMAT, "fmt.pix_mp.xfer_func", 1, 192, 188, 188),

    REQUESTBUFFERS_COUNT(Struct.REQUESTBUFFERS, "count", 4, 0),
    REQUESTBUFFERS_TYPE(Struct.REQUESTBUFFERS, "type", 4, 4),
    REQUESTBUFFERS_MEMORY(Struct.REQUESTBUFFERS, "memory", 4, 8),
    REQUESTBUFFERS_CAPABILITIES(Struct.REQUESTBUFFERS, "capabilities", 4, 12),

    BUFFER_INDEX(Struct.BUFFER, "index", 4, 0),
    BUFFER_TYPE(Struct.BUFFER, "type", 4, 4),
    BUFFER_BYTESUSED(Struct.BUFFER, "bytesused", 4, 8),
    BUFFER_FLAGS(Struct.BUFFER, "flags", 4, 12),
    BUFFER_FIELD(Struct.BUFFER, "field", 4, 16),
    BUFFER_SECONDS(Struct.BUFFER, "timestamp.tv_sec", 0, 24, 24, 20),
    BUFFER_MICROSECONDS(Struct.BUFFER, "timestamp.tv_usec", 0, 32, 32, 24),
    BUFFER_SEQUENCE(Struct.BUFFER, "sequence", 4, 56, 56, 44),
    BUFFER_MEMORY(Struct.BUFFER, "memory", 4, 60, 60, 48),
    /** {@code m.offset} and {@code m.fd}, of 4 bytes, and the address {@code m.planes}. */
    BUFFER_M(Struct.BUFFER, "m", 0, 64, 64, 52),
    BUFFER_LENGTH(Struct.BUFFER, "length", 4, 72, 68, 56),
    BUFFER_REQUEST_FD(Struct.BUFFER, "request_fd", 4, 80, 76, 64),

    PLANE_BYTESUSED(Struct.PLANE, "bytesused", 4, 0),
    PLANE_LENGTH(Struct.PLANE, "length", 4, 4),
    /** {@code m.mem_offset} and {@code m.fd}. */
    PLANE_M(Struct.PLANE, "m.mem_offset", 4, 8),
    PLANE_DATA_OFFSET(Struct.PLANE, "data_offset", 4, 16, 12, 12),

    EXPORTBUFFER_TYPE(Struct.EXPORTBUFFER, "type", 4, 0),
    EXPORTBUFFER_INDEX(Struct.EXPORTBUFFER, "index", 4, 4),
    EXPORTBUFFER_PLANE(Struct.EXPORTBUFFER, "plane", 4, 8),
    EXPORTBUFFER_FLAGS(Struct.EXPORTBUFFER, "flags", 4, 12),
    EXPORTBUFFER_FD(Struct.EXPORTBUFFER, "fd", 4, 16),

    CONTROL_ID(Struct.CONTROL, "id", 4, 0),
    CONTROL_VALUE(Struct.CONTROL, "value", 4, 4),

    EXT_CONTROL_ID(Struct.EXT_CONTROL, "id", 4, 0),
    EXT_CONTROL_SIZE(Struct.EXT_CONTROL, "size", 4, 4),
    EXT_CONTROL_VALUE64(Struct.EXT_CONTROL, "value64", 8, 12),

    EXT_CONTROLS_WHICH(Struct.EXT_CONTROLS, "which", 4, 0),
    EXT_CONTROLS_COUNT(Struct.EXT_CONTROLS, "count", 4, 4),
    EXT_CONTROLS_ERROR_IDX(Struct.EXT_CONTROLS, "error_idx", 4, 8),
    EXT_CONTROLS_REQUEST_FD(Struct.EXT_CONTROLS, "request_fd", 4, 12),
    EXT_CONTROLS_CONTROLS(Struct.EXT_CONTROLS, "controls", 0, 24, 20, 20),

    QUERY_EXT_CTRL_ID(Struct.QUERY_EXT_CTRL, "id", 4, 0),
    QUERY_EXT_CTRL_TYPE(Struct.QUERY_EXT_CTRL, "type", 4, 4),
    QUERY_EXT_CTRL_NAME(Struct.QUERY_EXT_CTRL, "name", 32, 8),
    QUERY_EXT_CTRL_MINIMUM(Struct.QUERY_EXT_CTRL, "minimum", 8, 40),
    QUERY_EXT_CTRL_MAXIMUM(Struct.QUERY_EXT_CTRL, "maximum", 8, 48),
    QUERY_EXT_CTRL_STEP(Struct.QUERY_EXT_CTRL, "step", 8, 56),
    QUERY_EXT_CTRL_DEFAULT(Struct.QUERY_EXT_CTRL, "default_value", 8, 64),
    QUERY_EXT_CTRL_FLAGS(Struct.QUERY_EXT_CTRL, "flags", 4, 72),

    QUERYMENU_ID(Struct.QUERYMENU, "id", 4, 0),
    QUERYMENU_INDEX(Struct.QUERYMENU, "index", 4, 4),
    QUERYMENU_NAME(Struct.QUERYMENU, "name", 32, 8),
    QUERYMENU_VALUE(Struct.QUERYMENU, "value", 8, 8),

    STREAMPARM_TYPE(Struct.STREAMPARM, "type", 4, 0),
    STREAMPARM_CAPTURE_CAPABILITY(Struct.STREAMPARM, "parm.capture.capability", 4, 4),
    STREAMPARM_CAPTURE_NUMERATOR(Struct.STREAMPARM, "parm.capture.timeperframe.numerator", 4, 12),
    STREAMPARM_CAPTURE_DENOMINATOR(Struct.STREAMPARM, "parm.capture.timeperframe.denominator", 4, 16),
    STREAMPARM_OUTPUT_CAPABILITY(Struct.STREAMPARM, "parm.output.capability", 4, 4),
    STREAMPARM_OUTPUT_NUMERATOR(Struct.STREAMPARM, "parm.output.timeperframe.numerator", 4, 12),
    STREAMPARM_OUTPUT_DENOMINATOR(Struct.STREAMPARM, "parm.output.timeperframe.denominator", 4, 16),

    ENCODER_CMD_CMD(Struct.ENCODER_CMD, "cmd", 4, 0),
    ENCODER_CMD_FLAGS(Struct.ENCODER_CMD, "flags", 4, 4),

    EVENT_TYPE(Struct.EVENT, "type", 4, 0),
    /** {@code u.src_change.changes}, and the first word of what else there is. */
    EVENT_CHANGES(Struct.EVENT, "u.src_change.changes", 4, 8),
    EVENT_PENDING(Struct.EVENT, "pending", 4, 72),
    EVENT_SEQUENCE(Struct.EVENT, "sequence", 4, 76),
    EVENT_ID(Struct.EVENT, "id", 4, 96, 96, 88),

    EVENT_SUBSCRIPTION_TYPE(Struct.EVENT_SUBSCRIPTION, "type", 4, 0),
    EVENT_SUBSCRIPTION_ID(Struct.EVENT_SUBSCRIPTION, "id", 4, 4),
    EVENT_SUBSCRIPTION_FLAGS(Struct.EVENT_SUBSCRIPTION, "flags", 4, 8),

    FRMSIZE_INDEX(Struct.FRMSIZEENUM, "index", 4, 0),
    FRMSIZE_PIXEL_FORMAT(Struct.FRMSIZEENUM, "pixel_format", 4, 4),
    FRMSIZE_TYPE(Struct.FRMSIZEENUM, "type", 4, 8),
    FRMSIZE_WIDTH(Struct.FRMSIZEENUM, "discrete.width", 4, 12),
    FRMSIZE_HEIGHT(Struct.FRMSIZEENUM, "discrete.height", 4, 16),
    FRMSIZE_MIN_WIDTH(Struct.FRMSIZEENUM, "stepwise.min_width", 4, 12),
    FRMSIZE_MAX_WIDTH(Struct.FRMSIZEENUM, "stepwise.max_width", 4, 16),
    FRMSIZE_STEP_WIDTH(Struct.FRMSIZEENUM, "stepwise.step_width", 4, 20),
    FRMSIZE_MIN_HEIGHT(Struct.FRMSIZEENUM, "stepwise.min_height", 4, 24),
    FRMSIZE_MAX_HEIGHT(Struct.FRMSIZEENUM, "stepwise.max_height", 4, 28),
    FRMSIZE_STEP_HEIGHT(Struct.FRMSIZEENUM, "stepwise.step_height", 4, 32),

    FRMIVAL_INDEX(Struct.FRMIVALENUM, "index", 4, 0),
    FRMIVAL_PIXEL_FORMAT(Struct.FRMIVALENUM, "pixel_format", 4, 4),
    FRMIVAL_WIDTH(Struct.FRMIVALENUM, "width", 4, 8),
    FRMIVAL_HEIGHT(Struct.FRMIVALENUM, "height", 4, 12),
    FRMIVAL_TYPE(Struct.FRMIVALENUM, "type", 4, 16),
    FRMIVAL_NUMERATOR(Struct.FRMIVALENUM, "discrete.numerator", 4, 20),
    FRMIVAL_DENOMINATOR(Struct.FRMIVALENUM, "discrete.denominator", 4, 24),
    FRMIVAL_MAX_NUMERATOR(Struct.FRMIVALENUM, "stepwise.max.numerator", 4, 28),
    FRMIVAL_MAX_DENOMINATOR(Struct.FRMIVALENUM, "stepwise.max.denominator", 4, 32);

    /** Size of {@code struct v4l2_plane_pix_format}. */
    static final int PLANE_FORMAT_BYTES = 20;

    final Struct struct;
    /** As C spells it. */
    final String member;
    /** 0 where it depends on the ABI. */
    final int bytes;
    private final int[] offsets;

    Field(Struct struct, String member, int bytes, int lp64, int time64, int time32) {
        this.struct = struct;
        this.member = member;
        this.bytes = bytes;
        offsets = new int[] {lp64, time64, time32};
    }

    Field(Struct struct, String member, int bytes, int everywhere) {
        this(struct, member, bytes, everywhere, everywhere, everywhere);
    }

    int at(Abi abi) {
        return offsets[abi.ordinal()];
    }

    /** Bytes it takes. */
    int bytes(Abi abi) {
        return switch (this) {
            case BUFFER_SECONDS, BUFFER_MICROSECONDS -> abi.timeBytes();
            case BUFFER_M, EXT_CONTROLS_CONTROLS -> abi.pointerBytes();
            default -> bytes;
        };
    }

    /** Writes a pointer, or half of a time. */
    void put(Abi abi, ByteBuffer memory, long value) {
        if (bytes(abi) == Long.BYTES) {
            memory.putLong(at(abi), value);
        } else {
            memory.putInt(at(abi), (int) value);
        }
    }

    /** Reads half of a time. */
    long get(Abi abi, ByteBuffer memory) {
        return bytes(abi) == Long.BYTES ? memory.getLong(at(abi)) : memory.getInt(at(abi));
    }
}
