package revcam.v4l2;

import java.nio.ByteBuffer;

/**
 * Settings that change while pictures flow: as those of {@link VideoDevice}, but with memory of its own, so that nothing is
 * allocated. A call may block as long as the driver does. One thread at a time.
 */
public final class LiveSettings {

    private final VideoDevice device;
    private final ByteBuffer parameters;
    private final ByteBuffer control;

    LiveSettings(VideoDevice device) {
        this.device = device;
        parameters = device.allocate(Struct.STREAMPARM);
        control = device.allocate(Struct.CONTROL);
    }

    /**
     * See {@link VideoDevice#setFrameRate}.
     *
     * @param pictures in so many {@code seconds}
     * @return false where the driver has no such setting
     */
    public boolean setFrameRate(BufferType type, int pictures, int seconds) throws V4l2Exception {
        return device.setFrameRate(type, pictures, seconds, parameters);
    }

    /** See {@link VideoDevice#setControl}. @return the value as the driver took it */
    public int setControl(int id, int value) throws V4l2Exception {
        return device.setControl(id, value, control);
    }
}
