package revcam.stream;

/**
 * How much worse than the minute before a stage on trial may do.
 *
 * @param fpsPercent least frame rate, percent of before
 * @param encodePercent most time in the encoder, percent of before
 * @param latencyMillis most that the latency may grow by, until a frame is packetised
 * @param dropsPerSecond most that drops may grow by
 * @param lossPercent most that the viewers' loss may grow by, percentage points
 */
record TrialLimits(int fpsPercent, int encodePercent, int latencyMillis, double dropsPerSecond, double lossPercent) {

    static final TrialLimits DEFAULTS = new TrialLimits(95, 200, 20, 0.5, 2);
}
