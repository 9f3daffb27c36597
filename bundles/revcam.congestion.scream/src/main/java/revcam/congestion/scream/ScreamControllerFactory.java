package revcam.congestion.scream;

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

/** Controllers that run SCReAM (RFC 8298). A changed configuration holds for viewers who come afterwards. */
@Component(
        service = CongestionControllerFactory.class,
        configurationPid = ScreamControllerFactory.PID,
        property = CongestionControllerFactory.NAME + "=scream")
@Designate(ocd = ScreamControllerFactory.Config.class)
public final class ScreamControllerFactory implements CongestionControllerFactory {

    static final String PID = "revcam.congestion.scream";

    private static final Logger LOG = LoggerFactory.getLogger(ScreamControllerFactory.class);

    private volatile ScreamSettings settings;

    /** See {@code configs/revcam.congestion.scream.cfg} for what each key means. */
    @ObjectClassDefinition(name = "RevCam congestion control scream", description = "SCReAM, RFC 8298")
    @interface Config {

        @AttributeDefinition(description = "Milliseconds of queueing delay to stay below, 20 to 300")
        double queueDelay() default 55;

        @AttributeDefinition(description = "Bytes in flight, as a multiple of the reference window, 1.1 to 3")
        double headroom() default 1.5;
    }

    /** With the defaults. */
    public ScreamControllerFactory() {
        settings = ScreamSettings.DEFAULT;
    }

    @Activate
    public ScreamControllerFactory(Map<String, Object> properties) {
        modified(properties);
    }

    /** Holds for controllers that are opened from now on. */
    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, ScreamSettings::of, LOG::error);
    }

    @Override
    public CongestionController open(long nowNanos, RateLimits limits, RateSnapshot seed) {
        return new ScreamController(nowNanos, limits, seed, settings);
    }
}
