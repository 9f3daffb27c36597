package revcam.rtp;

import revcam.api.congestion.PacketFeedback;

/**
 * When the last packets left and how large they were, by transport-wide sequence number: the sender's half of what a
 * congestion controller wants to know, in fixed memory.
 */
public final class SendHistory {

    private static final long TICK_NANOS = 250_000;

    private final long[] sentNanos;
    private final int[] sizeBytes;
    private final boolean[] acknowledged;
    private final int mask;
    private final Joined joined = new Joined();
    private long oldest;
    private long next;
    private boolean started;

    /**
     * @param capacity packets to remember, a power of two up to 32768; two seconds' worth is plenty
     */
    public SendHistory(int capacity) {
        if (Integer.bitCount(capacity) != 1 || capacity > 1 << 15) {
            throw new IllegalArgumentException("capacity is a power of two up to 32768, not " + capacity);
        }
        sentNanos = new long[capacity];
        sizeBytes = new int[capacity];
        acknowledged = new boolean[capacity];
        mask = capacity - 1;
    }

    int capacity() {
        return sentNanos.length;
    }

    /** The transport-wide sequence number of the packet that will be forgotten next. */
    long oldest() {
        return oldest;
    }

    boolean holds(long transportSequence) {
        return started && transportSequence >= oldest && transportSequence < next;
    }

    long sentNanos(long transportSequence) {
        return sentNanos[(int) transportSequence & mask];
    }

    int sizeBytes(long transportSequence) {
        return sizeBytes[(int) transportSequence & mask];
    }

    /**
     * A packet leaves.
     *
     * @param transportSequence not wrapped, one more than the last
     * @param bytes RTP header and payload
     */
    public void onSent(long nowNanos, long transportSequence, int bytes) {
        if (!started) {
            started = true;
            oldest = transportSequence;
        } else if (transportSequence != next) {
            throw new IllegalStateException("transport sequence " + transportSequence + " after " + (next - 1));
        }
        next = transportSequence + 1;
        oldest = Math.max(oldest, next - sentNanos.length);
        int slot = (int) transportSequence & mask;
        sentNanos[slot] = nowNanos;
        sizeBytes[slot] = bytes;
        acknowledged[slot] = false;
    }

    /**
     * A packet of the history has arrived.
     *
     * @return whether that is news: reports overlap
     */
    public boolean acknowledge(long transportSequence) {
        int slot = (int) transportSequence & mask;
        boolean news = !acknowledged[slot];
        acknowledged[slot] = true;
        return news;
    }

    /**
     * Brings a receiver's report together with this history. Packets that are no longer, or were never, in here are
     * left out, so the result may be empty.
     *
     * @return a view of both, good until either changes
     */
    public PacketFeedback join(TransportFeedback feedback) {
        joined.set(feedback);
        return joined;
    }

    private final class Joined implements PacketFeedback {

        private TransportFeedback feedback;
        private long first;
        private int skipped;
        private int count;
        private long referenceTicks;
        private boolean referenced;

        void set(TransportFeedback report) {
            feedback = report;
            long base = SequenceUnwrapper.nearest(next - 1, report.baseSequence());
            first = Math.max(base, oldest);
            skipped = (int) (first - base);
            count = started ? (int) Math.max(0, Math.min(base + report.count(), next) - first) : 0;
            rebase();
        }

        /** Follows the receiver's clock through its wrap every 12 days, by the first arrival of each report. */
        private void rebase() {
            for (int index = 0; index < count; index++) {
                if (received(index)) {
                    int ticks = feedback.arrivalTicks(skipped + index);
                    referenceTicks = referenced ? referenceTicks + (ticks - (int) referenceTicks) : ticks;
                    referenced = true;
                    return;
                }
            }
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public long transportSequence(int index) {
            return first + index;
        }

        @Override
        public long sentNanos(int index) {
            return sentNanos[(int) (first + index) & mask];
        }

        @Override
        public int sizeBytes(int index) {
            return sizeBytes[(int) (first + index) & mask];
        }

        @Override
        public boolean received(int index) {
            return feedback.received(skipped + index);
        }

        @Override
        public long arrivalNanos(int index) {
            int ticks = feedback.arrivalTicks(skipped + index);
            return (referenceTicks + (ticks - (int) referenceTicks)) * TICK_NANOS;
        }
    }
}
