package revcam.stream.session;

import java.util.concurrent.TimeUnit;
import revcam.rtp.FeedbackRequests;
import revcam.rtp.FeedbackRequests.Urgency;

/**
 * Asks a viewer for feedback that reports on request only, and knows what it means when an answer stays out.
 *
 * <p>An answer takes a round trip, and the time in which what was under way leaves the path at the rate that is taken for its
 * capacity. When it takes longer, the path may have become narrow: it is too early to know how narrow, but not too early to
 * wait with the next picture for some milliseconds. If it was nothing the picture leaves a little later; if the path did
 * become narrow, one picture less of the old size stands in the way of the smaller ones. Media loop only.
 */
final class Inquiry {

    /** A viewer that is asked answers at once; a queue may hold up question or answer. */
    private static final long LEAST_QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long TAIL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    /** An answer is late when it takes so much longer than it should: less is the receiver's own doing. */
    private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(3);
    /** One that is later than this must be lost. A path that became narrow gives some answer sooner. */
    private static final long LOST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** Where the path itself takes longer, an answer is no news before the next picture. */
    private static final long PROMPT_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    /** The quickest answer of this long or twice as long is what the path takes when it is empty. */
    private static final long QUICKEST_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int OPEN = 64;

    private final FeedbackRequests requests = new FeedbackRequests();
    private long quietSinceNanos;
    private long lastSequence = -1;
    private long lastSentNanos;
    private long sentBytes;
    private long answeredBytes;
    /** What the path is taken to carry, bits per second. */
    private long pathBps = Long.MAX_VALUE;
    /** By then the path is empty: one packet leaves it behind the other, and the latest answer says how far it was. */
    private long emptyNanos;

    /** The requests that are not answered, the oldest first. */
    private final long[] sequences = new long[OPEN];
    private final long[] askedNanos = new long[OPEN];
    private final long[] leavesNanos = new long[OPEN]; // what was under way has left by then
    private final long[] bytesUpTo = new long[OPEN];
    private int open;
    private int next;

    private long quickestNanos = Long.MAX_VALUE;
    private long quickestBeforeNanos = Long.MAX_VALUE;
    private long quickestSinceNanos;

    /**
     * The next packet leaves.
     *
     * @param sequence transport-wide, not wrapped
     * @param last of its frame
     * @param shuts nothing leaves behind it until something is heard
     * @param free the path carries all that may be sent
     * @param bps what the path is taken to carry
     * @return how many packets it has to ask about, itself and those before; 0 for none
     */
    int onPacket(long nowNanos, long sequence, boolean last, int bytes, boolean shuts, boolean free, long bps) {
        boolean tail = lastSequence >= 0 && requests.isUnasked(lastSequence) && nowNanos - lastSentNanos >= TAIL_NANOS;
        sentBytes += bytes;
        pathBps = bps;
        emptyNanos = takesNanos(bytes) + (nowNanos - emptyNanos > 0 ? nowNanos : emptyNanos);
        lastSequence = sequence;
        lastSentNanos = nowNanos;
        int on = requests.packets(nowNanos, sequence, last, shuts || tail ? Urgency.NOW : free ? Urgency.LOW : Urgency.HIGH);
        if (on > 0) {
            quietSinceNanos = nowNanos;
            open = Math.min(OPEN, open + 1);
            sequences[next] = sequence;
            askedNanos[next] = nowNanos;
            leavesNanos[next] = emptyNanos;
            bytesUpTo[next] = sentBytes;
            next = (next + 1) % OPEN;
        }
        return on;
    }

    /** Feedback came. @param sequence the highest that it reports on, or -1 */
    void onFeedback(long nowNanos, long sequence) {
        quietSinceNanos = nowNanos;
        requests.onFeedback(sequence);
        while (open > 0 && sequences[oldest()] <= sequence) {
            int i = oldest();
            open--;
            answeredBytes = bytesUpTo[i];
            if (sequences[i] == sequence) {
                onAnswer(nowNanos, nowNanos - askedNanos[i]);
            }
        }
    }

    private void onAnswer(long now, long tookNanos) {
        if (now - quickestSinceNanos > QUICKEST_NANOS) {
            quickestBeforeNanos = quickestNanos;
            quickestNanos = Long.MAX_VALUE;
            quickestSinceNanos = now;
        }
        quickestNanos = Math.min(quickestNanos, tookNanos);
        emptyNanos = now - quickest() + takesNanos(sentBytes - answeredBytes);
    }

    private long takesNanos(long bytes) {
        return (long) (bytes * 8e9 / pathBps);
    }

    private long quickest() {
        return Math.min(quickestNanos, quickestBeforeNanos);
    }

    private int oldest() {
        return (next - open + OPEN) % OPEN;
    }

    /** Whether an answer is late, but not so late that it must be lost: those are given up here. */
    boolean isLate(long nowNanos) {
        long late = lateNanos();
        while (late != Long.MAX_VALUE && nowNanos - late >= LOST_NANOS) {
            open--;
            late = lateNanos();
        }
        return late != Long.MAX_VALUE && nowNanos - late >= 0;
    }

    /** When {@link #isLate} will say otherwise, should nothing be heard until then; {@link Long#MAX_VALUE} for never. */
    long turnsNanos(long nowNanos) {
        return isLate(nowNanos) ? lateNanos() + LOST_NANOS : lateNanos();
    }

    private long lateNanos() {
        boolean awaited = open > 0 && quickest() <= PROMPT_NANOS;
        return awaited ? leavesNanos[oldest()] + quickest() + LATE_NANOS : Long.MAX_VALUE;
    }

    /**
     * When a packet may leave although nothing may until something is heard: the one that asked last may have been lost, and
     * no other is on its way to be answered. As a tail loss probe is for TCP (RFC 8985, section 7).
     */
    long againNanos(long roundTripNanos) {
        return quietSinceNanos + Math.max(LEAST_QUIET_NANOS, 2 * roundTripNanos);
    }

    /**
     * When to ask about the last packets, should nothing follow them, so that a camera that pauses is not taken for a path
     * that is silent; {@link Long#MAX_VALUE} where all were asked about.
     */
    long tailNanos() {
        return lastSequence >= 0 && requests.isUnasked(lastSequence) ? lastSentNanos + TAIL_NANOS : Long.MAX_VALUE;
    }
}
