package revcam.api.congestion;

import org.osgi.annotation.versioning.ConsumerType;

/** A rate-control strategy, published as an OSGi service with the property {@link #NAME}. */
@ConsumerType
public interface CongestionControllerFactory {

    /** Service property: the name that configuration and people use, such as {@code gcc}. */
    String NAME = "revcam.congestion";

    /**
     * A controller for one viewer; cheap, and never fails. Before any viewer depends on a strategy, one controller is
     * opened, asked for its rates and closed, away from the media loop.
     *
     * @param seed where the predecessor stopped, or {@link RateSnapshot#unknown} for a new viewer. The first target stays
     *     within 10 % of a known seed's.
     */
    CongestionController open(long nowNanos, RateLimits limits, RateSnapshot seed);
}
