package revcam.congestion.scream;

/** What has left and has not been reported on, in fixed memory. */
final class BytesInFlight {

    private static final int CAPACITY = 8192;

    private final long[] upTo = new long[CAPACITY]; // bytes sent up to and with a sequence number
    private long sent;
    private long lastSequence = -1;
    private long reported = -1;
    private long reportedUpTo;

    void onSent(long sequence, int bytes) {
        sent += bytes;
        upTo[(int) sequence & CAPACITY - 1] = sent;
        lastSequence = sequence;
    }

    /** Whether a report on it is news. */
    boolean isNew(long sequence) {
        return sequence > reported && sequence <= lastSequence;
    }

    /** Everything up to it has arrived, is lost, or was never reported. */
    void onReported(long sequence) {
        reported = sequence;
        reportedUpTo = lastSequence - sequence < CAPACITY ? upTo[(int) sequence & CAPACITY - 1] : sent;
    }

    /** Nothing will be heard of what is in flight. */
    void giveUp() {
        reportedUpTo = sent;
    }

    long bytes() {
        return sent - reportedUpTo;
    }
}
