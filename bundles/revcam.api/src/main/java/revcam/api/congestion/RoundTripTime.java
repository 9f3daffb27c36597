package revcam.api.congestion;

/**
 * Smoothed round-trip time, each sample weighing an eighth (RFC 6298, section 2); for controllers that want it. Media loop
 * only.
 */
public final class RoundTripTime {

    private static final long LEAST_NANOS = 1_000_000L;
    /** More is a clock that jumped or a report that lay about, and would be felt for minutes. */
    private static final long MOST_NANOS = 10_000_000_000L;

    private final long assumedNanos;
    private long nanos;

    /**
     * @param seedNanos what is known from before, 0 if nothing is
     * @param assumedNanos what to go by until something is known
     */
    public RoundTripTime(long seedNanos, long assumedNanos) {
        nanos = seedNanos;
        this.assumedNanos = assumedNanos;
    }

    /** @param sampleNanos brought between 1 ms and 10 s */
    public void onSample(long sampleNanos) {
        long sample = Math.max(LEAST_NANOS, Math.min(MOST_NANOS, sampleNanos));
        nanos = nanos == 0 ? sample : nanos + (sample - nanos) / 8;
    }

    /** Nanoseconds, above 0. */
    public long nanos() {
        return nanos == 0 ? assumedNanos : nanos;
    }

    /** As {@link RateSnapshot} wants it: 0 while nothing is known. */
    public long knownNanos() {
        return nanos;
    }
}
