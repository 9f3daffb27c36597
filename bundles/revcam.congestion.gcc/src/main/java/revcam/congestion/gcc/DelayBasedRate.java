package revcam.congestion.gcc;

import revcam.congestion.gcc.OveruseDetector.Usage;

/**
 * The rate that queueing delay allows: additive or multiplicative increase, multiplicative decrease
 * (draft-ietf-rmcat-gcc-02, section 5.5; libwebrtc's AimdRateControl and LinkCapacityEstimator).
 */
final class DelayBasedRate {

    private enum State { HOLD, INCREASE, DECREASE }

    static final double BETA = 0.85;
    /** 8 % a second. The same on every machine, and without an allocation, as StrictMath's power has. */
    private static final double GROWTH_EXPONENT = StrictMath.log(1.08);
    private static final long LEAST_GROWTH_BPS = 1_000;
    private static final double LEAST_ADDITIVE_BPS = 4_000;
    private static final double RESPONSE_SECONDS = 0.1;
    private static final double FRAMES_PER_SECOND = 30;
    private static final double PACKET_BITS = 1200 * 8;
    private static final long LEAST_DECREASE_GAP = 10_000_000;
    private static final long MOST_DECREASE_GAP = 200_000_000;
    /** Above what arrives no increase goes, for that is all that is known. */
    private static final double CEILING = 1.5;
    private static final long CEILING_BPS = 10_000;
    private static final double CAPACITY_SMOOTHING = 0.95;
    private static final double EVEN_BPS_PER_SECOND = 60_000;
    /** Of the rate each second: half of what browsers grow by while they know no limit. */
    private static final double CLIMB_PER_SECOND = 0.04;

    private final boolean even;
    private State state = State.HOLD;
    private long bps;
    private long changedNanos;
    private long decreasedNanos;
    private boolean everDecreased;
    /** Kilobits per second; NaN while unknown. */
    private double capacityKbps = Double.NaN;
    private double variance = 0.4;
    private boolean climbing;

    /** As libwebrtc has it: in proportion while the capacity is unknown, near it the slower the longer the round trip. */
    static DelayBasedRate ofBrowsers(long nowNanos, long bps) {
        return new DelayBasedRate(nowNanos, bps, false);
    }

    /**
     * Once it has met a limit it grows by the same number of bits per second whatever its rate and round trip, so that of
     * flows that share a link and are cut together the small catch up with the large.
     */
    static DelayBasedRate even(long nowNanos, long bps) {
        return new DelayBasedRate(nowNanos, bps, true);
    }

    private DelayBasedRate(long nowNanos, long bps, boolean even) {
        this.even = even;
        this.bps = bps;
        changedNanos = nowNanos;
    }

    long bps() {
        return bps;
    }

    /** A probe, or the way back from a drained queue: the rate is known to be another one. */
    void set(long nowNanos, long toBps) {
        bps = toBps;
        changedNanos = nowNanos;
    }

    void limit(long leastBps, long mostBps) {
        bps = Math.max(leastBps, Math.min(mostBps, bps));
    }

    /** More than the limit that was met was found to go through, and no new one has been met since. */
    void climb() {
        climbing = true;
    }

    /** The way to the receiver is another one, and what was known of its capacity is nothing. */
    void forgetCapacity() {
        capacityKbps = Double.NaN;
        variance = 0.4;
    }

    /**
     * @param acknowledgedBps what arrives, 0 if unknown
     * @param hungry whether the target limits what is sent; an idle sender's target does not grow
     * @return whether the rate was decreased
     */
    boolean update(long nowNanos, Usage usage, long acknowledgedBps, long rttNanos, boolean hungry) {
        transition(nowNanos, usage);
        switch (state) {
            case INCREASE -> {
                increase(nowNanos, acknowledgedBps, rttNanos, hungry);
                return false;
            }
            case DECREASE -> {
                state = State.HOLD;
                return mayDecrease(nowNanos, acknowledgedBps, rttNanos) && decrease(nowNanos, acknowledgedBps);
            }
            default -> {
                return false;
            }
        }
    }

    private void transition(long nowNanos, Usage usage) {
        switch (usage) {
            case OVERUSING -> state = State.DECREASE;
            case UNDERUSING -> state = State.HOLD; // queues are draining
            default -> {
                if (state == State.HOLD) {
                    state = State.INCREASE;
                    changedNanos = nowNanos;
                }
            }
        }
    }

    /** Once in a round trip, unless it is clear that far too much is sent. */
    private boolean mayDecrease(long nowNanos, long acknowledgedBps, long rttNanos) {
        long gap = Math.max(LEAST_DECREASE_GAP, Math.min(MOST_DECREASE_GAP, rttNanos));
        return !everDecreased || nowNanos - decreasedNanos >= gap || acknowledgedBps > 0 && acknowledgedBps < bps / 2;
    }

    private boolean decrease(long nowNanos, long acknowledgedBps) {
        double reduced = BETA * (acknowledgedBps > 0 ? acknowledgedBps : bps);
        if (reduced > bps && !Double.isNaN(capacityKbps)) {
            reduced = BETA * capacityKbps * 1000;
        }
        if (acknowledgedBps > 0) {
            if (acknowledgedBps < lowerBound()) {
                forgetCapacity();
            }
            observe(acknowledgedBps / 1000.0);
        }
        climbing = false;
        boolean lower = reduced < bps;
        if (lower) {
            bps = (long) reduced;
        }
        changedNanos = nowNanos;
        decreasedNanos = nowNanos;
        everDecreased = true;
        return lower;
    }

    private void increase(long nowNanos, long acknowledgedBps, long rttNanos, boolean hungry) {
        double seconds = Math.min(1, (nowNanos - changedNanos) * 1e-9);
        changedNanos = nowNanos;
        if (acknowledgedBps > upperBound()) {
            forgetCapacity();
        }
        if (!hungry) {
            return;
        }
        double grown = bps + growth(seconds, rttNanos);
        if (acknowledgedBps > 0) {
            grown = Math.min(grown, Math.max(bps, CEILING * acknowledgedBps + CEILING_BPS));
        }
        bps = (long) grown;
    }

    private double growth(double seconds, long rttNanos) {
        if (even && everDecreased) {
            return Math.max(EVEN_BPS_PER_SECOND, climbing ? CLIMB_PER_SECOND * bps : 0) * seconds;
        }
        return Double.isNaN(capacityKbps)
                ? Math.max(LEAST_GROWTH_BPS * seconds, bps * (StrictMath.exp(GROWTH_EXPONENT * seconds) - 1))
                : nearCapacityPerSecond(rttNanos) * seconds;
    }

    /** About one packet per response time. */
    private double nearCapacityPerSecond(long rttNanos) {
        double frameBits = bps / FRAMES_PER_SECOND;
        double packetBits = frameBits / Math.ceil(frameBits / PACKET_BITS);
        return Math.max(LEAST_ADDITIVE_BPS, packetBits / (2 * (rttNanos * 1e-9 + RESPONSE_SECONDS)));
    }

    private void observe(double kbps) {
        if (Double.isNaN(capacityKbps)) {
            capacityKbps = kbps;
        } else {
            capacityKbps = CAPACITY_SMOOTHING * capacityKbps + (1 - CAPACITY_SMOOTHING) * kbps;
        }
        double error = capacityKbps - kbps;
        variance = CAPACITY_SMOOTHING * variance
                + (1 - CAPACITY_SMOOTHING) * error * error / Math.max(1, capacityKbps);
        variance = Math.max(0.4, Math.min(2.5, variance));
    }

    private double deviation() {
        return Math.sqrt(variance * capacityKbps);
    }

    private double upperBound() {
        return Double.isNaN(capacityKbps) ? Double.POSITIVE_INFINITY : (capacityKbps + 3 * deviation()) * 1000;
    }

    private double lowerBound() {
        return Double.isNaN(capacityKbps) ? 0 : Math.max(0, capacityKbps - 3 * deviation()) * 1000;
    }
}
