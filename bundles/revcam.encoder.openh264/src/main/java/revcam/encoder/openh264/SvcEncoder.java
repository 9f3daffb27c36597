package revcam.encoder.openh264;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * One {@code ISVCEncoder} of {@code codec_api.h}: a C++ object whose first word points to its virtual functions, in the
 * order of their declaration. JNA's direct mapping binds names only, and these have none, so they are called through
 * {@link Function}. Nothing here checks anything.
 */
final class SvcEncoder {

    // ENCODER_OPTION
    static final int FRAME_RATE = 4;
    static final int BITRATE = 5;
    static final int PARAM_EXT = 3;
    static final int IDR_INTERVAL = 1;
    static final int RC_FRAME_SKIP = 9;
    static final int COMPLEXITY = 19;
    static final int TRACE_LEVEL = 25;

    // EVideoFrameType
    static final int TYPE_IDR = 1;
    static final int TYPE_SKIP = 4;

    /** {@code videoFormatI420}. */
    static final int I420 = 23;

    private final Pointer object;
    private final Function encodeFrame;
    private final Function forceIntraFrame;
    private final Function setOption;
    private final Object[] encodeArguments;

    /**
     * @param object what {@code WelsCreateSVCEncoder} gave
     * @param picture the {@code SSourcePicture} of every {@link #encodeFrame}
     * @param info its {@code SFrameBSInfo}
     */
    SvcEncoder(Pointer object, Pointer picture, Pointer info) {
        this.object = object;
        encodeFrame = virtual(4);
        forceIntraFrame = virtual(6);
        setOption = virtual(7);
        encodeArguments = new Object[] {object, picture, info};
    }

    private Function virtual(int index) {
        return Function.getFunction(object.getPointer(0).getPointer((long) index * Native.POINTER_SIZE));
    }

    /** 0, or an error of {@code CM_RETURN}. */
    int initializeExt(Pointer param) {
        return virtual(1).invokeInt(new Object[] {object, param});
    }

    int getDefaultParams(Pointer param) {
        return virtual(2).invokeInt(new Object[] {object, param});
    }

    int uninitialize() {
        return virtual(3).invokeInt(new Object[] {object});
    }

    int encodeFrame() {
        return encodeFrame.invokeInt(encodeArguments);
    }

    /** The next frame becomes an IDR picture. */
    int forceIntraFrame() {
        return forceIntraFrame.invokeInt(new Object[] {object, 1, -1});
    }

    int setOption(int option, Pointer value) {
        return setOption.invokeInt(new Object[] {object, option, value});
    }

    int getOption(int option, Pointer value) {
        return virtual(8).invokeInt(new Object[] {object, option, value});
    }
}
