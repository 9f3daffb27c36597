package revcam.congestion.fixed;

import revcam.api.congestion.CongestionController;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/**
 * Holds {@link RateLimits#maxBps()} against all reports. It begins where the limits say, or where another controller
 * stopped, and walks to its own rate in small steps, so that viewers see no jump.
 */
final class FixedController implements CongestionController {

    private static final double PACING_FACTOR = 2.5;
    private static final double MAX_STEP = 0.1;
    private static final long STEP_NANOS = 200_000_000;
    private static final long NEVER = Long.MAX_VALUE;

    private RateLimits limits;
    private long targetBps;
    private long nextStepNanos = NEVER;
    private long rttNanos;
    private double lossFraction;

    FixedController(long nowNanos, RateLimits limits, RateSnapshot seed) {
        this.limits = limits;
        targetBps = seed.targetBps() > 0 ? limits.clamp(seed.targetBps()) : limits.startBps();
        rttNanos = seed.rttNanos();
        lossFraction = seed.lossFraction();
        schedule(nowNanos);
    }

    @Override
    public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {
        // What leaves does not change the rate.
    }

    @Override
    public void onPacketFeedback(long nowNanos, PacketFeedback report) {
        // Nor does what arrives.
    }

    /** Kept for a successor alone. */
    @Override
    public void onReceiverReport(long nowNanos, double lossFraction, long rttNanos) {
        this.lossFraction = lossFraction;
        if (rttNanos > 0) {
            this.rttNanos = this.rttNanos == 0 ? rttNanos : this.rttNanos + (rttNanos - this.rttNanos) / 8;
        }
    }

    @Override
    public void onReceiverEstimate(long nowNanos, long bps) {
        // A ceiling for those who heed the network.
    }

    @Override
    public void onLimits(long nowNanos, RateLimits changed) {
        limits = changed;
        targetBps = changed.maxBps();
        nextStepNanos = NEVER;
    }

    @Override
    public long targetBps() {
        return targetBps;
    }

    @Override
    public long pacingBps() {
        return (long) (PACING_FACTOR * targetBps);
    }

    @Override
    public long nextDeadlineNanos() {
        return nextStepNanos;
    }

    @Override
    public void onDeadline(long nowNanos) {
        if (nextStepNanos == NEVER || nowNanos - nextStepNanos < 0) {
            return;
        }
        long step = Math.max(1, (long) (MAX_STEP * targetBps));
        targetBps += Math.max(-step, Math.min(step, limits.maxBps() - targetBps));
        schedule(nowNanos);
    }

    private void schedule(long nowNanos) {
        nextStepNanos = targetBps == limits.maxBps() ? NEVER : nowNanos + STEP_NANOS;
    }

    @Override
    public RateSnapshot snapshot() {
        return new RateSnapshot(targetBps, rttNanos, lossFraction);
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
