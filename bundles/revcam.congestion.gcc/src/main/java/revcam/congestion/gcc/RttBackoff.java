package revcam.congestion.gcc;

/**
 * Less and less while the receiver is not heard of (libwebrtc's RttBasedBackoff): counted from the last feedback to the
 * last packet that left, since without packets nobody answers.
 */
final class RttBackoff {

    private final long limitNanos;
    private final int limitRtts;
    private final double factor;
    private final long gapNanos;

    private boolean heard;
    private long heardNanos;
    private long rttNanos;
    private boolean waiting; // for feedback on a packet that left
    private long backedOffNanos;

    /** As libwebrtc has it. */
    static RttBackoff ofBrowsers() {
        return new RttBackoff(3_000_000_000L, 0, 0.8, 1_000_000_000L);
    }

    /** What is on its way meanwhile fills a queue, so a second has to do. */
    static RttBackoff early() {
        return new RttBackoff(1_000_000_000L, 3, 0.6, 1_000_000_000L);
    }

    private RttBackoff(long limitNanos, int limitRtts, double factor, long gapNanos) {
        this.limitNanos = limitNanos;
        this.limitRtts = limitRtts;
        this.factor = factor;
        this.gapNanos = gapNanos;
    }

    void onSent(long nowNanos) {
        if (!waiting) {
            waiting = true;
            // What came after a pause answers nothing that was sent before it.
            heardNanos = nowNanos;
            backedOffNanos = nowNanos;
        }
    }

    /** @param outstanding whether packets are still unanswered */
    void onFeedback(long nowNanos, long nowRttNanos, boolean outstanding) {
        heard = true;
        heardNanos = nowNanos;
        backedOffNanos = nowNanos;
        rttNanos = nowRttNanos;
        waiting = outstanding;
    }

    /** When it is time to send less; {@link Long#MAX_VALUE} if nothing is waited for or nothing was ever heard. */
    long nextDeadlineNanos() {
        if (!heard || !waiting) {
            return Long.MAX_VALUE;
        }
        long silence = heardNanos + Math.max(limitNanos, limitRtts * rttNanos);
        long gap = backedOffNanos + gapNanos;
        return silence - gap > 0 ? silence : gap;
    }

    /** The factor for the target now: 1 before the deadline. */
    double onDeadline(long nowNanos) {
        long due = nextDeadlineNanos();
        if (due == Long.MAX_VALUE || nowNanos - due < 0) {
            return 1;
        }
        backedOffNanos = nowNanos;
        return factor;
    }
}
