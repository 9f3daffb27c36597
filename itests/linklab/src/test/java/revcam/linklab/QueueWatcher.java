package revcam.linklab;

import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/**
 * The simplest controller that adapts: up while packets do not wait, down to what arrives when they do. For tests of
 * the laboratory, whose verdicts must not depend on those of the product.
 */
public final class QueueWatcher implements CongestionControllerFactory {

    private static final long QUEUE_NANOS = 30_000_000;

    @Override
    public CongestionController open(long nowNanos, RateLimits limits, RateSnapshot seed) {
        return new Watching(nowNanos, limits);
    }

    private static final class Watching implements CongestionController {

        private RateLimits limits;
        private double target;
        private long shortest = Long.MAX_VALUE;
        private long changed;
        private double bytes;
        private long counted;

        Watching(long now, RateLimits limits) {
            this.limits = limits;
            target = limits.startBps();
            changed = now;
            counted = now;
        }

        @Override
        public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {}

        @Override
        public void onPacketFeedback(long nowNanos, PacketFeedback report) {
            long latest = Long.MAX_VALUE;
            for (int i = 0; i < report.count(); i++) {
                if (report.received(i)) {
                    long transit = report.arrivalNanos(i) - report.sentNanos(i);
                    shortest = Math.min(shortest, transit);
                    latest = Math.min(latest, transit);
                    bytes += report.sizeBytes(i);
                }
            }
            if (nowNanos - changed < 250_000_000) {
                return;
            }
            double arriving = bytes * 8e9 / (nowNanos - counted);
            target = latest != Long.MAX_VALUE && latest - shortest > QUEUE_NANOS ? 0.8 * arriving : 1.06 * target;
            target = limits.clamp((long) target);
            changed = nowNanos;
            counted = nowNanos;
            bytes = 0;
        }

        @Override
        public void onReceiverReport(long nowNanos, double lossFraction, long rttNanos) {}

        @Override
        public void onReceiverEstimate(long nowNanos, long bps) {}

        @Override
        public void onLimits(long nowNanos, RateLimits changedLimits) {
            limits = changedLimits;
            target = limits.clamp((long) target);
        }

        @Override
        public long targetBps() {
            return (long) target;
        }

        @Override
        public long pacingBps() {
            return (long) (1.5 * target);
        }

        @Override
        public long nextDeadlineNanos() {
            return Long.MAX_VALUE;
        }

        @Override
        public void onDeadline(long nowNanos) {}

        @Override
        public RateSnapshot snapshot() {
            return new RateSnapshot((long) target, 0, 0);
        }

        @Override
        public void close() {}
    }
}
