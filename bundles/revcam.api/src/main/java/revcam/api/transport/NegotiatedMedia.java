package revcam.api.transport;

/**
 * What offer and answer agreed on for the one video section. Payload types are -1, extension ids 0, and {@code mid} is
 * empty where not agreed.
 *
 * @param payloadType of the media
 * @param rtxPayloadType of retransmissions (RFC 4588)
 * @param midExtension id of {@code urn:ietf:params:rtp-hdrext:sdes:mid} (RFC 9143)
 * @param mid value for that extension
 * @param transportSequenceExtension id of transport-wide-cc's sequence number
 * @param feedbackRequests that is the extension's second version (transport-wide-cc-02), with which packets ask for feedback;
 *     it does not come by itself then
 * @param absSendTimeExtension id of abs-send-time
 * @param playoutDelayExtension id of playout-delay
 * @param nack generic NACK (RFC 4585)
 * @param pli picture loss indication (RFC 4585)
 * @param fir full intra request (RFC 5104)
 * @param remb receiver estimated maximum bitrate
 * @param congestionFeedback congestion control feedback (RFC 8888); never beside transport-wide-cc
 * @param reducedSizeRtcp RTCP need not be compound (RFC 5506)
 */
public record NegotiatedMedia(
        int payloadType,
        int rtxPayloadType,
        int midExtension,
        String mid,
        int transportSequenceExtension,
        boolean feedbackRequests,
        int absSendTimeExtension,
        int playoutDelayExtension,
        boolean nack,
        boolean pli,
        boolean fir,
        boolean remb,
        boolean congestionFeedback,
        boolean reducedSizeRtcp) {}
