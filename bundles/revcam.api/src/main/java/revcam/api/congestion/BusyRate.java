package revcam.api.congestion;

/**
 * What the bottleneck carries while it is never idle. Between two packets of which each had to wait for the one before, it
 * was busy without a pause; so their arrival times tell its capacity, or what others left us of it, however unevenly a
 * sender of video sends. The rate of everything that arrives, by contrast, has its pauses between frames in it. For
 * controllers that want it. Fixed memory; media loop only.
 */
public final class BusyRate {

    private static final int CAPACITY = 256;
    /** What waits less may have met nothing but jitter. */
    private static final long WAITED_NANOS = 5_000_000;
    /** Longer between two packets that wait: one bottleneck that stood still, or another clock. */
    private static final long LONGEST_STEP_NANOS = 500_000_000;

    private final long[] times = new long[CAPACITY];
    private final long[] spans = new long[CAPACITY];
    private final int[] sizes = new int[CAPACITY];
    private int next;
    private int count;
    private int unbroken; // steps without a pause between them, the newest
    private boolean waited;
    private long lastArrival;

    /**
     * A packet that arrived, in sending order.
     *
     * @param arrivalNanos as in {@link PacketFeedback#arrivalNanos}
     * @param queueNanos how long it waited in the network, see {@link QueueDelay}
     */
    public void onPacket(long nowNanos, long arrivalNanos, int bytes, long queueNanos) {
        boolean waits = queueNanos > WAITED_NANOS;
        long span = arrivalNanos - lastArrival;
        if (waits && waited && span >= 0 && span <= LONGEST_STEP_NANOS) {
            times[next] = nowNanos;
            spans[next] = span;
            sizes[next] = bytes;
            next = next + 1 & CAPACITY - 1;
            count = Math.min(count + 1, CAPACITY);
            unbroken++;
        } else {
            unbroken = 0;
        }
        waited = waits;
        lastArrival = arrivalNanos;
    }

    /** The path is another one. */
    public void forget() {
        count = 0;
        unbroken = 0;
        waited = false;
    }

    /**
     * @param busyNanos of busy time, the newest, to be looked at
     * @param sinceNanos what was heard before counts no more
     * @return bits per second of RTP; 0 where less than half of that time was busy since
     */
    public long bps(long busyNanos, long sinceNanos) {
        long busy = 0;
        long bytes = 0;
        for (int back = 1; back <= count && busy < busyNanos; back++) {
            int at = next - back & CAPACITY - 1;
            if (times[at] - sinceNanos < 0) {
                break;
            }
            busy += spans[at];
            bytes += sizes[at];
        }
        return busy < busyNanos / 2 ? 0 : (long) (bytes * 8e9 / busy);
    }

    /**
     * The fastest of the newest steps from one packet that waited to the next: what the bottleneck carries now at the most,
     * long before {@link #bps} can tell.
     *
     * @param steps 1 to 256, without a pause between them
     * @return bits per second of RTP; {@link Long#MAX_VALUE} where there were not so many, or two packets came at once
     */
    public long fastestBps(int steps) {
        if (unbroken < steps) {
            return Long.MAX_VALUE;
        }
        long fastest = 0;
        for (int back = 1; back <= steps; back++) {
            int at = next - back & CAPACITY - 1;
            fastest = Math.max(fastest, spans[at] == 0 ? Long.MAX_VALUE : (long) (sizes[at] * 8e9 / spans[at]));
        }
        return fastest;
    }
}
