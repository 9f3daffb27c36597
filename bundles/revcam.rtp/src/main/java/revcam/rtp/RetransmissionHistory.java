package revcam.rtp;

/**
 * What to send again when a receiver misses a packet: not the packet, but where its payload is. The payloads are shared
 * by all viewers and belong to frames that their owner reuses after a while; a frame that has been reused since is not
 * found any more.
 *
 * <p>{@link #find} gives a slot, which is good until the next {@link #put}; the other methods take it.
 *
 * @param <F> whose payloads they are
 */
public final class RetransmissionHistory<F extends RetransmissionHistory.Frame> {

    /** Something that is filled again and again. */
    public interface Frame {
        /** Changes whenever it is emptied to be filled anew. */
        int generation();
    }

    /** {@link #find}: there is no such packet. */
    public static final int NONE = -1;

    private static final int MARKER = 1 << 16;
    private static final int USED = 1 << 17;
    private static final int ASKED = 1 << 18;

    private final Frame[] frames;
    private final int[] generations;
    private final int[] payloadIndexes;
    private final int[] sequences;
    private final int[] timestamps;
    private final long[] firstSentNanos;
    private final long[] sentNanos;
    private final int[] timesSent;
    private final int mask;

    /**
     * @param capacity packets to remember, a power of two up to 65536
     */
    public RetransmissionHistory(int capacity) {
        if (Integer.bitCount(capacity) != 1 || capacity > 1 << 16) {
            throw new IllegalArgumentException("capacity is a power of two up to 65536, not " + capacity);
        }
        frames = new Frame[capacity];
        generations = new int[capacity];
        payloadIndexes = new int[capacity];
        sequences = new int[capacity];
        timestamps = new int[capacity];
        firstSentNanos = new long[capacity];
        sentNanos = new long[capacity];
        timesSent = new int[capacity];
        mask = capacity - 1;
    }

    /**
     * A packet leaves for the first time.
     *
     * @param sequence RTP sequence number, low 16 bits count
     */
    public void put(long nowNanos, int sequence, F frame, int payloadIndex, boolean marker, int rtpTimestamp) {
        int slot = sequence & mask;
        frames[slot] = frame;
        generations[slot] = frame.generation();
        payloadIndexes[slot] = payloadIndex;
        sequences[slot] = sequence & 0xFFFF | USED | (marker ? MARKER : 0);
        timestamps[slot] = rtpTimestamp;
        firstSentNanos[slot] = nowNanos;
        sentNanos[slot] = nowNanos;
        timesSent[slot] = 1;
    }

    /** The slot of the packet with this sequence number, or {@link #NONE}. */
    public int find(int sequence) {
        int slot = sequence & mask;
        if ((sequences[slot] & ~(MARKER | ASKED)) != (sequence & 0xFFFF | USED)
                || frames[slot].generation() != generations[slot]) {
            return NONE;
        }
        return slot;
    }

    /**
     * Whether sending it again makes sense: a repeated request that was on its way when the packet last left does not, nor
     * one for a packet that waits to be sent again.
     *
     * @param rttNanos round-trip time
     */
    public boolean mayResend(long nowNanos, int slot, long rttNanos) {
        return (sequences[slot] & ASKED) == 0 && (timesSent[slot] == 1 || nowNanos - sentNanos[slot] >= rttNanos);
    }

    /** It will leave again, {@link #onResent} says when. */
    public void onAsked(int slot) {
        sequences[slot] |= ASKED;
    }

    /** It leaves again. */
    public void onResent(long nowNanos, int slot) {
        sequences[slot] &= ~ASKED;
        sentNanos[slot] = nowNanos;
        timesSent[slot]++;
    }

    @SuppressWarnings("unchecked") // put() takes nothing but F
    public F frame(int slot) {
        return (F) frames[slot];
    }

    public int payloadIndex(int slot) {
        return payloadIndexes[slot];
    }

    public boolean marker(int slot) {
        return (sequences[slot] & MARKER) != 0;
    }

    public int rtpTimestamp(int slot) {
        return timestamps[slot];
    }

    /** When it left for the first time. */
    public long firstSentNanos(int slot) {
        return firstSentNanos[slot];
    }

    /** How often it has been sent, the first time included. */
    public int timesSent(int slot) {
        return timesSent[slot];
    }
}
