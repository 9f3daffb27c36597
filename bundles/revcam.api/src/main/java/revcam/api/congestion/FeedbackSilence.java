package revcam.api.congestion;

/**
 * Whether packets are out on which feedback has not come for too long: the way there or back is broken, and what to do
 * about it is for the controller that wants to know. A sender that pauses is no silence, and neither is a receiver that has
 * never sent feedback. Media loop only.
 */
public final class FeedbackSilence {

    private final long leastNanos;
    private final int roundTrips;
    private final long repeatNanos;

    private boolean heard;
    private boolean waiting; // for feedback on a packet that left
    private boolean silent;
    private long patienceNanos;
    private long dueNanos;

    /**
     * It is silence after {@code leastNanos} and so many round trips, whichever is longer, and again, while packets leave,
     * each {@code repeatNanos}.
     */
    public FeedbackSilence(long leastNanos, int roundTrips, long repeatNanos) {
        this.leastNanos = leastNanos;
        this.roundTrips = roundTrips;
        this.repeatNanos = repeatNanos;
        patienceNanos = leastNanos;
    }

    /** A packet left. What came before a pause answers nothing that leaves after it. */
    public void onSent(long nowNanos) {
        if (!waiting) {
            waiting = true;
            dueNanos = nowNanos + (silent ? repeatNanos : patienceNanos);
        }
    }

    /** @param outstanding whether packets are out that no feedback has spoken of */
    public void onFeedback(long nowNanos, long rttNanos, boolean outstanding) {
        heard = true;
        silent = false;
        waiting = outstanding;
        patienceNanos = Math.max(leastNanos, roundTrips * rttNanos);
        dueNanos = nowNanos + patienceNanos;
    }

    /** When it becomes silence, or {@link Long#MAX_VALUE} while nothing is waited for. */
    public long nextDeadlineNanos() {
        return heard && waiting ? dueNanos : Long.MAX_VALUE;
    }

    /**
     * Whether the deadline has passed: once for each. Nothing that is out is waited for any longer; the next packet that
     * leaves asks again.
     */
    public boolean passed(long nowNanos) {
        if (!heard || !waiting || nowNanos - dueNanos < 0) {
            return false;
        }
        waiting = false;
        silent = true;
        return true;
    }
}
