package revcam.encoder.openh264;

import com.sun.jna.Native;
import com.sun.jna.Platform;

/**
 * Where the fields we touch lie in libopenh264's structures, in bytes. Up to 2.5 (soname 7) and from 2.6 on (soname 8)
 * they differ in the output alone, where 2.6 gave each layer its PSNR, and in what was added behind the parameters.
 * {@link OpenH264Library} proves the numbers against the loaded library before they are used.
 *
 * @param paramBytes size of {@code SEncParamExt}
 * @param picturePlanes {@code SSourcePicture.pData[4]}
 * @param pictureWidth {@code SSourcePicture.iPicWidth}; the height follows
 * @param pictureMillis {@code SSourcePicture.uiTimeStamp}
 * @param pictureBytes size of {@code SSourcePicture}
 * @param layers {@code SFrameBSInfo.sLayerInfo[128]}
 * @param layerBytes size of {@code SLayerBSInfo}
 * @param layerNalLengths {@code SLayerBSInfo.pNalLengthInByte}
 * @param layerData {@code SLayerBSInfo.pBsBuf}
 */
record OpenH264Layout(
        int paramBytes,
        int picturePlanes,
        int pictureWidth,
        int pictureMillis,
        int pictureBytes,
        int layers,
        int layerBytes,
        int layerNalLengths,
        int layerData) {

    private static final OpenH264Layout LP64_7 = new OpenH264Layout(920, 24, 56, 64, 72, 8, 40, 24, 32);
    private static final OpenH264Layout LP64_8 = new OpenH264Layout(924, 24, 56, 64, 80, 8, 56, 24, 32);

    // 32-bit ARM (AAPCS: 64-bit integers on 8-byte boundaries).
    private static final OpenH264Layout ARM32_7 = new OpenH264Layout(920, 20, 36, 48, 56, 4, 28, 20, 24);
    private static final OpenH264Layout ARM32_8 = new OpenH264Layout(924, 20, 36, 48, 64, 4, 40, 20, 24);

    // SEncParamExt, which holds no pointers.
    static final int PARAM_WIDTH = 4;
    static final int PARAM_HEIGHT = 8;
    static final int PARAM_BITRATE = 12;
    static final int PARAM_RC_MODE = 16;
    static final int PARAM_FRAME_RATE = 20;
    static final int PARAM_SPATIAL_LAYERS = 28;
    static final int PARAM_LAYER_WIDTH = 32;
    static final int PARAM_LAYER_HEIGHT = 36;
    static final int PARAM_LAYER_FRAME_RATE = 40;
    static final int PARAM_LAYER_BITRATE = 44;
    static final int PARAM_LAYER_PROFILE = 52;
    static final int PARAM_LAYER_SLICE_MODE = 64;
    static final int PARAM_LAYER_SLICES = 68;
    static final int PARAM_COMPLEXITY = 832;
    static final int PARAM_INTRA_PERIOD = 836;
    static final int PARAM_REFERENCES = 840;
    static final int PARAM_ID_STRATEGY = 844;
    static final int PARAM_CABAC = 856;
    static final int PARAM_FRAME_SKIP = 860;
    static final int PARAM_MAX_QP = 868;
    static final int PARAM_MIN_QP = 872;
    static final int PARAM_THREADS = 892;
    static final int PARAM_LOAD_BALANCING = 894;
    static final int PARAM_DEBLOCKING_OFF = 896;
    static final int PARAM_DENOISE = 908;
    static final int PARAM_BACKGROUND = 909;
    static final int PARAM_ADAPTIVE_QUANT = 910;
    static final int PARAM_SCENE_CHANGE = 912;
    static final int PARAM_IDR_RATIO = 916;

    static final int PICTURE_STRIDES = 4;

    static final int LAYER_NALS = 16;

    /** As many as {@code SFrameBSInfo} has room for. */
    static final int MAX_LAYERS = 128;

    /** The layout for a version of the library in this process, or null where it is not known. */
    static OpenH264Layout of(int minor) {
        if (!Platform.isLinux() || Native.POINTER_SIZE == 4 && !Platform.isARM()) {
            return null;
        }
        if (Native.POINTER_SIZE == 8) {
            return minor < 6 ? LP64_7 : LP64_8;
        }
        return minor < 6 ? ARM32_7 : ARM32_8;
    }

    /** {@code SFrameBSInfo.eFrameType}. */
    int frameType() {
        return layers + MAX_LAYERS * layerBytes;
    }

    /** {@code SFrameBSInfo.iFrameSizeInBytes}. */
    int frameBytes() {
        return frameType() + Integer.BYTES;
    }

    /** {@code SFrameBSInfo.uiTimeStamp}, on the next boundary of 8 bytes. */
    int frameMillis() {
        return frameBytes() + Integer.BYTES + 7 & ~7;
    }

    /** Size of {@code SFrameBSInfo}. */
    int infoBytes() {
        return frameMillis() + Long.BYTES;
    }
}
