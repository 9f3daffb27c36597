package revcam.congestion.gcc;

/**
 * What arrives, in bits per second, from the arrival times and sizes of acknowledged packets, in fixed memory
 * (draft-ietf-rmcat-gcc-02, section 5.5: the incoming bitrate).
 */
final class ArrivalRate {

    private static final int CAPACITY = 1024;

    private final long[] arrivals = new long[CAPACITY];
    private final int[] sizes = new int[CAPACITY];
    private int next;
    private int count;

    void onPacket(long arrivalNanos, int bytes) {
        // Reordered packets count where the newest are: the window is longer than the disorder.
        long arrival = count > 0 ? Math.max(arrivalNanos, arrivals[next - 1 & CAPACITY - 1]) : arrivalNanos;
        if (count > 0 && arrivalNanos - arrivals[next - 1 & CAPACITY - 1] > 3_000_000_000L) {
            count = 0; // a silence or a clock that jumped
            arrival = arrivalNanos;
        }
        arrivals[next] = arrival;
        sizes[next] = bytes;
        next = next + 1 & CAPACITY - 1;
        count = Math.min(count + 1, CAPACITY);
    }

    void clear() {
        count = 0;
    }

    /**
     * Over the newest packets that arrived within a time. The first opens the interval and does not count.
     *
     * @param leastPackets fewer say nothing
     * @return 0 where nothing can be said
     */
    long bps(long windowNanos, int leastPackets) {
        if (count < leastPackets || count < 2) {
            return 0;
        }
        int newest = next - 1 & CAPACITY - 1;
        long bytes = 0;
        int packets = 0;
        long begin = arrivals[newest];
        for (int back = 0; back < count; back++) {
            int at = newest - back & CAPACITY - 1;
            if (arrivals[newest] - arrivals[at] > windowNanos && packets >= leastPackets) {
                break;
            }
            begin = arrivals[at];
            bytes += sizes[at];
            packets++;
        }
        int first = newest - packets + 1 & CAPACITY - 1;
        long span = arrivals[newest] - begin;
        return span <= 0 ? 0 : (long) ((bytes - sizes[first]) * 8e9 / span);
    }
}
