package revcam.stream.session;

import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/** Holds the last rate while no congestion controller is present, so that viewers stay connected and are served. */
public final class HeldRate implements CongestionController {

    public static final CongestionControllerFactory FACTORY = (now, limits, seed) -> new HeldRate(limits, seed);

    private final RateSnapshot seed;
    private RateLimits limits;

    HeldRate(RateLimits limits, RateSnapshot seed) {
        this.limits = limits;
        this.seed = seed;
    }

    @Override
    public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {}

    @Override
    public void onPacketFeedback(long nowNanos, PacketFeedback report) {}

    @Override
    public void onReceiverReport(long nowNanos, double lossFraction, long rttNanos) {}

    @Override
    public void onReceiverEstimate(long nowNanos, long bps) {}

    @Override
    public void onLimits(long nowNanos, RateLimits changed) {
        limits = changed;
    }

    @Override
    public long targetBps() {
        return seed.targetBps() == 0 ? limits.startBps() : limits.clamp(seed.targetBps());
    }

    @Override
    public long pacingBps() {
        return 2 * targetBps();
    }

    @Override
    public long nextDeadlineNanos() {
        return Long.MAX_VALUE;
    }

    @Override
    public void onDeadline(long nowNanos) {}

    @Override
    public RateSnapshot snapshot() {
        return new RateSnapshot(targetBps(), seed.rttNanos(), seed.lossFraction());
    }

    @Override
    public void close() {}
}
