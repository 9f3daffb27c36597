package revcam.encoder.openh264;

import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.Settings;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * Encoders by libopenh264. The library is looked for when the first encoder is opened, so that the component is there,
 * and can say what to install, before the library is. A changed configuration holds for the next encoder.
 */
@Component(
        service = VideoEncoderFactory.class,
        configurationPid = OpenH264EncoderFactory.PID,
        property = {VideoEncoderFactory.NAME + "=openh264", VideoEncoderFactory.FLOOR + ":Double=0.01",
                "service.ranking:Integer=-10"})
@Designate(ocd = OpenH264EncoderFactory.Config.class)
public final class OpenH264EncoderFactory implements VideoEncoderFactory {

    static final String PID = "revcam.encoder.openh264";

    private static final Logger LOG = LoggerFactory.getLogger(OpenH264EncoderFactory.class);

    private static final int MIN_SIZE = 32;
    private static final int MAX_SIZE = 4096;

    /** What libopenh264 takes: 36864 macroblocks, level 5.2. */
    private static final int MAX_SAMPLES = 4096 * 2304;

    private volatile OpenH264Settings settings;

    /** See {@code configs/revcam.encoder.openh264.cfg} for what each key means in libopenh264's terms. */
    @ObjectClassDefinition(name = "RevCam encoder openh264", description = "H.264 by libopenh264")
    @interface Config {

        @AttributeDefinition(description = "Speed against quality: low, medium or high")
        String complexity() default "low";

        @AttributeDefinition(description = "baseline, main or high")
        String profile() default "baseline";

        @AttributeDefinition(description = "Seconds from one IDR picture to the next, 0 for only on demand")
        double gopSeconds() default 10;

        @AttributeDefinition(description = "Whether frames may be left out to hold the bitrate")
        boolean frameSkip() default false;

        @AttributeDefinition(description = "The coarsest quantiser, 13 to 51")
        int maxQp() default 51;

        @AttributeDefinition(description = "Bits of an IDR picture in percent of those of an average one, 100 to 1000")
        int idrPercent() default 400;

        @AttributeDefinition(description = "Slices per picture; 0 for one, and one per thread where one thread is too slow")
        int slices() default 0;

        @AttributeDefinition(description = "Encoding threads, 0 for one per processor, at most 4")
        int threads() default 0;

        @AttributeDefinition(description = "Whether block edges are smoothed")
        boolean deblocking() default true;

        @AttributeDefinition(description = "Whether noise is filtered before encoding")
        boolean denoise() default false;

        @AttributeDefinition(description = "Whether a still background is searched for and left alone")
        boolean backgroundDetection() default false;

        @AttributeDefinition(description = "Whether a cut of scene begins a new IDR picture")
        boolean sceneCut() default false;

        @AttributeDefinition(description = "File name or path of libopenh264, empty for the system's")
        String library() default "";

        @AttributeDefinition(description = "Bits per pixel below which pictures break up, 0 to 1; 0 for none")
        double revcam_encoder_floor() default 0.01;
    }

    @Activate
    public OpenH264EncoderFactory(Map<String, Object> properties) {
        modified(properties);
    }

    /** Holds for encoders that are opened from now on. */
    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, OpenH264Settings::of, LOG::error);
    }

    @Deactivate
    void deactivate() {
        OpenH264Library.unload();
    }

    @Override
    public String codec() {
        return "H264";
    }

    @Override
    public VideoEncoder open(EncoderRequest request, EncodedSink sink) throws StageException {
        OpenH264Settings settings = this.settings;
        if (request.format() != PixelFormat.I420) {
            throw new StageException(Reason.UNSUPPORTED, "openh264 takes I420, not " + request.format()
                    + "; choose another format at the capture, or another encoder");
        }
        if (!possible(request.width()) || !possible(request.height())
                || request.width() * request.height() > MAX_SAMPLES) {
            throw new StageException(Reason.UNSUPPORTED, "openh264 cannot encode " + request.width() + "x"
                    + request.height() + "; width and height must be even, between " + MIN_SIZE + " and " + MAX_SIZE
                    + ", and not more in all than 4096x2304");
        }
        OpenH264Library library = OpenH264Library.hold(settings.library());
        try {
            return new OpenH264Encoder(library, settings, request, sink);
        } catch (StageException | RuntimeException e) {
            library.release();
            throw e;
        }
    }

    private static boolean possible(int size) {
        return size >= MIN_SIZE && size <= MAX_SIZE && size % 2 == 0;
    }
}
