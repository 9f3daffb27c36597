package revcam.systemd;

/**
 * Whether RevCam is alive in the sense that matters to who watches: the media loop takes commands, and pictures reach the
 * viewers. Told the time; one thread, but for {@link #answered}.
 */
final class Pulse {

    private final long boundNanos;
    private boolean asked;
    private long askedNanos;
    private volatile boolean answered;

    /** @param boundNanos longer than this without progress is no progress */
    Pulse(long boundNanos) {
        this.boundNanos = boundNanos;
    }

    /** Whether the loop is to be asked for a sign of life now: it has answered the last time. */
    boolean ask(long now) {
        if (asked && !answered) {
            return false;
        }
        asked = true;
        answered = false;
        askedNanos = now;
        return true;
    }

    /** The loop's sign of life; on the loop. */
    void answered() {
        answered = true;
    }

    /** Nobody is there to be asked; counts like a loop that does not answer. */
    void absent(long now) {
        if (!asked || answered) {
            asked = true;
            answered = false;
            askedNanos = now;
        }
    }

    /** The loop that was asked has gone, another is asked from now on. */
    void replaced() {
        asked = false;
    }

    /**
     * @param stream the name of the one that stands still longest; any when none does
     * @param stalledNanos for how long
     * @return what is wrong, for a person; empty while all is well
     */
    String complaint(long now, String stream, long stalledNanos) {
        long silent = asked && !answered ? now - askedNanos : 0;
        if (silent > boundNanos) {
            return "the media loop has not answered for " + seconds(silent) + " s";
        }
        if (stalledNanos > boundNanos) {
            return "stream " + stream + ": no picture has reached its viewers for " + seconds(stalledNanos) + " s";
        }
        return "";
    }

    private static long seconds(long nanos) {
        return nanos / 1_000_000_000;
    }
}
