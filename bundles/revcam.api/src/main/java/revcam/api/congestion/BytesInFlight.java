package revcam.api.congestion;

/**
 * What has left and has not been reported on, and which part of a report is news; for controllers that want it. Fixed
 * memory; media loop only.
 */
public final class BytesInFlight {

    private static final int CAPACITY = 8192;

    private final long[] upTo = new long[CAPACITY]; // bytes sent up to and with a sequence number
    private long sent;
    private long lastSequence = -1;
    private long reported = -1;
    private long reportedUpTo;

    public void onSent(long sequence, int bytes) {
        sent += bytes;
        upTo[(int) sequence & CAPACITY - 1] = sent;
        lastSequence = sequence;
    }

    /** Whether a report on it is news: it has left, and nothing was reported on it or one after it. */
    public boolean isNew(long sequence) {
        return sequence > reported && sequence <= lastSequence;
    }

    /** Everything up to it has arrived, is lost, or was never reported. */
    public void onReported(long sequence) {
        reported = sequence;
        reportedUpTo = lastSequence - sequence < CAPACITY ? upTo[(int) sequence & CAPACITY - 1] : sent;
    }

    /** The highest sequence number that was reported on; -1 before the first. */
    public long reported() {
        return reported;
    }

    /** Whether packets are out that nothing was reported on, given up or not. */
    public boolean outstanding() {
        return lastSequence > reported;
    }

    /** Nothing will be heard of what is in flight. */
    public void giveUp() {
        reportedUpTo = sent;
    }

    public long bytes() {
        return sent - reportedUpTo;
    }
}
