package revcam.congestion.gcc;

/** What leaves, over the last full quarter of a second. */
final class SentRate {

    private static final long WINDOW_NANOS = 250_000_000;

    private long bytes;
    private long sinceNanos;
    private double bps;

    SentRate(long nowNanos) {
        sinceNanos = nowNanos;
    }

    void onSent(int size) {
        bytes += size;
    }

    /** Bits per second; 0 before the first window is over. */
    double bps(long nowNanos) {
        long elapsed = nowNanos - sinceNanos;
        if (elapsed >= WINDOW_NANOS) {
            bps = bytes * 8e9 / elapsed;
            bytes = 0;
            sinceNanos = nowNanos;
        }
        return bps;
    }
}
