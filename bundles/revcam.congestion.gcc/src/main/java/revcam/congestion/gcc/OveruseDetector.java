package revcam.congestion.gcc;

/**
 * Whether queues are growing: the slope of the accumulated delay over the last groups, against a threshold that adapts
 * so that competing flows cannot starve this one (draft-ietf-rmcat-gcc-02, sections 5.3 and 5.4, with the trendline filter
 * and the constants of libwebrtc's TrendlineEstimator).
 */
final class OveruseDetector {

    enum Usage { NORMAL, OVERUSING, UNDERUSING }

    private static final int WINDOW = 20;
    private static final double SMOOTHING = 0.9;
    private static final double GAIN = 4;
    private static final int MOST_DELTAS = 60;
    private static final double FIRST_THRESHOLD_MS = 12.5;
    private static final double LEAST_THRESHOLD_MS = 6;
    private static final double MOST_THRESHOLD_MS = 600;
    private static final double OUTLIER_MS = 15;
    private static final double OVERUSE_MS = 10;
    private static final double MOST_STEP_MS = 100;

    private final double up;
    private final double down;
    private final double[] times = new double[WINDOW];
    private final double[] delays = new double[WINDOW];
    private int head;
    private int size;
    private int deltas;
    private double accumulated;
    private double smoothed;
    private double firstArrival = Double.NaN;
    private double trend;
    private double previousTrend;
    private double threshold = FIRST_THRESHOLD_MS;
    private double lastAdapted = Double.NaN;
    private double overuseMillis = -1;
    private int overuses;
    private Usage usage = Usage.NORMAL;

    /**
     * @param up how fast the threshold rises, per millisecond: 0.0087 in libwebrtc, 0.01 in the draft
     * @param down how fast it falls: 0.039, or 0.00018
     */
    OveruseDetector(double up, double down) {
        this.up = up;
        this.down = down;
    }

    Usage usage() {
        return usage;
    }

    /** Compares two groups; times in nanoseconds. */
    void onGroups(long sendDeltaNanos, long arrivalDeltaNanos, long arrivalNanos) {
        double sendDelta = sendDeltaNanos * 1e-6;
        double arrival = arrivalNanos * 1e-6;
        deltas = Math.min(deltas + 1, 1000);
        if (Double.isNaN(firstArrival)) {
            firstArrival = arrival;
        }
        accumulated += arrivalDeltaNanos * 1e-6 - sendDelta;
        smoothed = SMOOTHING * smoothed + (1 - SMOOTHING) * accumulated;
        int at = (head + size) % WINDOW;
        if (size == WINDOW) {
            head = (head + 1) % WINDOW;
        } else {
            size++;
        }
        times[at] = arrival - firstArrival;
        delays[at] = smoothed;
        previousTrend = trend;
        if (size == WINDOW) {
            trend = slope(trend);
        }
        detect(sendDelta, arrival);
    }

    /** Least squares; the previous slope where there is none. */
    private double slope(double otherwise) {
        double time = 0;
        double delay = 0;
        for (int i = 0; i < size; i++) {
            time += times[i];
            delay += delays[i];
        }
        time /= size;
        delay /= size;
        double above = 0;
        double below = 0;
        for (int i = 0; i < size; i++) {
            above += (times[i] - time) * (delays[i] - delay);
            below += (times[i] - time) * (times[i] - time);
        }
        return below == 0 ? otherwise : above / below;
    }

    private void detect(double sendDelta, double arrival) {
        if (deltas < 2) {
            usage = Usage.NORMAL;
            return;
        }
        double modified = Math.min(deltas, MOST_DELTAS) * trend * GAIN;
        if (modified > threshold) {
            overuseMillis = overuseMillis < 0 ? sendDelta / 2 : overuseMillis + sendDelta;
            overuses++;
            if (overuseMillis > OVERUSE_MS && overuses > 1 && trend >= previousTrend) {
                overuseMillis = 0;
                overuses = 0;
                usage = Usage.OVERUSING;
            }
        } else {
            overuseMillis = -1;
            overuses = 0;
            usage = modified < -threshold ? Usage.UNDERUSING : Usage.NORMAL;
        }
        adapt(modified, arrival);
    }

    private void adapt(double modified, double arrival) {
        double step = Double.isNaN(lastAdapted) ? 0 : Math.min(MOST_STEP_MS, Math.max(0, arrival - lastAdapted));
        lastAdapted = arrival;
        double size = Math.abs(modified);
        if (size > threshold + OUTLIER_MS) {
            return; // a sudden jump, such as a route change: not something to get used to
        }
        double gain = size < threshold ? down : up;
        threshold = Math.max(LEAST_THRESHOLD_MS, Math.min(MOST_THRESHOLD_MS, threshold + gain * (size - threshold) * step));
    }
}
