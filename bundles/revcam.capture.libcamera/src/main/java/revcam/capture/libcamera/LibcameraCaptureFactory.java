package revcam.capture.libcamera;

import java.util.Map;
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

/** Camera modules of the Raspberry Pi by rpicam-vid. A changed configuration starts a running camera anew. */
@Component(configurationPid = LibcameraCaptureFactory.PID, property = VideoCaptureFactory.NAME + "=libcamera")
@Designate(ocd = LibcameraCaptureFactory.Config.class)
public final class LibcameraCaptureFactory implements VideoCaptureFactory {

    static final String PID = "revcam.capture.libcamera";

    private static final Logger LOG = LoggerFactory.getLogger(LibcameraCaptureFactory.class);

    private static final int MIN_SIDE = 64;
    private static final int MAX_SIDE = 4096;
    private static final double MAX_FPS = 240;

    private volatile LibcameraSettings settings;

    /** See {@code configs/revcam.capture.libcamera.cfg}. */
    @ObjectClassDefinition(name = "RevCam camera module", description = "Camera modules of the Raspberry Pi, by rpicam-vid")
    @interface Config {

        @AttributeDefinition(description = "The rpicam-vid command: a name on the PATH or a path")
        String command() default "rpicam-vid";

        @AttributeDefinition(description = "Which camera, as rpicam-hello --list-cameras counts, 0 to 15")
        int camera() default 0;

        @AttributeDefinition(description = "none, horizontal, vertical or both")
        String flip() default "none";

        @AttributeDefinition(description = "Degrees, 0 or 180")
        int rotate() default 0;

        @AttributeDefinition(description = "Milliseconds to expose a picture, 0 to 200000; 0 for automatic")
        double exposure() default 0;

        @AttributeDefinition(description = "Analogue gain, 0 to 64; 0 for automatic")
        double gain() default 0;

        @AttributeDefinition(description = "auto, incandescent, tungsten, fluorescent, indoor, daylight or cloudy")
        String awb() default "auto";

        @AttributeDefinition(description = "Empty for the camera's default, auto (once, at the start), continuous, or dioptres, 0"
                + " (infinity) to 32")
        String focus() default "";

        @AttributeDefinition(description = "Bytes of which rows are a multiple: 64 on every Pi up to 4")
        int strideAlignment() default 64;
    }

    @Activate
    public LibcameraCaptureFactory(Map<String, Object> properties) {
        modified(properties);
    }

    @Modified
    void modified(Map<String, Object> properties) {
        LibcameraSettings read = Settings.read(PID, Config.class, properties, settings, LibcameraSettings::of, LOG::error);
        if (settings == null || !read.equals(settings)) { // not the first time: Java links a record's equals when it is called
            settings = read;
        }
    }

    @Override
    public VideoCapture open(CaptureRequest request, FrameSink sink) throws StageException {
        int width = request.width();
        int height = request.height();
        if (Math.min(width, height) < MIN_SIDE || Math.max(width, height) > MAX_SIDE || (width | height) % 2 != 0) {
            throw new StageException(Reason.UNSUPPORTED, "a camera module cannot be asked for " + width + "x" + height
                    + "; choose even sides from 64 to 4096");
        }
        if (request.rate().fps() > MAX_FPS) {
            throw new StageException(Reason.UNSUPPORTED,
                    "a camera module cannot run at " + request.rate() + " frames a second; choose 240 or less");
        }
        if (!request.source().isEmpty()) {
            throw new StageException(Reason.UNSUPPORTED, "write libcamera instead of libcamera:" + request.source()
                    + "; which camera is said by camera in revcam.capture.libcamera.cfg");
        }
        return new LibcameraCapture(request, sink, () -> settings);
    }
}
