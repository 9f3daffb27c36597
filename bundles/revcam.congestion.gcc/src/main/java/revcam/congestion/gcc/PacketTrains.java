package revcam.congestion.gcc;

import java.util.Arrays;
import revcam.api.congestion.PacketFeedback;

/**
 * What the frames themselves tell of the path. A frame leaves as a train of packets at the pacing rate, well above the
 * target. Where the train arrives as fast as it left, the path carries at least that; where it arrives stretched, that is
 * what the bottleneck had left for it: packet dispersion. So each frame is a probe that costs nothing. For {@link
 * CapacitySearch}; not part of Google's algorithm.
 */
final class PacketTrains {

    /** Packets that leave within this of the one before belong to its train: longer than a pacing step. */
    private static final long TRAIN_GAP_NANOS = 8_000_000;
    /** Behind a queue nothing is let through at once, so two packets tell. */
    private static final int LEAST_QUEUED_PACKETS = 2;
    private static final int LEAST_PACKETS = 4;
    /** What a longer train brings after these is not looked at. */
    private static final int MOST_PACKETS = 64;
    /** What arrives at once, as far as its receiver's clock tells, was not held up; how fast it was is not known. */
    private static final long LEAST_SPAN_NANOS = 1_000_000;
    private static final int SAMPLES = 16;
    private static final int LEAST_SAMPLES = 5;
    private static final int LATEST = 3;
    private static final long QUEUED_NANOS = 8_000_000;
    private static final long FRESH_NANOS = 800_000_000;
    /** Of the samples, this share may be lower: one train in a lull must not decide. */
    private static final double QUANTILE = 0.3;

    private final long[] rates = new long[SAMPLES];
    private final long[] times = new long[SAMPLES];
    private final long[] sorted = new long[SAMPLES];
    private final long[] waited = new long[LATEST];
    private final long[] waitedTimes = new long[LATEST];
    private int nextWaited;
    private boolean queued;
    private int next;
    private int count;

    private int packets;
    private long lastSequence;
    private long lastSent;
    private long lastArrival;
    private long bytes; // of those after the first
    /** Of each packet of the train; bytes up to and with it. */
    private final long[] sents = new long[MOST_PACKETS];
    private final long[] arrivals = new long[MOST_PACKETS];
    private final long[] bytesUpTo = new long[MOST_PACKETS];

    /**
     * One packet of a feedback, in sending order.
     *
     * @param queueNanos how long it waited in the network
     */
    void onPacket(long nowNanos, PacketFeedback report, int index, long queueNanos) {
        long sequence = report.transportSequence(index);
        long sent = report.sentNanos(index);
        boolean received = report.received(index);
        if (packets > 0 && received && sequence == lastSequence + 1 && sent - lastSent <= TRAIN_GAP_NANOS) {
            lastSequence = sequence;
            lastSent = sent;
            lastArrival = Math.max(lastArrival, report.arrivalNanos(index));
            bytes += report.sizeBytes(index);
            add();
            return;
        }
        end(nowNanos);
        packets = 0;
        lastSequence = sequence;
        lastSent = sent;
        lastArrival = received ? report.arrivalNanos(index) : 0;
        bytes = 0;
        queued = queueNanos > QUEUED_NANOS;
        if (received) {
            add();
        }
    }

    private void add() {
        if (packets < MOST_PACKETS) {
            sents[packets] = lastSent;
            arrivals[packets] = lastArrival;
            bytesUpTo[packets] = bytes;
            packets++;
        }
    }

    private void end(long nowNanos) {
        if (packets < LEAST_QUEUED_PACKETS) {
            return;
        }
        int last = packets - 1;
        int from = packets / 2 - 1;
        long span = Math.max(LEAST_SPAN_NANOS, Math.max(arrivals[last] - arrivals[from], sents[last] - sents[from]));
        long rate = (long) ((bytesUpTo[last] - bytesUpTo[from]) * 8e9 / span);
        if (queued) {
            waited[nextWaited] = rate;
            waitedTimes[nextWaited] = nowNanos;
            nextWaited = (nextWaited + 1) % LATEST;
        }
        if (packets < LEAST_PACKETS) {
            return;
        }
        rates[next] = rate;
        times[next] = nowNanos;
        next = (next + 1) % SAMPLES;
        count = Math.min(count + 1, SAMPLES);
    }

    void forget() {
        count = 0;
        Arrays.fill(waited, 0);
    }

    /** What the path has carried at least, most of the time lately, bits per second; 0 while too little is known. */
    long provenBps(long nowNanos) {
        int fresh = 0;
        for (int i = 0; i < count; i++) {
            if (nowNanos - times[i] <= FRESH_NANOS) {
                int at = fresh++;
                for (; at > 0 && sorted[at - 1] > rates[i]; at--) {
                    sorted[at] = sorted[at - 1];
                }
                sorted[at] = rates[i];
            }
        }
        return fresh < LEAST_SAMPLES ? 0 : sorted[(int) (QUANTILE * (fresh - 1))];
    }

    /**
     * What the slowest of the last trains arrived at that found a queue before them; 0 while there are too few. Without a
     * queue, a token bucket may let through at once what it has saved up.
     */
    long queuedBps(long nowNanos) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < LATEST; i++) {
            if (waited[i] == 0 || nowNanos - waitedTimes[i] > FRESH_NANOS) {
                return 0;
            }
            least = Math.min(least, waited[i]);
        }
        return least;
    }
}
