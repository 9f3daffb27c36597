package revcam.hotswap.stranger;

import org.osgi.framework.BundleContext;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/** The fixed rate, as long as it behaves. */
final class StrangeController implements CongestionControllerFactory {

    private static final long PERIOD_NANOS = 100_000_000;

    private final BundleContext context;
    private final Fault fault;
    private final int after;

    /** @param after how many packets it lets go well */
    StrangeController(BundleContext context, Fault fault, int after) {
        this.context = context;
        this.fault = fault;
        this.after = after;
    }

    @Override
    public CongestionController open(long nowNanos, RateLimits limits, RateSnapshot seed) {
        switch (fault) {
            case OPEN_THROWS -> throw new IllegalStateException("thrown in open");
            case OPEN_HANGS -> Fault.hang();
            case LEAKS_THREADS -> Fault.leak();
            default -> { }
        }
        return fault == Fault.OPEN_GIVES_NULL ? null
                : new Controller(Activator.original(context, CongestionControllerFactory.class, NAME, "fixed")
                        .open(nowNanos, limits, seed), nowNanos);
    }

    private final class Controller implements CongestionController {

        private final CongestionController original;
        private int packets;
        private long deadlineNanos;

        Controller(CongestionController original, long nowNanos) {
            this.original = original;
            deadlineNanos = nowNanos + PERIOD_NANOS;
        }

        private boolean misbehaves() {
            return packets >= after;
        }

        @Override
        public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {
            if (misbehaves()) {
                fault.atWork();
            }
            packets++;
            original.onPacketSent(nowNanos, transportSequence, sizeBytes);
        }

        @Override
        public void onPacketFeedback(long nowNanos, PacketFeedback report) {
            original.onPacketFeedback(nowNanos, report);
        }

        @Override
        public void onReceiverReport(long nowNanos, double lossFraction, long rttNanos) {
            original.onReceiverReport(nowNanos, lossFraction, rttNanos);
        }

        @Override
        public void onReceiverEstimate(long nowNanos, long bps) {
            original.onReceiverEstimate(nowNanos, bps);
        }

        @Override
        public void onLimits(long nowNanos, RateLimits limits) {
            original.onLimits(nowNanos, limits);
        }

        @Override
        public long targetBps() {
            return !misbehaves() ? original.targetBps()
                    : fault == Fault.ABSURD_RATE ? Long.MAX_VALUE
                    : fault == Fault.NEGATIVE_RATE ? -1 : original.targetBps();
        }

        @Override
        public long pacingBps() {
            return Math.max(targetBps(), original.pacingBps());
        }

        /** Soon again, for the engine asks for the rates, absurd by then, after a deadline. */
        @Override
        public long nextDeadlineNanos() {
            return deadlineNanos;
        }

        @Override
        public void onDeadline(long nowNanos) {
            deadlineNanos = nowNanos + PERIOD_NANOS;
            original.onDeadline(nowNanos);
        }

        @Override
        public RateSnapshot snapshot() {
            return original.snapshot();
        }

        @Override
        public void close() {
            try {
                fault.atClose();
            } finally {
                original.close();
            }
        }
    }
}
