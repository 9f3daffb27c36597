package revcam.api.congestion;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Send-side rate control of one viewer. Sans-I/O: it is told the time and never asks, so that the same code runs in a
 * simulator. Media loop only; not thread-safe; allocates nothing per packet. Times are on one monotonic clock in
 * nanoseconds and never run backwards; rates are bits per second of RTP with headers, without SRTP's tag. One that
 * throws, does not return within two seconds, or names a rate outside its limits is set aside; another one, or the last
 * good rate, takes its place, and the viewer stays.
 */
@ConsumerType
public interface CongestionController extends AutoCloseable {

    /**
     * A packet left: media, retransmission, repair or padding.
     *
     * @param transportSequence unwrapped transport-wide sequence number, rising by one
     * @param sizeBytes RTP header and payload
     */
    void onPacketSent(long nowNanos, long transportSequence, int sizeBytes);

    /**
     * Feedback came, transport-wide or RFC 8888's; {@code report} is borrowed for the call. Reports may repeat, overlap or
     * miss.
     */
    void onPacketFeedback(long nowNanos, PacketFeedback report);

    /**
     * A receiver report came (RFC 3550, section 6.4.2).
     *
     * @param lossFraction of packets in the report's interval, 0 to 1
     * @param rttNanos round trip by LSR and DLSR, or 0 when the report allows none
     */
    void onReceiverReport(long nowNanos, double lossFraction, long rttNanos);

    /** The receiver's own estimate came (draft-alvestrand-rmcat-remb); a ceiling. */
    void onReceiverEstimate(long nowNanos, long bps);

    /**
     * What waits for the pacer changed: a frame came, or packets left.
     *
     * @param bytes RTP header and payload of all that waits
     */
    default void onSendQueue(long nowNanos, long bytes) {}

    /** The limits changed; the target follows at once. */
    void onLimits(long nowNanos, RateLimits limits);

    /** What all that leaves should add up to, headers, retransmissions and repair included, within the limits. */
    long targetBps();

    /** How fast the pacer may send; at least the target. */
    long pacingBps();

    /**
     * How fast to send at the least, at most {@link #pacingBps}: what media leaves free is filled with padding. Above 0
     * only while probing for more than the media needs; a probe is some pacing and padding rate from one deadline to the
     * next, and what it found is in the feedback on the packets of that time. 0 for no padding.
     */
    default long paddingBps() {
        return 0;
    }

    /**
     * How many bytes more may leave before feedback on those in flight; asked before each packet, and a packet leaves
     * whole while it is above 0. At 0 or below nothing leaves until a feedback, a receiver report or a deadline has raised
     * it, so a controller with a window sets a deadline for feedback that is lost. {@link Long#MAX_VALUE} for no window.
     */
    default long windowBytes() {
        return Long.MAX_VALUE;
    }

    /** When {@link #onDeadline} wants to be called, or {@link Long#MAX_VALUE} for never. */
    long nextDeadlineNanos();

    /** The deadline passed, or, harmlessly, has not quite. */
    void onDeadline(long nowNanos);

    /** For a successor; callable at any time before close. */
    RateSnapshot snapshot();

    @Override
    void close();
}
