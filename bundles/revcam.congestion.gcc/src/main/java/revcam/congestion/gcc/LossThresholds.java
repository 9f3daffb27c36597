package revcam.congestion.gcc;

/**
 * Loss against two thresholds (draft-ietf-rmcat-gcc-02, section 6, with the timing of libwebrtc's
 * SendSideBandwidthEstimation): below 2 % the ceiling may rise, up to 10 % it stays, above it falls by half the loss. The
 * only way where receiver reports are all that comes.
 */
final class LossThresholds implements LossBasedRate {

    private static final double LOW = 0.02;
    private static final double HIGH = 0.10;
    private static final double INCREASE = 1.08;
    private static final long INCREASE_BPS = 1_000;
    private static final long INCREASE_NANOS = 1_000_000_000L;
    private static final long DECREASE_NANOS = 300_000_000L;
    /** Fewer packets say little about loss. */
    private static final int LEAST_PACKETS = 20;

    private long bps;
    private long raisedNanos;
    private long loweredNanos;
    private boolean lowered;
    private long packets;
    private long lost;
    private double fraction;

    LossThresholds(long nowNanos, long bps) {
        this.bps = bps;
        raisedNanos = nowNanos;
        loweredNanos = nowNanos;
    }

    @Override
    public void onPacket(long sentNanos, int bytes, boolean received) {
        packets++;
        lost += received ? 0 : 1;
    }

    @Override
    public void onFeedback(long nowNanos, long rttNanos, long presentBps, long delayBps, long acknowledgedBps, boolean idle) {
        if (packets >= LEAST_PACKETS) {
            double share = (double) lost / packets;
            forget();
            onLoss(nowNanos, share, rttNanos, presentBps);
        }
    }

    @Override
    public void forget() {
        packets = 0;
        lost = 0;
    }

    /**
     * What a receiver report says.
     *
     * @param presentBps the target that was in use while this was lost
     */
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

    @Override
    public void raise(long toBps) {
        bps = Math.max(bps, toBps);
    }

    @Override
    public void limit(long leastBps, long mostBps) {
        bps = Math.max(leastBps, Math.min(mostBps, bps));
    }

    @Override
    public long bps() {
        return bps;
    }

    @Override
    public double fraction() {
        return fraction;
    }
}
