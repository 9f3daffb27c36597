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
     * A packet left, media or retransmission.
     *
     * @param transportSequence unwrapped transport-wide sequence number, rising by one
     * @param sizeBytes RTP header and payload
     */
    void onPacketSent(long nowNanos, long transportSequence, int sizeBytes);

    /** Transport-wide feedback came; {@code report} is borrowed for the call. Reports may repeat, overlap or miss. */
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

    /** The limits changed; the target follows at once. */
    void onLimits(long nowNanos, RateLimits limits);

    /** What the encoder should spend, headers included, within the limits. */
    long targetBps();

    /** How fast the pacer may send; at least the target. */
    long pacingBps();

    /** When {@link #onDeadline} wants to be called, or {@link Long#MAX_VALUE} for never. */
    long nextDeadlineNanos();

    /** The deadline passed, or, harmlessly, has not quite. */
    void onDeadline(long nowNanos);

    /** For a successor; callable at any time before close. */
    RateSnapshot snapshot();

    @Override
    void close();
}
