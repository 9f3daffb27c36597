package revcam.congestion.gcc;

import revcam.api.congestion.PacketFeedback;

/**
 * When to probe, and how high (libwebrtc's ProbeController): at 3 and 6 times the start, at twice what a probe has found,
 * at twice the target now and then while the sender does not use what it has, at most of what there was before a large
 * drop, and at a ceiling that was raised.
 */
final class ProbePlan {

    private static final double FIRST = 3;
    private static final double SECOND = 6;
    private static final double FURTHER = 2;
    /** A probe that found so much of what it asked for is followed by a higher one. */
    private static final double FURTHER_IF = 0.7;
    private static final double PERIODIC = 2;
    private static final long PERIODIC_NANOS = 5_000_000_000L;
    private static final double LARGE_DROP = 0.66;
    private static final double AFTER_DROP = 0.85;
    private static final double UNCERTAINTY = 0.05;
    private static final long DROP_NANOS = 5_000_000_000L;
    private static final long DROP_GAP_NANOS = 5_000_000_000L;
    private static final int CLUSTERS = 3;

    private final Probe[] clusters = {new Probe(), new Probe(), new Probe()};
    private Probe sending = clusters[0];
    private double nextBps; // of the cluster that follows at once
    private long probedNanos;

    private long estimateBps;
    private long beforeDropBps;
    private long droppedNanos;
    private boolean dropped;
    private long recoveredNanos;
    private boolean everRecovered;
    private long ceilingBps;

    ProbePlan(long nowNanos, long estimateBps, long ceilingBps) {
        this.estimateBps = estimateBps;
        this.ceilingBps = ceilingBps;
        probedNanos = nowNanos;
    }

    /** Nothing is known of the path yet. */
    void begin(long nowNanos) {
        nextBps = SECOND * estimateBps;
        start(nowNanos, FIRST * estimateBps);
    }

    void start(long nowNanos, double bps) {
        long bounded = (long) Math.min(bps, ceilingBps);
        Probe free = free();
        if (bounded <= estimateBps || free == null) {
            nextBps = 0;
            return;
        }
        sending = free;
        sending.begin(nowNanos, bounded);
        probedNanos = nowNanos;
    }

    private Probe free() {
        for (int i = 0; i < CLUSTERS; i++) {
            if (clusters[i].sending()) {
                return null;
            }
        }
        for (int i = 0; i < CLUSTERS; i++) {
            if (clusters[i].idle()) {
                return clusters[i];
            }
        }
        return null;
    }

    /** No probe is on its way. */
    boolean idle() {
        for (int i = 0; i < CLUSTERS; i++) {
            if (!clusters[i].idle()) {
                return false;
            }
        }
        return true;
    }

    long probedNanos() {
        return probedNanos;
    }

    /** Bits per second to send at now; 0 between probes. */
    long bps() {
        return sending.bps();
    }

    void onSent(long sequence) {
        sending.onSent(sequence);
    }

    void onPacket(PacketFeedback report, int index) {
        for (int i = 0; i < CLUSTERS; i++) {
            clusters[i].onPacket(report, index);
        }
    }

    /**
     * After a feedback: the most that probes which are over have found, bits per second, or 0; a higher one may have begun.
     */
    long result(long nowNanos, long reportedSequence) {
        long best = 0;
        boolean further = false;
        for (int i = 0; i < CLUSTERS; i++) {
            long found = clusters[i].result(reportedSequence);
            if (found > best) {
                best = found;
                further = found > FURTHER_IF * clusters[i].askedBps() && clusters[i].askedBps() < ceilingBps;
            }
        }
        if (further && nextBps == 0) {
            start(nowNanos, FURTHER * best);
        }
        return best;
    }

    /** While the sender does not use what it has, that is all that tells whether there would be more. */
    void whileIdle(long nowNanos) {
        if (idle() && nowNanos - probedNanos >= PERIODIC_NANOS) {
            start(nowNanos, PERIODIC * estimateBps);
        }
    }

    /** The target is another one. */
    void onEstimate(long nowNanos, long bps) {
        if (bps < LARGE_DROP * estimateBps) {
            dropped = true;
            droppedNanos = nowNanos;
            beforeDropBps = estimateBps;
        }
        estimateBps = bps;
    }

    /** Queues grow no more: was the drop of the target meant for long? */
    void onNormal(long nowNanos) {
        double bps = AFTER_DROP * beforeDropBps;
        if (dropped && idle() && nowNanos - droppedNanos < DROP_NANOS && (1 - UNCERTAINTY) * bps > estimateBps
                && (!everRecovered || nowNanos - recoveredNanos > DROP_GAP_NANOS)) {
            everRecovered = true;
            recoveredNanos = nowNanos;
            start(nowNanos, bps);
        }
    }

    /** @param probe whether to find out at once whether a higher ceiling can be used */
    void onCeiling(long nowNanos, long bps, boolean probe) {
        boolean raised = bps > ceilingBps;
        ceilingBps = bps;
        if (raised && probe && idle()) {
            start(nowNanos, bps);
        }
    }

    long nextDeadlineNanos() {
        long next = Long.MAX_VALUE;
        for (int i = 0; i < CLUSTERS; i++) {
            long one = clusters[i].nextDeadlineNanos();
            next = next == Long.MAX_VALUE || one != Long.MAX_VALUE && one - next < 0 ? one : next;
        }
        return next;
    }

    void onDeadline(long nowNanos) {
        for (int i = 0; i < CLUSTERS; i++) {
            clusters[i].onDeadline(nowNanos);
        }
        if (nextBps > 0 && !sending.sending()) {
            double bps = nextBps;
            nextBps = 0;
            start(nowNanos, bps);
        }
    }
}
