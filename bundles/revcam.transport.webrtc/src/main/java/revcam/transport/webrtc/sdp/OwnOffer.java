package revcam.transport.webrtc.sdp;

import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Fingerprint;

/**
 * Writes our offer to a peer that answers (RFC 8829, section 5.2.1): one video section that is only sent, with everything that
 * an answer of ours could agree to. Either side may begin DTLS.
 */
public final class OwnOffer extends DescriptionWriter {

    static final String MID = "0";
    private static final int PAYLOAD_TYPE = 96;
    private static final int RTX_PAYLOAD_TYPE = 97;

    private OwnOffer() {}

    public static String of(TransportRequest request, Answer.Ice ice, Fingerprint fingerprint) {
        return new OwnOffer().offer(request, ice, fingerprint).toString();
    }

    /** By which the offer numbers an extension. */
    static int id(HeaderExtension extension) {
        return extension.ordinal() + 1;
    }

    private OwnOffer offer(TransportRequest request, Answer.Ice ice, Fingerprint fingerprint) {
        session();
        line("a=group:BUNDLE " + MID);
        line("a=msid-semantic: WMS *");
        iceOptions(ice);
        line("m=video " + DISCARD_PORT + " UDP/TLS/RTP/SAVPF " + PAYLOAD_TYPE + ' ' + RTX_PAYLOAD_TYPE);
        line(NO_ADDRESS);
        line("a=rtcp:" + DISCARD_PORT + " IN IP4 0.0.0.0");
        ice(ice);
        line("a=fingerprint:" + fingerprint);
        line("a=setup:actpass");
        line("a=mid:" + MID);
        for (HeaderExtension extension : HeaderExtension.values()) {
            // A server that forwards packets has no reason to answer requests, and would not report by itself any more.
            if (extension != HeaderExtension.TRANSPORT_SEQUENCE_2) {
                extension(id(extension), extension);
            }
        }
        line("a=sendonly");
        String msid = token(request.stream()) + " video";
        line("a=msid:" + msid);
        line("a=rtcp-mux");
        // RFC 8858: there is no second port to fall back to.
        line("a=rtcp-mux-only");
        line("a=rtcp-rsize");
        codecs(request.format());
        sources(request, msid, true);
        return this;
    }

    private void codecs(RtpFormat format) {
        line("a=rtpmap:" + PAYLOAD_TYPE + ' ' + format.encodingName() + '/' + format.clockRateHz());
        for (String type : new String[] {"goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"}) {
            feedback(PAYLOAD_TYPE, true, type);
        }
        parameters(PAYLOAD_TYPE, CodecChoice.offerParameters(format));
        retransmission(RTX_PAYLOAD_TYPE, format.clockRateHz(), PAYLOAD_TYPE);
    }
}
