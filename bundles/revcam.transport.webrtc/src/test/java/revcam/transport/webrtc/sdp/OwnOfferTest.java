package revcam.transport.webrtc.sdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import revcam.api.connectivity.IceCredentials;
import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Fingerprint;

/** Our offer, and what is read from the answers to it. */
class OwnOfferTest {

    private static final RtpFormat FORMAT = new RtpFormat("H264", 90_000,
            Map.of("packetization-mode", "1", "profile-level-id", "42c01f"), 1280, 720);
    private static final Answer.Ice ICE = new Answer.Ice(new IceCredentials("ufragABC", "passwordPasswordPassword"), true,
            List.of("1 1 udp 2130706431 192.0.2.1 8189 typ host"));

    /** As aiortc 1.4.0 answers it, but for the extensions that it leaves out. */
    static final String ANSWER = """
            v=0
            o=- 3900000000 3900000000 IN IP4 0.0.0.0
            s=-
            t=0 0
            a=group:BUNDLE 0
            a=msid-semantic:WMS *
            m=video 40000 UDP/TLS/RTP/SAVPF 96 97
            c=IN IP4 192.0.2.9
            a=recvonly
            a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
            a=extmap:2 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
            a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
            a=mid:0
            a=rtcp:9 IN IP4 0.0.0.0
            a=rtcp-mux
            a=rtpmap:96 H264/90000
            a=rtcp-fb:96 nack
            a=rtcp-fb:96 nack pli
            a=rtcp-fb:96 goog-remb
            a=rtcp-fb:96 transport-cc
            a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c01f
            a=rtpmap:97 rtx/90000
            a=fmtp:97 apt=96
            a=candidate:1 1 udp 2130706431 192.0.2.9 40000 typ host
            a=end-of-candidates
            a=ice-ufrag:peer
            a=ice-pwd:0123456789012345678901
            a=fingerprint:sha-256 2A:BD:64:ED:93:6D:B0:A2:4B:3B:45:CF:1A:FC:A9:7A:D4:C7:96:A8:69:1F:D0:43:85:A9:59:87:\
            FE:53:32:EC
            a=setup:active
            """.replace("\n", "\r\n");

    private static String offer() {
        return OwnOffer.of(new TransportRequest("", FORMAT, "front door\r\na=evil:1", "cam", -1, 3), ICE,
                Fingerprint.sha256(new byte[1]));
    }

    private static NegotiatedMedia agreed(String answer) throws NegotiationException {
        return PeerDescription.answer(answer, FORMAT).media();
    }

    private static void assertRefused(Reason reason, String message, String answer) {
        NegotiationException refused = assertThrows(NegotiationException.class, () -> agreed(answer));
        assertEquals(reason, refused.reason(), refused.getMessage());
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
    }

    @Test
    void offersAllThatAnAnswerOfOursCouldAgreeTo() throws Exception {
        String offer = offer();
        SessionDescription session = SessionDescription.parse(offer);
        assertEquals("BUNDLE 0", session.attribute("group"));
        assertTrue(session.attribute("ice-lite") != null);
        assertEquals(1, session.media().size());
        MediaSection video = session.media().get(0);
        assertEquals(List.of("96", "97"), video.formats());
        for (String name : List.of("sendonly", "rtcp-mux", "rtcp-mux-only", "rtcp-rsize", "end-of-candidates")) {
            assertTrue(video.has(name), name);
        }
        assertEquals("actpass", video.attribute("setup"), "RFC 9725 and RFC 5763: the answerer chooses");
        assertEquals(ICE.candidates(), video.attributes("candidate"));
        assertEquals(List.of("96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c01f", "97 apt=96"),
                video.attributes("fmtp"));
        assertEquals("FID 4294967295 3", video.attribute("ssrc-group"));
        assertFalse(offer.contains("\r\na=evil"));

        // Whoever wants all of it gets all of it.
        String reversed = offer.replace("a=sendonly", "a=recvonly").replace("a=setup:actpass", "a=setup:passive");
        assertEquals(new NegotiatedMedia(96, 97, 1, "0", 2, false, 3, 4, true, true, true, true, false, true), agreed(reversed));
    }

    @Test
    void readsWhatTheAnswerAgreesTo() throws Exception {
        PeerDescription peer = PeerDescription.answer(ANSWER, FORMAT);
        assertEquals(new NegotiatedMedia(96, 97, 1, "0", 2, false, 3, 0, true, true, false, true, false, false), peer.media());
        assertEquals(new IceCredentials("peer", "0123456789012345678901"), peer.credentials());
        assertEquals(1, peer.candidates().size());
        assertFalse(peer.weBegin());
        assertFalse(peer.iceLite());
        assertTrue(PeerDescription.answer(ANSWER.replace("setup:active", "setup:passive"), FORMAT).weBegin());
    }

    @Test
    void theAnswerersPayloadTypesAreUsed() throws Exception {
        String renumbered = ANSWER.replace(" 96 97", " 102 103").replace(":96 ", ":102 ").replace(":97 ", ":103 ")
                .replace("apt=96", "apt=102");
        NegotiatedMedia media = agreed(renumbered);
        assertEquals(102, media.payloadType(), "RFC 3264, section 6.1");
        assertEquals(103, media.rtxPayloadType());
    }

    @Test
    void takesFeedbackAsPionWritesIt() throws Exception {
        NegotiatedMedia media = agreed(ANSWER.replace("96 nack\r\n", "96 nack \r\n").replace("goog-remb", "goog-remb ")
                .replace("transport-cc\r\n", "transport-cc \r\n"));
        assertTrue(media.nack() && media.remb(), media.toString());
        assertEquals(2, media.transportSequenceExtension());
    }

    @Test
    void takesNothingThatWasNotOffered() throws Exception {
        assertFalse(agreed(ANSWER.replace("96 transport-cc", "96 ack ccfb")).congestionFeedback());
        NegotiatedMedia renumbered = agreed(ANSWER.replace("extmap:2 ", "extmap:7 "));
        assertEquals(0, renumbered.transportSequenceExtension(), "RFC 8285, section 5");
        assertEquals(3, renumbered.absSendTimeExtension());
    }

    @Test
    void saysWhyAnAnswerIsOfNoUse() {
        assertRefused(Reason.NOT_ACCEPTABLE, "disabled", ANSWER.replace("m=video 40000", "m=video 0"));
        assertRefused(Reason.NOT_ACCEPTABLE, "inactive", ANSWER.replace("a=recvonly", "a=inactive"));
        assertRefused(Reason.NOT_ACCEPTABLE, "active or passive", ANSWER.replace("setup:active", "setup:actpass"));
        assertRefused(Reason.NOT_ACCEPTABLE, "no codec in common", ANSWER.replace("H264/90000", "VP8/90000"));
        assertRefused(Reason.NOT_ACCEPTABLE, "fingerprint", ANSWER.replaceAll("a=fingerprint:.*\r\n", ""));
        assertRefused(Reason.MALFORMED, "one section", ANSWER + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n");
        assertRefused(Reason.MALFORMED, "one section", ANSWER.replace("m=video", "m=audio"));
        assertRefused(Reason.MALFORMED, "ice-ufrag", ANSWER.replaceAll("a=ice-ufrag:.*\r\n", ""));
        assertRefused(Reason.MALFORMED, "line 1", "<html>");
    }
}
