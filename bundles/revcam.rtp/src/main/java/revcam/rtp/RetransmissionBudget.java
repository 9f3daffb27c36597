package revcam.rtp;

/**
 * Keeps retransmissions to a share of the send rate, so that answering loss does not cause more of it: a token bucket
 * that holds one second's share, and never less than a small frame.
 */
public final class RetransmissionBudget {

    /** A fifth of what is sent. */
    public static final double DEFAULT_SHARE = 0.2;

    private static final long MIN_DEPTH_BYTES = 12_000;

    private final double share;
    private double tokensBytes;
    private long filledNanos;
    private boolean started;

    /** @param share of the send rate, above 0 */
    public RetransmissionBudget(double share) {
        this.share = share;
    }

    /**
     * Takes bytes for one retransmission if there are enough.
     *
     * @param sendBps what the session sends now, bits per second
     * @return whether it may be sent
     */
    public boolean take(long nowNanos, int bytes, long sendBps) {
        double bytesPerSecond = share * sendBps / 8;
        double depth = Math.max(MIN_DEPTH_BYTES, bytesPerSecond);
        tokensBytes = started
                ? Math.min(depth, tokensBytes + bytesPerSecond * (nowNanos - filledNanos) * 1e-9)
                : depth;
        started = true;
        filledNanos = nowNanos;
        if (tokensBytes < bytes) {
            return false;
        }
        tokensBytes -= bytes;
        return true;
    }
}
