package revcam.congestion.fixed;

import org.osgi.service.component.annotations.Component;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/**
 * Controllers that hold one rate whatever the network says, for links that are known and for comparison. There is
 * nothing to configure: the rate is where the stream's limits say to start.
 */
@Component(property = CongestionControllerFactory.NAME + "=fixed")
public final class FixedControllerFactory implements CongestionControllerFactory {

    @Override
    public CongestionController open(long nowNanos, RateLimits limits, RateSnapshot seed) {
        return new FixedController(nowNanos, limits, seed);
    }
}
