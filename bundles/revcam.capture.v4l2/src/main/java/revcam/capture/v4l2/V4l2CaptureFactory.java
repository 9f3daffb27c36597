package revcam.capture.v4l2;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.config.Settings;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.v4l2.NativeSystemCalls;
import revcam.v4l2.SystemCalls;

/**
 * Cameras that give plain pictures by V4L2: {@code v4l2}, or {@code v4l2:DEVICE}. A changed configuration reaches a running
 * camera: controls at once, the rest by opening it anew.
 */
@Component(configurationPid = V4l2CaptureFactory.PID, property = VideoCaptureFactory.NAME + "=v4l2")
@Designate(ocd = V4l2CaptureFactory.Config.class)
public final class V4l2CaptureFactory implements VideoCaptureFactory {

    static final String PID = "revcam.capture.v4l2";

    private static final Logger LOG = LoggerFactory.getLogger(V4l2CaptureFactory.class);

    private static final int MIN_SIDE = 32;
    private static final int MAX_SIDE = 4096;

    private final Supplier<SystemCalls> calls;
    private final Path root;
    private volatile V4l2Settings settings;

    /** See {@code configs/revcam.capture.v4l2.cfg}. */
    @ObjectClassDefinition(name = "RevCam V4L2 camera", description = "USB cameras and others at /dev/video*")
    @interface Config {

        @AttributeDefinition(description = "Path of the camera, best one in /dev/v4l/by-id, or the name of a link there; empty for"
                + " the first camera there is")
        String device() default "";

        @AttributeDefinition(description = "Samples that go to the encoder: auto, I420, NV12 or YUYV")
        String format() default "auto";

        @AttributeDefinition(description = "Pictures that the driver is asked to have memory for, 4 to 32")
        int buffers() default 6;

        @AttributeDefinition(description = "Empty for as the camera has it, auto, or milliseconds")
        String exposure() default "";

        @AttributeDefinition(description = "Empty for as the camera has it, auto, or a position in the camera's own steps")
        String focus() default "";

        @AttributeDefinition(description = "none, horizontal, vertical or both, by the camera itself")
        String flip() default "none";

        @AttributeDefinition(description = "Degrees, 0, 90, 180 or 270, by the camera itself")
        int rotate() default 0;

        @AttributeDefinition(description = "Further controls: name=number, separated by commas, as v4l2-ctl --list-ctrls-menus"
                + " names them")
        String controls() default "";
    }

    @Activate
    public V4l2CaptureFactory(Map<String, Object> properties) {
        // Bound with the first camera: without JNA's native part the component can still say what is missing.
        this(NativeSystemCalls::load, Path.of("/"), properties);
    }

    V4l2CaptureFactory(Supplier<SystemCalls> calls, Path root, Map<String, Object> properties) {
        this.calls = calls;
        this.root = root;
        modified(properties);
    }

    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, V4l2Settings::of, LOG::error);
    }

    @Override
    public VideoCapture open(CaptureRequest request, FrameSink sink) throws StageException {
        int width = request.width();
        int height = request.height();
        if (Math.min(width, height) < MIN_SIDE || Math.max(width, height) > MAX_SIDE || (width | height) % 2 != 0) {
            throw new StageException(Reason.UNSUPPORTED, "a camera cannot be asked for " + width + "x" + height
                    + "; choose even sides from 32 to 4096");
        }
        Cameras cameras;
        try {
            cameras = new Cameras(calls.get(), root);
        } catch (UnsupportedOperationException e) {
            throw new StageException(Reason.UNAVAILABLE, e.getMessage(), e);
        }
        return new V4l2Capture(cameras, request.source().isEmpty() ? null : request.source(), request, sink, () -> settings);
    }
}
