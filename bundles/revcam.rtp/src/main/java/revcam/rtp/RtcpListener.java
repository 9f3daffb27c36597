package revcam.rtp;

/** What {@link RtcpReader} finds, in the packet's order. SSRCs are to be compared, not ordered. */
public interface RtcpListener {

    /** Why the rest of a packet was dropped. */
    enum Defect {
        /** It ends before its length field says. */
        TRUNCATED,
        /** Not RTP version 2. */
        VERSION,
        /** More padding than content, or none where some was announced. */
        PADDING,
        /** Too short for what its type must hold. */
        TOO_SHORT,
        /**
         * Transport-wide feedback with a reserved packet status, or whose statuses, deltas and count disagree; congestion
         * control feedback that its blocks do not fill.
         */
        FEEDBACK,
        /**
         * Transport-wide feedback on more packets than {@link TransportFeedback#CAPACITY}; congestion control feedback on
         * more than 16384 of one stream (RFC 8888, section 3.1).
         */
        FEEDBACK_TOO_LONG,
        /** More than {@link RtcpReader#MAX_NACKS} sequence numbers at once. */
        TOO_MANY_NACKS
    }

    /**
     * One report block of a sender or receiver report (RFC 3550, section 6.4).
     *
     * @param senderSsrc who reports
     * @param sourceSsrc on whom
     * @param lossFraction of packets since the report before, 0 to 1
     * @param cumulativeLost since the beginning; negative after duplicates
     * @param extendedHighestSequence highest sequence number received, with its count of wraps above the low 16 bits
     * @param jitterRtp interarrival jitter in RTP timestamp units
     * @param lastSr middle 32 bits of the NTP timestamp of the last sender report received, 0 for none
     * @param delaySinceLastSr time since that one, 1/65536 s
     */
    default void onReceiverReport(
            int senderSsrc,
            int sourceSsrc,
            double lossFraction,
            int cumulativeLost,
            long extendedHighestSequence,
            long jitterRtp,
            int lastSr,
            long delaySinceLastSr) {}

    /**
     * The sender part of a sender report (RFC 3550, section 6.4.1).
     *
     * @param ntp NTP timestamp, 32.32 fixed point seconds since 1900
     * @param rtpTimestamp the same moment on the media clock
     */
    default void onSenderReport(int senderSsrc, long ntp, int rtpTimestamp, long packets, long octets) {}

    /** One lost packet of a generic NACK (RFC 4585, section 6.2.1). */
    default void onNack(int mediaSsrc, int sequence) {}

    /** Picture loss indication (RFC 4585, section 6.3.1). */
    default void onPli(int mediaSsrc) {}

    /**
     * One entry of a full intra request (RFC 5104, section 4.3.1).
     *
     * @param commandSequence 8 bits; a repeated number repeats the request before
     */
    default void onFir(int mediaSsrc, int commandSequence) {}

    /** Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03), bits per second. */
    default void onReceiverEstimate(long bps) {}

    /** Transport-wide feedback; {@code feedback} is borrowed for the call. */
    default void onTransportFeedback(TransportFeedback feedback) {}

    /** Congestion control feedback (RFC 8888); {@code feedback} is borrowed for the call. */
    default void onCongestionFeedback(CongestionFeedback feedback) {}

    /** One source of a BYE (RFC 3550, section 6.6). */
    default void onBye(int ssrc) {}

    /** The packet is not what it should be from here on; the rest of it is dropped. */
    default void onMalformed(Defect defect) {}
}
