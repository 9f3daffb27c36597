package revcam.transport.webrtc;

/** At most so many per second, counted in whole seconds. One thread. */
public final class Budget {

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final int perSecond;
    private long secondStartNanos;
    private int spent;

    public Budget(int perSecond, long nowNanos) {
        this.perSecond = perSecond;
        secondStartNanos = nowNanos;
    }

    /** @return false when this second's are spent */
    public boolean take(long nowNanos) {
        if (nowNanos - secondStartNanos >= SECOND_NANOS) {
            secondStartNanos = nowNanos;
            spent = 0;
        }
        if (spent == perSecond) {
            return false;
        }
        spent++;
        return true;
    }
}
