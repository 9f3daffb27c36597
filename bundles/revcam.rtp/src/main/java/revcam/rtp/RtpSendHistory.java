package revcam.rtp;

import revcam.api.congestion.PacketFeedback;

/**
 * Which packet of which stream had which transport-wide sequence number, for feedback that names packets by SSRC and RTP
 * sequence number (RFC 8888). Beside a {@link SendHistory}, which has times and sizes, and as long as that one; in fixed
 * memory.
 */
public final class RtpSendHistory {

    private static final int SEQUENCE_BITS = 16;
    /** The receiver's clock counts 1/65536 s. */
    private static final int TICK_BITS = 16;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final byte NOT_REPORTED = 0;
    private static final byte LOST = 1;
    private static final byte RECEIVED = 2;

    private final SendHistory history;
    private final int mediaSsrc;
    private final int rtxSsrc;
    /** By RTP sequence number: one more than the transport-wide sequence number, above the RTP sequence number. */
    private final long[] media;
    private final long[] rtx;
    private final int mask;
    private final Joined joined;

    /** @param rtxSsrc of retransmissions (RFC 4588); ignored where there are none */
    public RtpSendHistory(SendHistory history, int mediaSsrc, int rtxSsrc) {
        this.history = history;
        this.mediaSsrc = mediaSsrc;
        this.rtxSsrc = rtxSsrc;
        media = new long[history.capacity()];
        rtx = new long[history.capacity()];
        mask = history.capacity() - 1;
        joined = new Joined(history);
    }

    /**
     * A packet leaves; after {@link SendHistory#onSent}. One that leaves again under the same number takes the place of the
     * first.
     *
     * @param sequence RTP sequence number, low 16 bits count
     */
    public void onSent(long transportSequence, int ssrc, int sequence) {
        (ssrc == mediaSsrc ? media : rtx)[sequence & mask] = transportSequence + 1 << SEQUENCE_BITS | sequence & 0xFFFF;
    }

    /** The transport-wide sequence number, or -1 where it is not known any more. */
    private long find(int ssrc, int sequence) {
        long entry = ssrc == mediaSsrc ? media[sequence & mask] : ssrc == rtxSsrc ? rtx[sequence & mask] : 0;
        return (entry & 0xFFFF) == sequence ? (entry >> SEQUENCE_BITS) - 1 : -1;
    }

    /**
     * Brings a receiver's report together with both histories. Packets that are no longer, or were never, in there are left
     * out, so the result may be empty.
     *
     * @return in sending order whatever the report's; good until the next call or packet
     */
    public PacketFeedback join(CongestionFeedback feedback) {
        long first = Long.MAX_VALUE;
        long last = -1;
        for (feedback.rewind(); feedback.next(); ) {
            long sequence = find(feedback.ssrc(), feedback.sequence());
            if (sequence >= 0 && history.holds(sequence)) {
                joined.collect((int) sequence & mask, feedback.received(), feedback.arrivalTicks());
                first = Math.min(first, sequence);
                last = Math.max(last, sequence);
            }
        }
        joined.sort(first, last);
        return joined;
    }

    private static final class Joined implements PacketFeedback {

        private final SendHistory history;
        /** Of the report that is being read, by transport-wide sequence number; empty between reports. */
        private final byte[] states;
        private final int[] ticks;
        private final long[] sequences;
        private final boolean[] arrived;
        private final int[] arrivalTicks;
        private int count;
        private long referenceTicks;
        private boolean referenced;

        Joined(SendHistory history) {
            this.history = history;
            states = new byte[history.capacity()];
            ticks = new int[history.capacity()];
            sequences = new long[history.capacity()];
            arrived = new boolean[history.capacity()];
            arrivalTicks = new int[history.capacity()];
        }

        void collect(int slot, boolean received, int arrival) {
            if (states[slot] != RECEIVED) {
                states[slot] = received ? RECEIVED : LOST;
                ticks[slot] = arrival;
            }
        }

        void sort(long first, long last) {
            count = 0;
            for (long sequence = first; sequence <= last; sequence++) {
                int slot = (int) sequence & states.length - 1;
                if (states[slot] != NOT_REPORTED) {
                    sequences[count] = sequence;
                    arrived[count] = states[slot] == RECEIVED;
                    arrivalTicks[count++] = ticks[slot];
                    states[slot] = NOT_REPORTED;
                }
            }
            rebase();
        }

        /** Follows the receiver's clock through its wrap every 18 hours, by the first arrival of each report. */
        private void rebase() {
            for (int index = 0; index < count; index++) {
                if (arrived[index]) {
                    referenceTicks = referenced ? unwrapped(index) : arrivalTicks[index];
                    referenced = true;
                    return;
                }
            }
        }

        private long unwrapped(int index) {
            return referenceTicks + (arrivalTicks[index] - (int) referenceTicks);
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
            return arrived[index];
        }

        @Override
        public long arrivalNanos(int index) {
            long at = unwrapped(index);
            return (at >> TICK_BITS) * SECOND_NANOS + ((at & (1 << TICK_BITS) - 1) * SECOND_NANOS >> TICK_BITS);
        }
    }
}
