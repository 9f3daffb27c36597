package revcam.api.congestion;

import java.util.Arrays;

/**
 * How long packets wait in the network: their one-way delay above the least that was seen lately; for controllers that
 * want it. Sender's and receiver's clocks may be offset and drift apart, so the least is looked for in the last half
 * minute, as RFC 6817 does for LEDBAT over the last minutes. Fixed memory; media loop only.
 */
public final class QueueDelay {

    private static final int BUCKETS = 6;
    private static final long BUCKET_NANOS = 5_000_000_000L;
    /** The receiver's clock jumped, or the path is another one. */
    private static final long JUMP_NANOS = 10_000_000_000L;

    private final long[] least = new long[BUCKETS];
    private int bucket;
    private long bucketBegan;
    private boolean any;
    private long newest;

    public QueueDelay() {
        forget();
    }

    /** @param arrivalNanos as in {@link PacketFeedback#arrivalNanos} */
    public void onPacket(long nowNanos, long sentNanos, long arrivalNanos) {
        long delay = arrivalNanos - sentNanos;
        if (any && Math.abs(delay - newest) > JUMP_NANOS) {
            forget();
        }
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
    public void forget() {
        Arrays.fill(least, Long.MAX_VALUE);
        any = false;
    }

    /** Of the newest packet, nanoseconds, 0 or more. */
    public long nanos() {
        if (!any) {
            return 0;
        }
        long base = Long.MAX_VALUE;
        for (long one : least) {
            base = Math.min(base, one);
        }
        return newest - base;
    }
}
