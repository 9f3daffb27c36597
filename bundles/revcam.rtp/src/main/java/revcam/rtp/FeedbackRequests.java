package revcam.rtp;

import java.util.concurrent.TimeUnit;

/**
 * Which packets ask the viewer for feedback, and on how many packets (the transport-wide-cc-02 header extension). Without it
 * browsers report each 50 to 250 ms, of their own accord. Media loop only.
 *
 * <p>Each request covers what nothing was heard of yet, so feedback that is lost is made up for by the next.
 */
public final class FeedbackRequests {

    /** How much an answer is worth at the moment; each wakes up both sides. */
    public enum Urgency {
        /** The path carries all that may be sent: the end of a frame, ten times a second. */
        LOW,
        /** The path is the limit: the end of each frame, and each second packet. That is 3 % of the rate. */
        HIGH,
        /** Nothing else will leave, or may leave, before something is heard. */
        NOW
    }

    private static final long SELDOM_NANOS = TimeUnit.MILLISECONDS.toNanos(90);
    /** As often as this the news of a path that suddenly carries less comes before the next frame. */
    private static final int OFTEN_PACKETS = 2;
    /** After silence; what left before that is old news. */
    private static final int MOST_PACKETS = 256;

    private long asked = -1;
    private long askedNanos;
    private long reported = -1;

    /**
     * To be asked for each packet, in the order in which they leave.
     *
     * @param transportSequence not wrapped
     * @param last of its frame
     * @return how many packets to ask for feedback on, this one and those before it; 0 for not to ask
     */
    public int packets(long nowNanos, long transportSequence, boolean last, Urgency urgency) {
        boolean ask = switch (urgency) {
            case LOW -> last && (asked < 0 || nowNanos - askedNanos >= SELDOM_NANOS);
            case HIGH -> last || transportSequence - asked >= OFTEN_PACKETS;
            case NOW -> true;
        };
        if (!ask) {
            return 0;
        }
        asked = transportSequence;
        askedNanos = nowNanos;
        return (int) Math.min(MOST_PACKETS, transportSequence - reported);
    }

    /** Whether packets have left up to and with this one that nobody asked about. */
    public boolean isUnasked(long transportSequence) {
        return transportSequence > asked;
    }

    /** @param transportSequence the highest that was reported on, whether it arrived or not */
    public void onFeedback(long transportSequence) {
        reported = Math.max(reported, transportSequence);
    }
}
