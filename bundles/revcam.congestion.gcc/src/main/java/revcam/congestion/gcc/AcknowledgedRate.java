package revcam.congestion.gcc;

/**
 * What arrives at the receiver, over one to five seconds, as libwebrtc's RobustThroughputEstimator measures it: bytes over
 * time of both sending and arriving, whichever is slower, without the longest gap between arrivals, which may be a pause
 * of the network that the packets after it make up for. Fixed memory.
 */
final class AcknowledgedRate {

    private static final int MOST_PACKETS = 500;
    private static final int LEAST_PACKETS = 20;
    private static final int REQUIRED_PACKETS = 10;
    private static final long LEAST_NANOS = 1_000_000_000L;
    private static final long MOST_NANOS = 5_000_000_000L;
    private static final long SHORTEST_NANOS = 1_000_000L;
    /** The receiver's clock jumped, or the way to it is another one. */
    private static final long JUMP_NANOS = 10_000_000_000L;
    private static final int SLOTS = 512;

    private final long[] arrivals = new long[SLOTS]; // in order
    private final long[] sent = new long[SLOTS];
    private final int[] sizes = new int[SLOTS];
    private int head;
    private int count;

    void onPacket(long sentNanos, long arrivalNanos, int bytes) {
        if (count > 0 && Math.abs(arrivalNanos - arrivals[slot(count - 1)]) > JUMP_NANOS) {
            count = 0;
        }
        int at = count++;
        for (; at > 0 && arrivals[slot(at - 1)] > arrivalNanos; at--) {
            move(slot(at - 1), slot(at));
        }
        arrivals[slot(at)] = arrivalNanos;
        sent[slot(at)] = sentNanos;
        sizes[slot(at)] = bytes;
        while (tooMuch()) {
            head = head + 1 & SLOTS - 1;
            count--;
        }
    }

    private boolean tooMuch() {
        long span = arrivals[slot(count - 1)] - arrivals[head];
        return count > MOST_PACKETS || span > MOST_NANOS || count > LEAST_PACKETS && span > LEAST_NANOS;
    }

    private int slot(int index) {
        return head + index & SLOTS - 1;
    }

    private void move(int from, int to) {
        arrivals[to] = arrivals[from];
        sent[to] = sent[from];
        sizes[to] = sizes[from];
    }

    void clear() {
        count = 0;
    }

    /** Bits per second; 0 while too little is known. */
    long bps() {
        if (count < REQUIRED_PACKETS) {
            return 0;
        }
        long gap = 0;
        long secondGap = 0;
        long firstSent = Long.MAX_VALUE;
        long lastSent = Long.MIN_VALUE;
        int lastSentBytes = 0;
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            int slot = slot(i);
            if (i > 0) {
                long step = arrivals[slot] - arrivals[slot(i - 1)];
                secondGap = Math.max(secondGap, Math.min(gap, step));
                gap = Math.max(gap, step);
            }
            bytes += sizes[slot];
            firstSent = Math.min(firstSent, sent[slot]);
            if (sent[slot] >= lastSent) {
                lastSent = sent[slot];
                lastSentBytes = sizes[slot];
            }
        }
        // The first to arrive and the last to leave open and close an interval; their own bytes fall outside it.
        long received = Math.max(SHORTEST_NANOS, arrivals[slot(count - 1)] - arrivals[head] - gap + secondGap);
        long sending = Math.max(SHORTEST_NANOS, lastSent - firstSent);
        double arriving = (bytes - sizes[head]) * 8e9 / received;
        double leaving = (bytes - lastSentBytes) * 8e9 / sending;
        return (long) Math.min(arriving, leaving);
    }
}
