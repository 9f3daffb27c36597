package revcam.encoder.x264;

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
 * Encoders by libx264. The library is looked for when the first encoder is opened, so that the component is there, and
 * can say what to install, before the library is. A changed configuration holds for the next encoder.
 */
@Component(
        service = VideoEncoderFactory.class,
        configurationPid = X264EncoderFactory.PID,
        property = {VideoEncoderFactory.NAME + "=x264", VideoEncoderFactory.FLOOR + ":Double=0.01"})
@Designate(ocd = X264EncoderFactory.Config.class)
public final class X264EncoderFactory implements VideoEncoderFactory {

    static final String PID = "revcam.encoder.x264";

    private static final Logger LOG = LoggerFactory.getLogger(X264EncoderFactory.class);

    private static final int MIN_SIZE = 32;
    private static final int MAX_SIZE = 4096;

    private volatile X264Settings settings;

    /** See {@code configs/revcam.encoder.x264.cfg} for what each key means in libx264's terms. */
    @ObjectClassDefinition(name = "RevCam encoder x264", description = "H.264 by libx264")
    @interface Config {

        @AttributeDefinition(description = "Speed against quality: ultrafast, superfast, veryfast, faster, fast, medium, ...")
        String preset() default "ultrafast";

        @AttributeDefinition(description = "Comma-separated; without zerolatency pictures are delayed")
        String tune() default "zerolatency";

        @AttributeDefinition(description = "baseline, main or high")
        String profile() default "baseline";

        @AttributeDefinition(description = "auto, or a level such as 3.1")
        String level() default "auto";

        @AttributeDefinition(description = "cbr, vbr or constrained-vbr")
        String rateMode() default "cbr";

        @AttributeDefinition(description = "Constant rate factor of vbr and constrained-vbr, 1 (best) to 51")
        double quality() default 23;

        @AttributeDefinition(description = "Rate-control buffer (VBV), milliseconds of the target bitrate, 30 to 10000")
        int vbvMillis() default 130;

        @AttributeDefinition(description = "Seconds from one IDR picture to the next, 0 for only on demand")
        double gopSeconds() default 10;

        @AttributeDefinition(description = "Whether a cut of scene begins a new IDR or I picture")
        boolean sceneCut() default false;

        @AttributeDefinition(description = "Whether a moving column of intra blocks replaces periodic IDR pictures")
        boolean intraRefresh() default false;

        @AttributeDefinition(description = "Slices per picture, 0 for one per thread")
        int slices() default 0;

        @AttributeDefinition(description = "B pictures between references, 0 to 16; each delays by a frame")
        int bFrames() default 0;

        @AttributeDefinition(description = "Encoding threads, 0 for one per processor, at most 4")
        int threads() default 0;

        @AttributeDefinition(description = "Further libx264 parameters: name=value, separated by spaces")
        String options() default "deblock=0:0";

        @AttributeDefinition(description = "File name or path of libx264, empty for the system's")
        String library() default "";

        @AttributeDefinition(description = "Bits per pixel below which pictures break up, 0 to 1; 0 for none")
        double revcam_encoder_floor() default 0.01;
    }

    @Activate
    public X264EncoderFactory(Map<String, Object> properties) {
        modified(properties);
    }

    /** Holds for encoders that are opened from now on. */
    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, X264Settings::of, LOG::error);
    }

    @Deactivate
    void deactivate() {
        X264Library.unload();
    }

    @Override
    public String codec() {
        return "H264";
    }

    @Override
    public VideoEncoder open(EncoderRequest request, EncodedSink sink) throws StageException {
        X264Settings settings = this.settings;
        if (request.format() != PixelFormat.I420 && request.format() != PixelFormat.NV12) {
            throw new StageException(Reason.UNSUPPORTED, "x264 takes I420 and NV12, not " + request.format()
                    + "; choose another format at the capture");
        }
        if (!possible(request.width()) || !possible(request.height())) {
            throw new StageException(Reason.UNSUPPORTED, "x264 cannot encode " + request.width() + "x" + request.height()
                    + "; width and height must be even and between " + MIN_SIZE + " and " + MAX_SIZE);
        }
        X264Library library = X264Library.hold(settings.library());
        try {
            return new X264Encoder(library, settings, request, sink);
        } catch (StageException | RuntimeException e) {
            library.release();
            throw e;
        }
    }

    private static boolean possible(int size) {
        return size >= MIN_SIZE && size <= MAX_SIZE && size % 2 == 0;
    }
}
