package revcam.congestion.gcc;

import revcam.api.congestion.PacketFeedback;

/**
 * One short burst at a higher rate than the target, and what arrived of it (libwebrtc's BitrateProber and
 * ProbeBitrateEstimator). Its packets are those that leave between {@link #begin} and a short time later.
 */
final class Probe {

    /** A cluster lasts at least this long, some steps of the session's pacer, and as long as so many packets take. */
    private static final long LEAST_NANOS = 20_000_000;
    private static final int LEAST_PACKETS = 5;
    private static final double PACKET_BITS = 1250 * 8;
    private static final long MOST_NANOS = 120_000_000;
    private static final double LEAST_RECEIVED = 0.8;
    private static final double SATURATED = 0.9;
    /** Where the burst arrived more slowly than it left, a little less than that is what the path carries. */
    private static final double BELOW_CAPACITY = 0.95;
    private static final long RESULT_NANOS = 1_000_000_000L;

    private boolean sending;
    private boolean waiting;
    private long bps;
    private long endNanos;
    private long expiresNanos;
    private long firstSequence;
    private long lastSequence;

    private int packets;
    private int received;
    private long firstSent;
    private long lastSent;
    private int lastSentBytes;
    private long firstArrival;
    private long lastArrival;
    private int firstArrivalBytes;
    private long receivedBytes;

    void begin(long nowNanos, long probeBps) {
        sending = true;
        waiting = false;
        bps = probeBps;
        long takes = (long) (LEAST_PACKETS * PACKET_BITS * 1e9 / probeBps);
        endNanos = nowNanos + Math.min(MOST_NANOS, Math.max(LEAST_NANOS, takes));
        firstSequence = -1;
        packets = 0;
        received = 0;
        receivedBytes = 0;
    }

    /** Bits per second to send at now; 0 between probes. */
    long bps() {
        return sending ? bps : 0;
    }

    /** What was asked of the last one. */
    long askedBps() {
        return bps;
    }

    boolean sending() {
        return sending;
    }

    boolean idle() {
        return !sending && !waiting;
    }

    void onSent(long sequence) {
        if (sending) {
            firstSequence = firstSequence < 0 ? sequence : firstSequence;
            lastSequence = sequence;
        }
    }

    /** When something is to be done about it. */
    long nextDeadlineNanos() {
        return sending ? endNanos : waiting ? expiresNanos : Long.MAX_VALUE;
    }

    void onDeadline(long nowNanos) {
        if (sending && nowNanos - endNanos >= 0) {
            sending = false;
            waiting = firstSequence >= 0;
            expiresNanos = nowNanos + RESULT_NANOS;
        } else if (waiting && nowNanos - expiresNanos >= 0) {
            waiting = false;
        }
    }

    /** One packet of a feedback. */
    void onPacket(PacketFeedback report, int index) {
        long sequence = report.transportSequence(index);
        if (idle() || firstSequence < 0 || sequence < firstSequence || sequence > lastSequence) {
            return;
        }
        long sent = report.sentNanos(index);
        int bytes = report.sizeBytes(index);
        firstSent = packets == 0 ? sent : firstSent;
        lastSent = sent;
        lastSentBytes = bytes;
        packets++;
        if (report.received(index)) {
            long arrival = report.arrivalNanos(index);
            if (received == 0) {
                firstArrival = arrival;
                firstArrivalBytes = bytes;
            }
            lastArrival = Math.max(arrival, received == 0 ? arrival : lastArrival);
            received++;
            receivedBytes += bytes;
        }
    }

    /** What the finished probe found, bits per second, once all its packets are reported; 0 before, or if it found nothing. */
    long result(long reportedSequence) {
        if (sending || !waiting || reportedSequence < lastSequence) {
            return 0;
        }
        waiting = false;
        long sendSpan = lastSent - firstSent;
        long receiveSpan = lastArrival - firstArrival;
        if (received < 3 || received < LEAST_RECEIVED * packets || sendSpan <= 0 || receiveSpan <= 0) {
            return 0;
        }
        double sentBps = (receivedBytes - lastSentBytes) * 8e9 / sendSpan;
        double receivedBps = (receivedBytes - firstArrivalBytes) * 8e9 / receiveSpan;
        if (receivedBps > 2 * sentBps) {
            return 0; // bunched on its way: it says nothing
        }
        return (long) (receivedBps < SATURATED * sentBps ? BELOW_CAPACITY * receivedBps : Math.min(sentBps, receivedBps));
    }
}
