package revcam.congestion.gcc;

/**
 * Tells the loss that the path has anyway from the loss that sending too much causes, as libwebrtc's LossBasedBweV2 does
 * with the defaults of 2025. The last observations, each a quarter of a second or more of packets, are held against a
 * model: up to some bandwidth a share of the bytes is lost whatever is sent, and above it the excess as well. Of a few
 * bandwidths the one that explains the observations best becomes the ceiling; some preference for more bandwidth and a
 * bound on how much loss may be called inherent keep that from being an excuse.
 */
final class InherentLoss implements LossBasedRate {

    private static final int WINDOW = 15;
    private static final int LEAST_OBSERVATIONS = 3;
    private static final long OBSERVATION_NANOS = 250_000_000;
    private static final double WEIGHT = 0.9;
    private static final double UP = 1.02;
    private static final double DOWN = 0.95;
    private static final double FIRST_INHERENT = 0.01;
    private static final double LEAST_INHERENT = 1e-3;
    /** Of loss, so much is inherent at most at high rates; at low ones, where packets are few, more. */
    private static final double MOST_INHERENT = 0.05;
    private static final double BALANCE_KBPS = 100;
    private static final double NEWTON_STEP = 0.75;
    private static final double BIAS = 0.0002;
    private static final double LOG_BIAS = 0.02;
    private static final double BIAS_TURNS = 0.2;
    private static final double BIAS_SMOOTHING = 0.002;
    private static final double RAMP = 1.5;
    private static final double RAMP_AFTER_HOLD = 1.2;
    private static final double HELD = 1.3;
    private static final double MOST_INCREASE = 1.3;
    private static final long INCREASE_NANOS = 300_000_000;
    private static final long FIRST_HOLD_NANOS = 300_000_000;
    private static final long MOST_HOLD_NANOS = 60_000_000_000L;
    /** An observation that was sent so much faster than most says more than chance. */
    private static final double SURGE = 2;
    private static final double CERTAIN = 1e-6;

    private enum State { FREE, RISING, FALLING }

    private final double[] sizes = new double[WINDOW]; // kilobytes
    private final double[] losses = new double[WINDOW];
    private final double[] rates = new double[WINDOW]; // kilobits per second
    private final double[] sorted = new double[WINDOW];
    private final double[] candidates = new double[5];
    private int observations;

    private long bytes;
    private long lostBytes;
    private boolean began;
    private long observedNanos; // when the last packet of the last observation was sent
    private long newestNanos;

    private State state = State.FREE;
    private double ceilingKbps; // the model's bandwidth
    private double inherent = FIRST_INHERENT;
    private double resultKbps;
    private double average;
    private double leastKbps;
    private double mostKbps = Double.MAX_VALUE;
    private double windowKbps = Double.MAX_VALUE;
    private boolean windowOpen;
    private long windowNanos;
    private double heldKbps = Double.MAX_VALUE;
    private long heldUntil;
    private boolean holding;
    private long holdNanos = FIRST_HOLD_NANOS;

    InherentLoss(long bps) {
        ceilingKbps = bps * 1e-3;
        resultKbps = ceilingKbps;
    }

    @Override
    public void onPacket(long sentNanos, int size, boolean received) {
        if (!began) {
            began = true;
            observedNanos = sentNanos;
            newestNanos = sentNanos;
        }
        bytes += size;
        lostBytes += received ? 0 : size;
        newestNanos = Math.max(newestNanos, sentNanos);
    }

    @Override
    public void onFeedback(long nowNanos, long rttNanos, long presentBps, long delayBps, long acknowledgedBps, boolean idle) {
        long took = newestNanos - observedNanos;
        if (took < OBSERVATION_NANOS) {
            return;
        }
        int slot = observations++ % WINDOW;
        sizes[slot] = bytes * 1e-3;
        losses[slot] = lostBytes * 1e-3;
        rates[slot] = bytes * 8e6 / took;
        forget();
        average = averageLoss();
        if (observations >= LEAST_OBSERVATIONS) {
            decide(delayBps * 1e-3, acknowledgedBps * 1e-3, idle);
        }
    }

    private void decide(double delayKbps, double acknowledgedKbps, boolean idle) {
        double bestKbps = ceilingKbps;
        double bestInherent = inherent;
        double bestFit = Double.NEGATIVE_INFINITY;
        int count = candidates(delayKbps, acknowledgedKbps, idle);
        double most = Math.max(ceilingKbps, state == State.FREE ? mostKbps : Math.min(windowKbps, mostKbps));
        for (int i = 0; i < count; i++) {
            double kbps = Math.min(candidates[i], most);
            double share = newton(kbps, feasible(kbps, inherent));
            double fit = fit(kbps, share);
            if (fit > bestFit) {
                bestFit = fit;
                bestKbps = kbps;
                bestInherent = share;
            }
        }
        if (average > bestInherent) {
            bestKbps = Math.min(bestKbps, ceilingKbps); // more is lost than can be inherent
        }
        if (state != State.FREE) {
            bestKbps = boundedRise(bestKbps, acknowledgedKbps);
        }
        double least = Math.max(acknowledgedKbps, leastKbps);
        double bounded = Math.max(least, Math.min(Math.min(bestKbps, instantKbps()), delayKbps));
        if (bounded < bestKbps) {
            ceilingKbps = bounded;
            inherent = 0;
        } else {
            ceilingKbps = Math.max(bestKbps, least);
            inherent = bestInherent;
        }
        settle(bounded, delayKbps, least);
    }

    private int candidates(double delayKbps, double acknowledgedKbps, boolean idle) {
        int count = 0;
        candidates[count++] = UP * ceilingKbps;
        candidates[count++] = ceilingKbps;
        candidates[count++] = DOWN * ceilingKbps;
        if (acknowledgedKbps > 0 && !idle) {
            candidates[count++] = acknowledgedKbps;
        }
        if (delayKbps > ceilingKbps) {
            candidates[count++] = delayKbps;
        }
        return count;
    }

    /** On its way up again it does not leave what arrives far behind, nor rises faster than in steps. */
    private double boundedRise(double kbps, double acknowledgedKbps) {
        double bounded = windowOpen && observedNanos - windowNanos < INCREASE_NANOS ? Math.min(kbps, windowKbps) : kbps;
        if (bounded > ceilingKbps && acknowledgedKbps > 0) {
            double ramp = acknowledgedKbps < HELD * heldKbps && heldKbps < Double.MAX_VALUE ? RAMP_AFTER_HOLD : RAMP;
            bounded = Math.max(ceilingKbps, Math.min(bounded, ramp * acknowledgedKbps));
        }
        return bounded;
    }

    private void settle(double bounded, double delayKbps, double least) {
        boolean limited = bounded < delayKbps && bounded < mostKbps;
        if (state == State.FALLING && holding && observedNanos - heldUntil < 0 && limited) {
            heldKbps = Math.max(least, heldKbps);
            resultKbps = Math.min(heldKbps, bounded); // not at once back to where the loss was
            return;
        }
        if (!limited) {
            state = State.FREE;
            holding = false;
            holdNanos = FIRST_HOLD_NANOS;
            heldKbps = Double.MAX_VALUE;
        } else if (state != State.FREE && (bounded > resultKbps || bounded == resultKbps && state == State.RISING)) {
            state = State.RISING;
        } else {
            if (state != State.FALLING) {
                holding = true;
                heldUntil = observedNanos + holdNanos;
                heldKbps = bounded;
                holdNanos = Math.min(MOST_HOLD_NANOS, 2 * holdNanos);
            }
            state = State.FALLING;
        }
        resultKbps = bounded;
        if (state != State.FREE && (!windowOpen || observedNanos - windowNanos > INCREASE_NANOS)) {
            windowOpen = true;
            windowNanos = observedNanos;
            windowKbps = MOST_INCREASE * ceilingKbps;
        }
    }

    /** Of the observations, without the best and the worst unless the worst is from a surge of our own. */
    private double averageLoss() {
        int count = Math.min(observations, WINDOW);
        double all = 0;
        double lost = 0;
        int best = -1;
        int worst = -1;
        for (int i = 0; i < count; i++) {
            int slot = slot(i);
            all += weight(i) * sizes[slot];
            lost += weight(i) * losses[slot];
            if (best < 0 || share(i) < share(best)) {
                best = i;
            }
            if (worst < 0 || share(i) > share(worst)) {
                worst = i;
            }
        }
        if (all == 0) {
            return 0;
        }
        if (count <= LEAST_OBSERVATIONS || best == worst || rates[slot(worst)] >= SURGE * medianRate(count)) {
            return lost / all;
        }
        double others = all - weight(best) * sizes[slot(best)] - weight(worst) * sizes[slot(worst)];
        double lostOthers = lost - weight(best) * losses[slot(best)] - weight(worst) * losses[slot(worst)];
        return others <= 0 ? lost / all : Math.max(0, lostOthers / others);
    }

    private double medianRate(int count) {
        for (int i = 0; i < count; i++) {
            int at = i;
            for (; at > 0 && sorted[at - 1] > rates[i]; at--) {
                sorted[at] = sorted[at - 1];
            }
            sorted[at] = rates[i];
        }
        return sorted[count / 2];
    }

    /** Of the i-th newest. */
    private int slot(int i) {
        return (observations - 1 - i) % WINDOW;
    }

    private static double weight(int i) {
        double weight = 1;
        for (int n = 0; n < i; n++) {
            weight *= WEIGHT;
        }
        return weight;
    }

    private double share(int i) {
        return sizes[slot(i)] > 0 ? losses[slot(i)] / sizes[slot(i)] : 0;
    }

    private static double feasible(double kbps, double share) {
        double most = kbps <= 0 ? 1 : Math.min(1, MOST_INHERENT + BALANCE_KBPS / kbps);
        return Math.min(Math.max(share, LEAST_INHERENT), most);
    }

    /** One step towards the inherent loss that explains the observations best, given a bandwidth. */
    private double newton(double kbps, double share) {
        double first = 0;
        double second = 0;
        for (int i = 0; i < Math.min(observations, WINDOW); i++) {
            double lost = losses[slot(i)];
            double got = sizes[slot(i)] - lost;
            double p = lossAt(kbps, share, rates[slot(i)]);
            first += weight(i) * (lost / p - got / (1 - p));
            second -= weight(i) * (lost / (p * p) + got / ((1 - p) * (1 - p)));
        }
        return second >= 0 ? share : feasible(kbps, share - NEWTON_STEP * first / second);
    }

    /** Logarithm of how likely the observations are, and the preference for bandwidth. */
    private double fit(double kbps, double share) {
        double bias = turned(BIAS) * kbps + turned(LOG_BIAS) * StrictMath.log1p(kbps);
        double sum = 0;
        for (int i = 0; i < Math.min(observations, WINDOW); i++) {
            double lost = losses[slot(i)];
            double p = lossAt(kbps, share, rates[slot(i)]);
            sum += weight(i) * (lost * StrictMath.log(p) + (sizes[slot(i)] - lost) * StrictMath.log(1 - p)
                    + bias * sizes[slot(i)]);
        }
        return sum;
    }

    /** Where a lot is lost, less bandwidth is preferred instead. */
    private double turned(double bias) {
        return bias * (BIAS_TURNS - average) / (BIAS_SMOOTHING + Math.abs(BIAS_TURNS - average));
    }

    private static double lossAt(double kbps, double share, double sentKbps) {
        double p = sentKbps > kbps ? share + (1 - share) * (sentKbps - kbps) / sentKbps : share;
        return Math.min(Math.max(p, CERTAIN), 1 - CERTAIN);
    }

    private double instantKbps() {
        return average > MOST_INHERENT ? BALANCE_KBPS / (average - MOST_INHERENT) : Double.MAX_VALUE;
    }

    @Override
    public void forget() {
        bytes = 0;
        lostBytes = 0;
        observedNanos = newestNanos;
    }

    @Override
    public void raise(long toBps) {
        if (toBps * 1e-3 > resultKbps) {
            ceilingKbps = Math.max(ceilingKbps, toBps * 1e-3);
            resultKbps = toBps * 1e-3;
        }
    }

    @Override
    public void limit(long leastBps, long mostBps) {
        leastKbps = leastBps * 1e-3;
        mostKbps = mostBps * 1e-3;
    }

    /** Without a limit while loss limits nothing. */
    @Override
    public long bps() {
        return state == State.FREE ? Long.MAX_VALUE : (long) (Math.max(leastKbps, Math.min(mostKbps, resultKbps)) * 1e3);
    }

    @Override
    public double fraction() {
        return average;
    }
}
