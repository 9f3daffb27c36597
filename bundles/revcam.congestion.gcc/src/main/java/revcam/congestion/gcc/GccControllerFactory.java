package revcam.congestion.gcc;

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
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/** Controllers that run Google Congestion Control. A changed configuration holds for viewers who come afterwards. */
@Component(
        service = CongestionControllerFactory.class,
        configurationPid = GccControllerFactory.PID,
        property = {CongestionControllerFactory.NAME + "=gcc", "service.ranking:Integer=100"})
@Designate(ocd = GccControllerFactory.Config.class)
public final class GccControllerFactory implements CongestionControllerFactory {

    static final String PID = "revcam.congestion.gcc";

    private static final Logger LOG = LoggerFactory.getLogger(GccControllerFactory.class);

    private volatile GccSettings settings;

    /** See {@code configs/revcam.congestion.gcc.cfg} for what each key means. */
    @ObjectClassDefinition(name = "RevCam congestion control gcc", description = "Google Congestion Control")
    @interface Config {

        @AttributeDefinition(description = "How fast the overuse threshold rises, 0.00001 to 1 per millisecond")
        double threshold_up() default 0.0087;

        @AttributeDefinition(description = "How fast the overuse threshold falls, 0.00001 to 1 per millisecond")
        double threshold_down() default 0.039;

        @AttributeDefinition(description = "How loss limits the rate: inherent, thresholds")
        String loss() default "inherent";

        @AttributeDefinition(description = "Whether short bursts above the target look for more capacity")
        boolean probing() default true;

        @AttributeDefinition(description = "Whether frames are taken for probes and queues are drained, beyond what browsers do")
        boolean search() default true;
    }

    /** With the defaults. */
    public GccControllerFactory() {
        settings = GccSettings.DEFAULT;
    }

    @Activate
    public GccControllerFactory(Map<String, Object> properties) {
        modified(properties);
    }

    /** Holds for controllers that are opened from now on. */
    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, GccSettings::of, LOG::error);
    }

    @Override
    public CongestionController open(long nowNanos, RateLimits limits, RateSnapshot seed) {
        return new GccController(nowNanos, limits, seed, settings);
    }
}
