package revcam.encoder.x264;

import com.sun.jna.Pointer;

/**
 * The functions of {@code x264.h} that the encoder calls, bound by {@link X264Library}. Structures are plain memory,
 * see {@link X264Layout}. Nothing here checks anything: a call before the library is loaded, or with a wrong pointer, is
 * the caller's mistake.
 */
final class X264 {

    /** {@code X264_CSP_I420}. */
    static final int CSP_I420 = 2;

    /** {@code X264_CSP_NV12}. */
    static final int CSP_NV12 = 4;

    static final int TYPE_AUTO = 0;
    static final int TYPE_IDR = 1;

    private X264() {}

    static native int x264_param_default_preset(Pointer param, String preset, String tune);

    /** 0, or -1 for an unknown name, -2 for a bad value. */
    static native int x264_param_parse(Pointer param, String name, String value);

    static native int x264_param_apply_profile(Pointer param, String profile);

    /** A string to be freed with {@link #x264_free}. */
    static native Pointer x264_param2string(Pointer param, int withResolution);

    static native void x264_free(Pointer memory);

    /** Frees what {@link #x264_param_parse} allocated, not the structure. */
    static native void x264_param_cleanup(Pointer param);

    static native void x264_picture_init(Pointer picture);

    /** Exported as {@code x264_encoder_open_<build>}, so that a program never meets a library it was not built for. */
    static native Pointer x264_encoder_open(Pointer param);

    static native int x264_encoder_reconfig(Pointer encoder, Pointer param);

    static native void x264_encoder_parameters(Pointer encoder, Pointer param);

    /** Bytes of the access unit, 0 when none is ready yet, negative when it failed. */
    static native int x264_encoder_encode(
            Pointer encoder, Pointer nals, Pointer nalCount, Pointer pictureIn, Pointer pictureOut);

    /** Frames that went in and have not come out. */
    static native int x264_encoder_delayed_frames(Pointer encoder);

    static native void x264_encoder_close(Pointer encoder);
}
