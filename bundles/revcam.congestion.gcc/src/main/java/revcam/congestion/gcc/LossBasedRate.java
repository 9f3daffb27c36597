package revcam.congestion.gcc;

/**
 * The ceiling that loss sets (draft-ietf-rmcat-gcc-02, section 6, with libwebrtc's timing): below 2 % it may rise, up to
 * 10 % it stays, above it falls by half the loss.
 */
final class LossBasedRate {

    private static final double LOW = 0.02;
    private static final double HIGH = 0.10;
    private static final double INCREASE = 1.08;
    private static final long INCREASE_BPS = 1_000;
    private static final long INCREASE_NANOS = 1_000_000_000L;
    private static final long DECREASE_NANOS = 300_000_000L;
    /** Of twenty packets one in ten is soon lost by chance where one in twenty is lost in the long run. */
    private static final int ENOUGH_PACKETS = 80;
    private static final int LEAST_PACKETS = 20;
    private static final long LONG_ENOUGH = 1_000_000_000L;

    private long bps;
    private long raisedNanos;
    private long loweredNanos;
    private boolean lowered;
    private long countedNanos;
    private long packets;
    private long lost;
    private double fraction;

    LossBasedRate(long nowNanos, long bps) {
        this.bps = bps;
        raisedNanos = nowNanos;
        loweredNanos = nowNanos;
        countedNanos = nowNanos;
    }

    /** What packet feedback says. */
    void onPackets(long nowNanos, int reported, int missing, long rttNanos, long presentBps) {
        packets += reported;
        lost += missing;
        if (packets >= ENOUGH_PACKETS || packets >= LEAST_PACKETS && nowNanos - countedNanos >= LONG_ENOUGH) {
            countedNanos = nowNanos;
            double share = (double) lost / packets;
            packets = 0;
            lost = 0;
            onLoss(nowNanos, share, rttNanos, presentBps);
        }
    }

    /** What was counted for the next decision does not count. */
    void forget() {
        packets = 0;
        lost = 0;
    }

    /** @param presentBps the target that was in use while this was lost */
    void onLoss(long nowNanos, double share, long rttNanos, long presentBps) {
        fraction = share;
        if (share <= LOW) {
            if (nowNanos - raisedNanos >= INCREASE_NANOS) {
                raisedNanos = nowNanos;
                bps = Math.max(bps, (long) (INCREASE * Math.min(bps, presentBps)) + INCREASE_BPS);
            }
        } else if (share > HIGH && (!lowered || nowNanos - loweredNanos >= DECREASE_NANOS + rttNanos)) {
            lowered = true;
            loweredNanos = nowNanos;
            bps = (long) (Math.min(bps, presentBps) * (1 - 0.5 * share));
        }
    }

    /** Something better informed has found more. */
    void raise(long toBps) {
        bps = Math.max(bps, toBps);
    }

    void limit(long leastBps, long mostBps) {
        bps = Math.max(leastBps, Math.min(mostBps, bps));
    }

    long bps() {
        return bps;
    }

    /** In the last interval, 0 to 1. */
    double fraction() {
        return fraction;
    }
}
