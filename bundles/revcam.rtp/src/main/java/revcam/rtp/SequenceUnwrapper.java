package revcam.rtp;

/** Turns 16-bit sequence numbers into ones that do not wrap. */
public final class SequenceUnwrapper {

    private long last;
    private boolean started;

    /**
     * The sequence number nearest to the one before; the first stays as it is. A packet older than the first may get a
     * negative number.
     *
     * @param sequence its low 16 bits count
     */
    public long unwrap(int sequence) {
        last = started ? nearest(last, sequence) : sequence & 0xFFFF;
        started = true;
        return last;
    }

    /** The number nearest to {@code reference} that has the low 16 bits of {@code sequence}. */
    public static long nearest(long reference, int sequence) {
        return reference + (short) (sequence - (int) reference);
    }
}
