package revcam.api.congestion;

/**
 * What arrives at the receiver, from the arrival times and sizes of acknowledged packets; for controllers that want it.
 * Fixed memory; media loop only.
 */
public final class ArrivalRate {

    private static final int CAPACITY = 1024;
    /** Nothing for so long, or a clock that jumped: what came before says nothing about now. */
    private static final long GAP_NANOS = 3_000_000_000L;

    private final long[] arrivals = new long[CAPACITY];
    private final int[] sizes = new int[CAPACITY];
    private int next;
    private int count;

    /** @param arrivalNanos as in {@link PacketFeedback#arrivalNanos}; reordered packets count where the newest are */
    public void onPacket(long arrivalNanos, int bytes) {
        long arrival = arrivalNanos;
        if (count > 0) {
            long newest = arrivals[next - 1 & CAPACITY - 1];
            long step = arrivalNanos - newest;
            if (step > GAP_NANOS || step < -GAP_NANOS) {
                count = 0;
            } else {
                arrival = newest + Math.max(0, step);
            }
        }
        arrivals[next] = arrival;
        sizes[next] = bytes;
        next = next + 1 & CAPACITY - 1;
        count = Math.min(count + 1, CAPACITY);
    }

    public void clear() {
        count = 0;
    }

    /**
     * Over the newest packets, as far as they arrived within a time. The oldest of them opens the interval, and its bytes do
     * not count.
     *
     * @param leastPackets that many are taken, even if they took longer; with fewer nothing can be said
     * @return bits per second of RTP; 0 where nothing can be said
     */
    public long bps(long windowNanos, int leastPackets) {
        if (count < Math.max(2, leastPackets)) {
            return 0;
        }
        long newest = arrivals[next - 1 & CAPACITY - 1];
        long bytes = 0;
        int packets = 0;
        while (packets < count
                && (packets < leastPackets || newest - arrivals[next - 1 - packets & CAPACITY - 1] <= windowNanos)) {
            bytes += sizes[next - 1 - packets++ & CAPACITY - 1];
        }
        int oldest = next - packets & CAPACITY - 1;
        long span = newest - arrivals[oldest];
        return span <= 0 ? 0 : (long) ((bytes - sizes[oldest]) * 8e9 / span);
    }
}
