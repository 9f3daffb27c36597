package revcam.capture.pattern;

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
import revcam.api.media.TimeStrip;

/**
 * A moving test picture: a painted landscape that passes by, as demanding to encode as real footage and almost free to
 * make. I420, BT.709 from 720 rows up and BT.601 below, limited range.
 */
@Component(configurationPid = PatternCaptureFactory.PID, property = VideoCaptureFactory.NAME + "=pattern")
@Designate(ocd = PatternCaptureFactory.Config.class)
public final class PatternCaptureFactory implements VideoCaptureFactory {

    static final String PID = "revcam.capture.pattern";

    private static final Logger LOG = LoggerFactory.getLogger(PatternCaptureFactory.class);

    private static final int MIN_SIDE = 64;
    private static final int MAX_SIDE = 1920;
    /** 1920x1088 either way up. */
    private static final int MAX_PIXELS = 1920 * 1088;
    private static final double MAX_FPS = 1000;

    /** Null before the configuration is first read. */
    private volatile Boolean timeStrip;

    @ObjectClassDefinition(name = "RevCam test picture", description = "A moving landscape that needs no camera.")
    @interface Config {

        @AttributeDefinition(description = "Draw capture time and frame counter, machine-readable, into the top 1/15 of the"
                + " picture; from 320x180 pixels up")
        boolean timeStrip() default true;
    }

    @Activate
    public PatternCaptureFactory(Map<String, Object> properties) {
        modified(properties);
    }

    /** Holds for captures that are opened from now on. */
    @Modified
    void modified(Map<String, Object> properties) {
        timeStrip = Settings.read(PID, Config.class, properties, timeStrip, settings -> settings.truth("timeStrip"), LOG::error);
    }

    @Override
    public VideoCapture open(CaptureRequest request, FrameSink sink) throws StageException {
        int width = request.width();
        int height = request.height();
        if (Math.min(width, height) < MIN_SIDE || Math.max(width, height) > MAX_SIDE || width * height > MAX_PIXELS
                || (width | height) % 2 != 0) {
            throw new StageException(StageException.Reason.UNSUPPORTED, "the test picture cannot be " + width + "x" + height
                    + "; choose even sides from 64x64 to 1920x1088 or 1088x1920");
        }
        if (request.rate().fps() > MAX_FPS) {
            throw new StageException(StageException.Reason.UNSUPPORTED,
                    "the test picture cannot run at " + request.rate() + " frames a second; choose 1000 or less");
        }
        if (!request.source().isEmpty()) {
            throw new StageException(StageException.Reason.UNSUPPORTED,
                    "there is one test picture and it has no name; write pattern instead of pattern:" + request.source());
        }
        TimeStrip strip = timeStrip && TimeStrip.fits(width, height) ? new TimeStrip(width, height) : null;
        return new PatternCapture(request, sink, strip);
    }
}
