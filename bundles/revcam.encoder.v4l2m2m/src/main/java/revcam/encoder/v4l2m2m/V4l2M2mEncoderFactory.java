package revcam.encoder.v4l2m2m;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
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
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.v4l2.NativeSystemCalls;
import revcam.v4l2.SystemCalls;
import revcam.v4l2.V4l2Exception;
import revcam.v4l2.VideoNode;

/**
 * Encoders in hardware. {@link EncoderWatch} enables the component. The device is looked for whenever an encoder is opened. A
 * changed configuration holds for the next one.
 *
 * <p>A device whose firmware hangs is torn down on the thread of the encoder that met it. Until that thread is done, which the
 * driver may delay for ten seconds and more, no other encoder is opened: the driver would hang that one's thread as well.
 */
@Component(
        enabled = false,
        service = VideoEncoderFactory.class,
        configurationPid = V4l2M2mEncoderFactory.PID,
        property = {VideoEncoderFactory.NAME + "=v4l2m2m", VideoEncoderFactory.FLOOR + ":Double=0.02",
                "service.ranking:Integer=10"})
@Designate(ocd = V4l2M2mEncoderFactory.Config.class)
public final class V4l2M2mEncoderFactory implements VideoEncoderFactory {

    static final String PID = "revcam.encoder.v4l2m2m";

    private static final Logger LOG = LoggerFactory.getLogger(V4l2M2mEncoderFactory.class);

    /** Hangs in a row after which a person is told that only a restart of the machine may help. */
    private static final int HANGS_UNTIL_ADVICE = 3;

    /** Asked when an encoder is opened, as there may be none on this machine. */
    private final Supplier<SystemCalls> calls;
    private final Path root;
    private final Hangs hangs = new Hangs();
    private volatile V4l2M2mSettings settings;

    /** See {@code configs/revcam.encoder.v4l2m2m.cfg} for what each key means. */
    @ObjectClassDefinition(name = "RevCam encoder v4l2m2m", description = "H.264 in hardware, by V4L2")
    @interface Config {

        @AttributeDefinition(description = "Path of the device node, empty for the first that encodes H.264")
        String device() default "";

        @AttributeDefinition(description = "baseline, constrained-baseline, main or high")
        String profile() default "constrained-baseline";

        @AttributeDefinition(description = "Seconds from one IDR picture to the next, 0 for only on demand")
        double gopSeconds() default 10;

        @AttributeDefinition(description = "Whether the hardware is to fill up to the bitrate")
        boolean constantBitrate() default false;

        @AttributeDefinition(description = "The finest quantiser, 0 to 51")
        int minQp() default 12;

        @AttributeDefinition(description = "The coarsest quantiser, 0 to 51")
        int maxQp() default 51;

        @AttributeDefinition(description = "Bits per pixel below which the hardware is not asked to go, 0 to 1")
        double minBitsPerPixel() default 0.01;

        @AttributeDefinition(description = "Whether pictures are read where the camera put them, if that can be")
        boolean zeroCopy() default true;

        @AttributeDefinition(description = "Bits per pixel below which pictures break up, 0 to 1; 0 for none")
        double revcam_encoder_floor() default 0.02;
    }

    /** What this device's encoders have met; any thread. */
    static final class Hangs {
        private final AtomicInteger inRow = new AtomicInteger();
        private final AtomicInteger tearingDown = new AtomicInteger();

        /** An encoder hangs, and its thread is on its way out. */
        void began() {
            inRow.incrementAndGet();
            tearingDown.incrementAndGet();
        }

        /** That thread is done. */
        void tornDown() {
            tearingDown.decrementAndGet();
        }

        /** Pictures come out. */
        void overcome() {
            inRow.set(0);
        }

        boolean isTearingDown() {
            return tearingDown.get() > 0;
        }

        String advice() {
            int count = inRow.get();
            return count < HANGS_UNTIL_ADVICE ? ""
                    : "; it has hung " + count + " times in a row: restart the machine, and if that does not last, use "
                            + "--encoder x264";
        }
    }

    @Activate
    public V4l2M2mEncoderFactory(Map<String, Object> properties) {
        this(properties, NativeSystemCalls::load, Path.of("/"));
    }

    V4l2M2mEncoderFactory(Map<String, Object> properties, Supplier<SystemCalls> calls, Path root) {
        this.calls = calls;
        this.root = root;
        modified(properties);
    }

    /** Holds for encoders that are opened from now on. */
    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, V4l2M2mSettings::of, LOG::error);
    }

    @Override
    public String codec() {
        return "H264";
    }

    @Override
    public VideoEncoder open(EncoderRequest request, EncodedSink sink) throws StageException {
        V4l2M2mSettings settings = this.settings;
        if (hangs.isTearingDown()) {
            throw new StageException(Reason.UNAVAILABLE, "the hardware encoder hangs and is being reset, which takes ten "
                    + "seconds or more" + hangs.advice());
        }
        EncoderDevice device = find(settings, request);
        try {
            return new V4l2M2mEncoder(device, settings, request, sink, hangs);
        } catch (StageException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    private EncoderDevice find(V4l2M2mSettings settings, EncoderRequest request) throws StageException {
        SystemCalls calls;
        try {
            calls = this.calls.get();
        } catch (UnsupportedOperationException e) {
            throw new StageException(Reason.UNAVAILABLE, e.getMessage(), e);
        }
        if (!settings.device().isEmpty()) {
            try {
                EncoderDevice device = EncoderDevice.open(calls, settings.device(), settings, request);
                if (device == null) {
                    throw new StageException(Reason.UNSUPPORTED, settings.device() + " does not encode H.264; name another "
                            + "device in revcam.encoder.v4l2m2m.cfg, or none");
                }
                return device;
            } catch (V4l2Exception e) {
                throw refusal(e);
            }
        }
        List<String> refusals = new ArrayList<>();
        for (VideoNode node : VideoNode.list(root)) {
            try {
                EncoderDevice device = EncoderDevice.open(calls, node.path(), settings, request);
                if (device != null) {
                    return device;
                }
            } catch (V4l2Exception e) {
                // A camera that another program holds is no reason not to look further.
                if (e.call().equals("open")) {
                    refusals.add(e.getMessage());
                } else {
                    throw refusal(e);
                }
            }
        }
        throw new StageException(Reason.UNAVAILABLE, "no device here encodes H.264 by V4L2"
                + (refusals.isEmpty() ? "; use another encoder, or load its driver; on a Raspberry Pi: sudo modprobe "
                        + "bcm2835-codec"
                        : "; these could not be looked at: " + String.join("; ", refusals)));
    }

    /** What the engine is told of what the kernel said. */
    private StageException refusal(V4l2Exception e) {
        Reason reason = switch (e.errno()) {
            case EBUSY -> Reason.BUSY;
            // The firmware says so of a level that does not fit, which we avoid; trying again changes nothing.
            case ESRCH -> Reason.UNSUPPORTED;
            default -> Reason.UNAVAILABLE;
        };
        return new StageException(reason, "the hardware encoder cannot be opened: " + e.getMessage() + hangs.advice(), e);
    }
}
