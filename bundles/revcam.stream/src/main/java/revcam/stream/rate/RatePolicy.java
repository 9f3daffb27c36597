package revcam.stream.rate;

/** What rate is right for viewers of whom each can take another one. */
public interface RatePolicy {

    /** Everybody who is counted can take it. */
    RatePolicy SLOWEST_HEALTHY = (takesBps, count, maxBps) -> takesBps[0];

    /** Half of them can take it, and the others are thinned. */
    RatePolicy MEDIAN = (takesBps, count, maxBps) -> takesBps[(count - 1) / 2];

    /** As configured, whoever can take it. */
    RatePolicy FIXED = (takesBps, count, maxBps) -> maxBps;

    /**
     * Called on the media loop, often; allocates nothing.
     *
     * @param takesBps what each viewer that counts can take, in bits per second of RTP, ascending, in the first places
     * @param count of them, at least 1
     * @param maxBps the most that is to be sent
     */
    long rateBps(long[] takesBps, int count, long maxBps);

    /** @throws IllegalArgumentException for a name that stands for none */
    static RatePolicy of(String name) {
        return switch (name) {
            case "slowest-healthy" -> SLOWEST_HEALTHY;
            case "median" -> MEDIAN;
            case "fixed" -> FIXED;
            default -> throw new IllegalArgumentException(name);
        };
    }
}
