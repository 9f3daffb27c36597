package revcam.encoder.x264;

import com.sun.jna.Native;
import com.sun.jna.Platform;

/**
 * Where the fields we touch lie in libx264's structures, in bytes. The layout is the same in builds 164 and 165; it
 * depends on the C data model alone. Everything that can be set by name is set with {@code x264_param_parse} instead.
 * {@link X264Library} proves each number against the loaded library before it is used.
 *
 * @param paramBytes size of {@code x264_param_t}
 * @param fps {@code x264_param_t.i_fps_num}; only proved, never written
 * @param bitrate {@code x264_param_t.rc.i_bitrate}; only proved, never written
 * @param pictureBytes size of {@code x264_picture_t}
 * @param strides {@code x264_picture_t.img.i_stride[4]}
 * @param planes {@code x264_picture_t.img.plane[4]}
 * @param nalBytes size of {@code x264_nal_t}
 */
record X264Layout(
        int paramBytes,
        int fps,
        int bitrate,
        int pictureBytes,
        int imageCsp,
        int imagePlanes,
        int strides,
        int planes,
        int nalBytes) {

    /** 64-bit Linux: x86-64, arm64, riscv64. */
    private static final X264Layout LP64 = new X264Layout(1024, 920, 676, 240, 40, 44, 48, 64, 40);

    /** 32-bit ARM (AAPCS: 64-bit integers on 8-byte boundaries). */
    private static final X264Layout ARM32 = new X264Layout(944, 864, 652, 192, 36, 40, 44, 60, 32);

    // The same in both.
    static final int PARAM_WIDTH = 28;
    static final int PARAM_HEIGHT = 32;
    static final int PARAM_CSP = 36;
    static final int PARAM_BIT_DEPTH = 40;
    static final int PARAM_LEVEL = 44;
    static final int PICTURE_TYPE = 0;
    static final int PICTURE_PTS = 16;
    static final int NAL_SIZE = 20;
    static final int NAL_PAYLOAD = 24;

    /** {@code x264_param_t.rc.f_rf_constant}: the constant rate factor. */
    int crf() {
        return bitrate + 4;
    }

    /** {@code x264_picture_t.prop.f_crf_avg}: what the VBV has made of the constant rate factor; a double. */
    int pictureCrf() {
        int properties = planes + 4 * Native.POINTER_SIZE + 7 & -8;
        return properties + 4 * Native.POINTER_SIZE + 5 * Double.BYTES;
    }

    /** {@code x264_param_t.rc.i_vbv_max_bitrate}, kbit/s. */
    int vbvMaxBitrate() {
        return bitrate + 16;
    }

    /** {@code x264_param_t.rc.i_vbv_buffer_size}, kbit. */
    int vbvBufferSize() {
        return bitrate + 20;
    }

    /** The layout of this process, or null where it is not known. */
    static X264Layout ofThisProcess() {
        if (!Platform.isLinux()) {
            return null;
        }
        if (Native.POINTER_SIZE == 8) {
            return LP64;
        }
        return Platform.isARM() ? ARM32 : null;
    }
}
