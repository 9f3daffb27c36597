package revcam.congestion.gcc;

/**
 * Whether the sender leaves its target unused, so that what arrives says nothing about how much could (libwebrtc's
 * AlrDetector): a budget that grows with a share of the target and shrinks with each packet.
 */
final class ApplicationLimit {

    private static final double USAGE = 0.65;
    private static final double START = 0.80;
    private static final double STOP = 0.50;
    private static final double WINDOW_SECONDS = 0.5;

    private double budgetBytes;
    private boolean began;
    private long updatedNanos;
    private boolean limited;
    private long endedNanos;
    private boolean everEnded;

    void onSent(long nowNanos, int bytes, long targetBps) {
        double most = WINDOW_SECONDS * USAGE * targetBps / 8;
        double grown = began ? (nowNanos - updatedNanos) * 1e-9 * USAGE * targetBps / 8 : 0;
        began = true;
        updatedNanos = nowNanos;
        // A debt is paid off before anything is saved, and neither is without bounds.
        budgetBytes = Math.max(-most, Math.min(most, budgetBytes + grown) - bytes);
        double share = budgetBytes / most;
        if (share > START) {
            limited = true;
        } else if (share < STOP && limited) {
            limited = false;
            everEnded = true;
            endedNanos = nowNanos;
        }
    }

    boolean limited() {
        return limited;
    }

    /** Whether it ended within so long. */
    boolean endedWithin(long nowNanos, long withinNanos) {
        return everEnded && nowNanos - endedNanos < withinNanos;
    }
}
