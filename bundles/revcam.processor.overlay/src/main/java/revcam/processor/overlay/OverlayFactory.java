package revcam.processor.overlay;

import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.Settings;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.api.processor.FrameProcessor;
import revcam.api.processor.FrameProcessorFactory;
import revcam.api.processor.ProcessorRequest;

/** Rotation, mirror, guide lines and time; with nothing of that switched on, nothing at all. */
@Component(configurationPid = OverlayFactory.PID, property = FrameProcessorFactory.NAME + "=overlay")
@Designate(ocd = OverlayFactory.Config.class)
public final class OverlayFactory implements FrameProcessorFactory {

    static final String PID = "revcam.processor.overlay";

    private static final Logger LOG = LoggerFactory.getLogger(OverlayFactory.class);

    private volatile OverlaySettings settings;

    @ObjectClassDefinition(name = "RevCam overlay",
            description = "Turns the pictures, and draws the time and a reversing camera's guide lines into them.")
    @interface Config {

        @AttributeDefinition(description = "Clockwise, degrees: 0, 90, 180 or 270")
        String rotate() default "0";

        @AttributeDefinition(description = "Exchange left and right, after rotating")
        boolean mirror() default false;

        @AttributeDefinition(description = "Draw guide lines")
        boolean guides() default false;

        @AttributeDefinition(description = "Row where the lines begin, percent of the height from the top, 10 to 100")
        double guides_near() default 92;

        @AttributeDefinition(description = "Row where red ends, percent of the height from the top")
        double guides_red() default 80;

        @AttributeDefinition(description = "Row where yellow ends, percent of the height from the top")
        double guides_yellow() default 64;

        @AttributeDefinition(description = "Row where green and the lines end, percent of the height from the top")
        double guides_far() default 50;

        @AttributeDefinition(description = "Distance between the lines where they begin, percent of the width, 1 to 150")
        double guides_nearWidth() default 79;

        @AttributeDefinition(description = "Distance between the lines where they end, percent of the width, 1 to 150")
        double guides_farWidth() default 34;

        @AttributeDefinition(description = "Column in the middle between the lines, percent of the width from the left")
        double guides_centre() default 50;

        @AttributeDefinition(description = "When the picture was taken: off, time, or date (and time)")
        String time() default "off";

        @AttributeDefinition(description = "Milliseconds, too")
        boolean time_millis() default false;

        @AttributeDefinition(description = "Time zone, such as Europe/Berlin or UTC; empty for the machine's")
        String time_zone() default "";

        @AttributeDefinition(description = "bottom-left, bottom-right, top-left or top-right")
        String time_position() default "bottom-left";

        @AttributeDefinition(description = "Height of a digit, percent of the picture's, 2 to 20")
        double time_size() default 4;
    }

    @Activate
    public OverlayFactory(Map<String, Object> properties) {
        modified(properties);
    }

    /** The engine asks again, since the service's properties have changed. */
    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, OverlaySettings::of, LOG::error);
    }

    @Override
    public FrameProcessor open(ProcessorRequest request) throws StageException {
        OverlaySettings now = settings;
        if (now.isOff()) {
            return null;
        }
        Overlay overlay = new Overlay(now, request);
        if (overlay.isTooSmall()) {
            throw new StageException(Reason.UNSUPPORTED, "the time does not fit into pictures of " + request.width() + "x"
                    + request.height() + "; choose time = off or a smaller time.size in " + PID + ".cfg");
        }
        return overlay;
    }
}
