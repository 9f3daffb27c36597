package revcam.congestion.nada;

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

/** Controllers that run NADA (RFC 8698). A changed configuration holds for viewers who come afterwards. */
@Component(
        service = CongestionControllerFactory.class,
        configurationPid = NadaControllerFactory.PID,
        property = CongestionControllerFactory.NAME + "=nada")
@Designate(ocd = NadaControllerFactory.Config.class)
public final class NadaControllerFactory implements CongestionControllerFactory {

    static final String PID = "revcam.congestion.nada";

    private static final Logger LOG = LoggerFactory.getLogger(NadaControllerFactory.class);

    private volatile NadaSettings settings;

    /** See {@code configs/revcam.congestion.nada.cfg} for what each key means. */
    @ObjectClassDefinition(name = "RevCam congestion control nada", description = "NADA, RFC 8698")
    @interface Config {

        @AttributeDefinition(description = "Weight among other flows of its kind, 0.1 to 10 (PRIO)")
        double priority() default 1;

        @AttributeDefinition(description = "Milliseconds of queueing delay to settle at at the highest rate, 1 to 100 (XREF)")
        double reference() default 10;
    }

    /** With the defaults. */
    public NadaControllerFactory() {
        settings = NadaSettings.DEFAULT;
    }

    @Activate
    public NadaControllerFactory(Map<String, Object> properties) {
        modified(properties);
    }

    /** Holds for controllers that are opened from now on. */
    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, NadaSettings::of, LOG::error);
    }

    @Override
    public CongestionController open(long nowNanos, RateLimits limits, RateSnapshot seed) {
        return new NadaController(nowNanos, limits, seed, settings);
    }
}
