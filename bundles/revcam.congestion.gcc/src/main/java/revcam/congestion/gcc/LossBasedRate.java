package revcam.congestion.gcc;

/** The ceiling that loss sets. Rates in bits per second, times in nanoseconds; fixed memory. */
interface LossBasedRate {

    /** One packet of a feedback, in sending order, each packet once. */
    void onPacket(long sentNanos, int bytes, boolean received);

    /**
     * All packets of a feedback were told.
     *
     * @param presentBps the target that was in use
     * @param delayBps what delay allows
     * @param acknowledgedBps what arrives; 0 if unknown
     * @param idle the sender does not use what it has
     */
    void onFeedback(long nowNanos, long rttNanos, long presentBps, long delayBps, long acknowledgedBps, boolean idle);

    /** What was told since the last decision has been answered otherwise and does not count. */
    void forget();

    /** Something better informed has found more. */
    void raise(long toBps);

    void limit(long leastBps, long mostBps);

    long bps();

    /** Lately, 0 to 1. */
    double fraction();
}
