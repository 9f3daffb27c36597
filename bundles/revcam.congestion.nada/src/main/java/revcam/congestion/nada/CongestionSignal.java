package revcam.congestion.nada;

import revcam.api.congestion.QueueDelay;

/**
 * How congested the path is, as one time in milliseconds: queueing delay, plus a penalty for loss, with the delay bent down
 * where others who only heed loss keep the queue full (RFC 8698, section 4.2). What the RFC has the receiver do is done
 * here, from the arrival times in the feedback.
 */
final class CongestionSignal {

    private static final int MINIMUM_FILTER = 15;
    private static final double QUEUE_THRESHOLD_MS = 50;
    private static final double LAMBDA = 0.5;
    private static final double LOSS_PENALTY_MS = 10;
    private static final double REFERENCE_LOSS = 0.01;
    private static final double LOSS_SMOOTHING = 0.1;
    /** So many average intervals between losses after the last one, losses are over. */
    private static final double LOSS_EXPIRES = 7;
    private static final double MOST_MS = 2000;

    private final QueueDelay queue = new QueueDelay();
    private final double[] recent = new double[MINIMUM_FILTER];
    private int next;
    private int count;

    private double loss;
    private int intervalPackets;
    private int intervalLost;

    private long packets;
    private long packetsAtLoss;
    private double lossInterval;
    private boolean everLost;

    void onReceived(long nowNanos, long sentNanos, long arrivalNanos) {
        packets++;
        intervalPackets++;
        queue.onPacket(nowNanos, sentNanos, arrivalNanos);
        recent[next] = queue.nanos() * 1e-6;
        next = (next + 1) % MINIMUM_FILTER;
        count = Math.min(count + 1, MINIMUM_FILTER);
    }

    void onLost() {
        packets++;
        intervalPackets++;
        intervalLost++;
        double interval = packets - packetsAtLoss;
        lossInterval = everLost ? lossInterval + (interval - lossInterval) / 8 : interval;
        packetsAtLoss = packets;
        everLost = true;
    }

    /** Ends one feedback interval, for the loss ratio. */
    void endInterval() {
        if (intervalPackets > 0) {
            double ratio = (double) intervalLost / intervalPackets;
            loss += LOSS_SMOOTHING * (ratio - loss);
            intervalPackets = 0;
            intervalLost = 0;
        }
    }

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

    /** Whether packets have been lost lately, by how often they usually are. */
    private boolean losing() {
        return everLost && packets - packetsAtLoss < LOSS_EXPIRES * lossInterval;
    }

    double millis() {
        double delay = queueMillis();
        if (losing() && delay > QUEUE_THRESHOLD_MS) {
            delay = QUEUE_THRESHOLD_MS * StrictMath.exp(-LAMBDA * (delay - QUEUE_THRESHOLD_MS) / QUEUE_THRESHOLD_MS);
        }
        double share = loss / REFERENCE_LOSS;
        return Math.min(MOST_MS, delay + LOSS_PENALTY_MS * share * share);
    }
}
