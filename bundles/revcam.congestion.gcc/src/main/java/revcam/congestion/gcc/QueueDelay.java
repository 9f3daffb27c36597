package revcam.congestion.gcc;

/**
 * How long packets wait in the network: their one-way delay above the least that was seen lately. The two clocks may be
 * offset and drift apart; the least is looked for in the last half minute.
 */
final class QueueDelay {

    private static final int BUCKETS = 6;
    private static final long BUCKET_NANOS = 5_000_000_000L;

    private final long[] least = new long[BUCKETS];
    private int bucket;
    private long bucketBegan;
    private boolean any;
    private long newest;

    QueueDelay() {
        forget();
    }

    void onPacket(long nowNanos, long sentNanos, long arrivalNanos) {
        long delay = arrivalNanos - sentNanos;
        if (!any || nowNanos - bucketBegan >= BUCKET_NANOS) {
            any = true;
            bucketBegan = nowNanos;
            bucket = (bucket + 1) % BUCKETS;
            least[bucket] = delay;
        }
        least[bucket] = Math.min(least[bucket], delay);
        newest = delay;
    }

    /** The path is another one. */
    void forget() {
        java.util.Arrays.fill(least, Long.MAX_VALUE);
        any = false;
    }

    /** Of the newest packet. */
    long nanos() {
        return any ? newest - base() : 0;
    }

    private long base() {
        long base = Long.MAX_VALUE;
        for (long one : least) {
            base = Math.min(base, one);
        }
        return base;
    }
}
