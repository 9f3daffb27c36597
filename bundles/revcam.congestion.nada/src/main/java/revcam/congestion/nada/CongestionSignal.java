package revcam.congestion.nada;

import revcam.api.congestion.QueueDelay;

/**
 * How congested the path is, as one time in milliseconds: queueing delay, plus a penalty for loss, with the delay bent down
 * where others who only heed loss keep the queue full (RFC 8698, section 4.2). What the RFC has the receiver do is done
 * here, from the arrival times in the feedback. Names and values of its section 5 unless said otherwise.
 */
final class CongestionSignal {

    private static final int MINIMUM_FILTER = 15;
    /** QTH, LAMBDA, MULTILOSS: where and how delay is bent, and for how many intervals after the last loss. */
    private static final double QUEUE_THRESHOLD_MS = 50;
    private static final double LAMBDA = 0.5;
    private static final double LOSS_EXPIRES = 7;
    /** DLOSS, PLRREF, ALPHA, LOGWIN, DELTA. */
    private static final double LOSS_PENALTY_MS = 10;
    private static final double REFERENCE_LOSS = 0.01;
    private static final double LOSS_SMOOTHING = 0.1;
    private static final double LOSS_WINDOW_MS = 500;
    private static final double INTERVAL_MS = 100;
    /** Of ns3-rmcat (XMAX); the RFC has no bound. */
    private static final double MOST_MS = 500;
    /** Weight of a new interval between losses in their average. */
    private static final double INTERVAL_SMOOTHING = 0.25;

    private final QueueDelay queue = new QueueDelay();
    private final double[] recent = new double[MINIMUM_FILTER];
    private int next;
    private int count;

    private double loss;
    /** Counts that fade over the window. */
    private double windowPackets;
    private double windowLost;

    private long packets;
    private long packetsAtEvent;
    private long eventSentNanos;
    private double lossInterval;
    private int events;

    double onReceived(long nowNanos, long sentNanos, long arrivalNanos) {
        packets++;
        windowPackets++;
        queue.onPacket(nowNanos, sentNanos, arrivalNanos);
        recent[next] = queue.nanos() * 1e-6;
        next = (next + 1) % MINIMUM_FILTER;
        count = Math.min(count + 1, MINIMUM_FILTER);
        return queue.nanos() * 1e-6;
    }

    /** Losses within a round trip are one event (RFC 5348, section 5.2). */
    void onLost(long sentNanos, long rttNanos) {
        packets++;
        windowPackets++;
        windowLost++;
        double interval = packets - packetsAtEvent;
        if (events == 1) {
            lossInterval = interval;
        } else if (events > 1) {
            lossInterval += INTERVAL_SMOOTHING * (interval - lossInterval);
        }
        events = Math.min(events + 1, 2);
        eventSentNanos = sentNanos;
        packetsAtEvent = packets;
    }

    /** Section 5.1.2: the ratio in the window, smoothed; to be called about each {@link #INTERVAL_MS}. */
    void endInterval(double elapsedMillis) {
        if (windowPackets >= 1) {
            double smoothing = Math.min(1, LOSS_SMOOTHING * elapsedMillis / INTERVAL_MS);
            loss += smoothing * (windowLost / windowPackets - loss);
        }
        double kept = 0;
        windowPackets *= kept;
        windowLost *= kept;
    }

    /** The path may be another one. */
    void forget() {
        queue.forget();
        count = 0;
    }

    /** The least of the last packets, milliseconds: what is left is queue, not jitter. */
    double queueMillis() {
        double least = count == 0 ? 0 : Double.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            least = Math.min(least, recent[i]);
        }
        return least;
    }

    /** Smoothed, 0 to 1. */
    double loss() {
        return loss;
    }

    /** x_curr. */
    double millis() {
        double share = loss / REFERENCE_LOSS;
        return Math.min(MOST_MS, bentMillis(queueMillis()) + LOSS_PENALTY_MS * share * share);
    }

    /** Equation 1 while losses come, the delay itself once they have ceased, and between the two in between. */
    private double bentMillis(double delay) {
        if (events < 2 || delay <= QUEUE_THRESHOLD_MS) {
            return delay;
        }
        double bent = QUEUE_THRESHOLD_MS * Math.exp(-LAMBDA * (delay - QUEUE_THRESHOLD_MS) / QUEUE_THRESHOLD_MS);
        double ceased = (packets - packetsAtEvent) / lossInterval - LOSS_EXPIRES;
        return bent + Math.max(0, Math.min(1, ceased)) * (delay - bent);
    }
}
