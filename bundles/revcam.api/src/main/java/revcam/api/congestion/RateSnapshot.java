package revcam.api.congestion;

/**
 * What one controller hands to the next.
 *
 * @param targetBps bits per second; 0 when unknown
 * @param rttNanos smoothed round-trip time; 0 when unknown
 * @param lossFraction recent loss, 0 to 1
 */
public record RateSnapshot(long targetBps, long rttNanos, double lossFraction) {

    private static final RateSnapshot UNKNOWN = new RateSnapshot(0, 0, 0);

    public static RateSnapshot unknown() {
        return UNKNOWN;
    }
}
