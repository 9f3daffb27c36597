package revcam.rtp;

import java.util.Arrays;
import revcam.api.congestion.PacketFeedback;

/**
 * Makes of feedback that names packets by SSRC and RTP sequence number (RFC 8888) what transport-wide feedback would have
 * been: packets in the order they left, each told as lost once at most and as arrived once at most. Beside a
 * {@link SendHistory}, which has times and sizes, and as long as that one; in fixed memory.
 *
 * <p>What left before the newest packet that arrived, and is not said to have arrived too, is lost, as it is for
 * transport-wide feedback; retransmissions also when none is in the report, because none came. Not so where sequence
 * numbers are missing between this report and those before it: then a report has got lost, and nobody knows. That shows
 * by media alone, which is in every report but few. What left after the newest that arrived is still on its way, whatever
 * is said of it.
 */
public final class RtpSendHistory {

    private static final int SEQUENCE_BITS = 16;
    /** The receiver's clock counts 1/65536 s. */
    private static final int TICK_BITS = 16;
    private static final long SECOND_NANOS = 1_000_000_000L;

    // Which stream a packet is of, and what is known of it.
    private static final int MEDIA = 0;
    private static final int RTX = 1;
    private static final int LOST = 2;
    private static final int ARRIVED = 4;
    private static final int TOLD = LOST | ARRIVED;
    /** Of the report at hand: it arrived at a time that the receiver does not know. */
    private static final int UNTIMED = 8;

    private final SendHistory history;
    private final int mediaSsrc;
    private final int rtxSsrc;
    /** By RTP sequence number: one more than the transport-wide sequence number, above the RTP sequence number. */
    private final long[] media;
    private final long[] rtx;
    private final int mask;
    /** By transport-wide sequence number, like {@link #ticks} and {@link #inReport}. */
    private final byte[] states;
    private final int[] ticks;
    /** A bit for each packet that the report at hand has news of. */
    private final long[] inReport;
    private final Joined joined;
    /** Transport-wide sequence number of the newest packet that arrived. */
    private long newest = -1;
    // Of the report at hand, for each stream: the first and the last packet that it names.
    private final long[] first = new long[2];
    private final long[] last = new long[2];

    /** @param rtxSsrc of retransmissions (RFC 4588); ignored where there are none */
    public RtpSendHistory(SendHistory history, int mediaSsrc, int rtxSsrc) {
        this.history = history;
        this.mediaSsrc = mediaSsrc;
        this.rtxSsrc = rtxSsrc;
        int capacity = history.capacity();
        media = new long[capacity];
        rtx = new long[capacity];
        mask = capacity - 1;
        states = new byte[capacity];
        ticks = new int[capacity];
        inReport = new long[capacity + Long.SIZE - 1 >> 6];
        joined = new Joined(capacity);
    }

    /**
     * A packet leaves; after {@link SendHistory#onSent}. One that leaves again under the same number takes the place of the
     * first.
     *
     * @param sequence RTP sequence number, low 16 bits count
     */
    public void onSent(long transportSequence, int ssrc, int sequence) {
        boolean isMedia = ssrc == mediaSsrc;
        (isMedia ? media : rtx)[sequence & mask] = transportSequence + 1 << SEQUENCE_BITS | sequence & 0xFFFF;
        states[(int) transportSequence & mask] = (byte) (isMedia ? MEDIA : RTX);
    }

    /** The transport-wide sequence number, or -1 where it is not known any more. */
    private long find(int ssrc, int sequence) {
        long entry = ssrc == mediaSsrc ? media[sequence & mask] : ssrc == rtxSsrc ? rtx[sequence & mask] : 0;
        long transportSequence = (entry >> SEQUENCE_BITS) - 1;
        return entry != 0 && (entry & 0xFFFF) == sequence && history.holds(transportSequence) ? transportSequence : -1;
    }

    /**
     * Brings a receiver's report together with both histories. Packets that are no longer, or were never, in there are left
     * out, and so is what was told before, so the result may be empty.
     *
     * @return in sending order whatever the report's; good until the next call or packet
     */
    public PacketFeedback join(CongestionFeedback feedback) {
        Arrays.fill(first, Long.MAX_VALUE);
        Arrays.fill(last, -1);
        long newestBefore = newest;
        for (feedback.rewind(); feedback.next(); ) {
            long sequence = find(feedback.ssrc(), feedback.sequence());
            if (sequence >= 0) {
                collect(sequence, feedback);
            }
        }
        findLost(Math.max(newestBefore + 1, history.oldest()));
        sort();
        return joined;
    }

    private void collect(long sequence, CongestionFeedback feedback) {
        int slot = (int) sequence & mask;
        int stream = states[slot] & RTX;
        first[stream] = Math.min(first[stream], sequence);
        last[stream] = Math.max(last[stream], sequence);
        if (!feedback.received()) {
            if ((states[slot] & TOLD) == 0) {
                inReport[slot >> 6] |= 1L << slot;
            }
        } else if ((states[slot] & ARRIVED) == 0) {
            states[slot] |= feedback.arrivalKnown() ? ARRIVED : ARRIVED | UNTIMED;
            ticks[slot] = feedback.arrivalTicks();
            inReport[slot >> 6] |= 1L << slot;
            newest = Math.max(newest, sequence);
        }
    }

    /** Adds what is not in the report and should be, had it arrived; looks at every packet twice at most. */
    private void findLost(long from) {
        boolean complete = last[MEDIA] >= 0;
        for (long sequence = from; sequence <= newest && complete; sequence++) {
            complete = (states[(int) sequence & mask] & (TOLD | RTX)) != 0 || sequence >= first[MEDIA];
        }
        for (long sequence = from; sequence <= newest; sequence++) {
            int slot = (int) sequence & mask;
            int stream = states[slot] & RTX;
            boolean due = last[stream] >= 0 ? sequence > first[stream] : stream == RTX && complete;
            if (due && (states[slot] & TOLD) == 0) {
                inReport[slot >> 6] |= 1L << slot;
            }
        }
    }

    private void sort() {
        int count = 0;
        long end = Math.max(newest, Math.max(last[MEDIA], last[RTX]));
        for (long sequence = history.oldest(); sequence <= end; sequence++) {
            int slot = (int) sequence & mask;
            long word = inReport[slot >> 6];
            if (word == 0) {
                sequence |= Long.SIZE - 1; // nothing until the next word
            } else if ((word & 1L << slot) != 0) {
                inReport[slot >> 6] = word & ~(1L << slot);
                if ((states[slot] & ARRIVED) == 0 && sequence > newest) {
                    continue; // on its way
                }
                states[slot] |= (states[slot] & ARRIVED) == 0 ? LOST : 0;
                joined.sequences[count++] = sequence;
            }
        }
        joined.count = count;
        joined.settleTimes();
    }

    private final class Joined implements PacketFeedback {

        private final long[] sequences;
        private int count;
        private long referenceTicks;
        private boolean referenced;

        Joined(int capacity) {
            sequences = new long[capacity];
        }

        private int slot(int index) {
            return (int) sequences[index] & mask;
        }

        /**
         * What arrived at an unknown time is taken to have come with what left before it, so that it neither makes nor hides
         * a delay. Follows the receiver's clock through its wrap every 18 hours, by the first arrival of each report.
         */
        void settleTimes() {
            int untimed = 0; // leading ones wait for the first known time
            int time = 0;
            boolean known = false;
            for (int index = 0; index < count; index++) {
                int slot = slot(index);
                if ((states[slot] & UNTIMED) == 0 && received(index)) {
                    time = ticks[slot];
                    for (; !known && untimed < index; untimed++) {
                        ticks[slot(untimed)] = time;
                    }
                    known = true;
                } else if (known) {
                    ticks[slot] = time;
                }
                states[slot] &= ~UNTIMED;
            }
            for (int index = 0; index < count; index++) {
                if (received(index)) {
                    referenceTicks = referenced ? unwrapped(index) : ticks[slot(index)];
                    referenced = true;
                    return;
                }
            }
        }

        private long unwrapped(int index) {
            return referenceTicks + (ticks[slot(index)] - (int) referenceTicks);
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public long transportSequence(int index) {
            return sequences[index];
        }

        @Override
        public long sentNanos(int index) {
            return history.sentNanos(sequences[index]);
        }

        @Override
        public int sizeBytes(int index) {
            return history.sizeBytes(sequences[index]);
        }

        @Override
        public boolean received(int index) {
            return (states[slot(index)] & ARRIVED) != 0;
        }

        @Override
        public long arrivalNanos(int index) {
            long at = unwrapped(index);
            return (at >> TICK_BITS) * SECOND_NANOS + ((at & (1 << TICK_BITS) - 1) * SECOND_NANOS >> TICK_BITS);
        }
    }
}
