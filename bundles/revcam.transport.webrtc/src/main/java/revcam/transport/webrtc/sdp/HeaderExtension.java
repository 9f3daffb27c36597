package revcam.transport.webrtc.sdp;

/** The RTP header extensions (RFC 8285) that a sender here can make use of. */
enum HeaderExtension {
    MID("urn:ietf:params:rtp-hdrext:sdes:mid"),
    TRANSPORT_SEQUENCE("http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
    ABS_SEND_TIME("http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
    PLAYOUT_DELAY("http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"),
    /** {@link #TRANSPORT_SEQUENCE} with requests for feedback; for viewers that offer it, see {@link OwnOffer}. */
    TRANSPORT_SEQUENCE_2("http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02");

    private final String uri;

    HeaderExtension(String uri) {
        this.uri = uri;
    }

    String uri() {
        return uri;
    }
}
