package revcam.engine.libwebrtc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;

class OfferTest {

    private static final String BROWSER = String.join("\r\n",
            "v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100 102 103 104 105 45 46",
            "c=IN IP4 0.0.0.0", "a=mid:0", "a=recvonly",
            "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack pli", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
            "a=rtpmap:98 VP9/90000", "a=fmtp:98 profile-id=0", "a=rtpmap:99 rtx/90000", "a=fmtp:99 apt=98",
            "a=rtpmap:100 VP9/90000", "a=fmtp:100 profile-id=2",
            "a=rtpmap:102 H264/90000", "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
            "a=rtpmap:103 H264/90000", "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f",
            "a=rtpmap:104 H264/90000", "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
            "a=rtpmap:105 rtx/90000", "a=fmtp:105 apt=104",
            "a=rtpmap:45 AV1/90000", "a=fmtp:45 level-idx=5;profile=0;tier=0", "a=rtpmap:46 rtx/90000", "a=fmtp:46 apt=45",
            "");

    @Test
    void oneCodecAndItsRetransmissionsAreLeft() throws NegotiationException {
        Offer vp8 = Offer.of(BROWSER, List.of("VP8", "H264"), 1000);
        assertEquals("VP8", vp8.codec());
        assertTrue(vp8.sdp().contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"), vp8.sdp());
        assertTrue(vp8.sdp().contains("a=rtcp-fb:96 nack pli\r\n"), vp8.sdp());
        assertTrue(vp8.sdp().contains("a=fmtp:97 apt=96\r\n"), vp8.sdp());
        assertFalse(vp8.sdp().contains(":98 "), vp8.sdp());
        assertTrue(vp8.sdp().contains("a=mid:0\r\na=recvonly\r\n"), vp8.sdp());
    }

    @Test
    void requestsForFeedbackAreNotAgreedTo() throws NegotiationException {
        String first = "a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n";
        String second = "a=extmap:12 http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02\r\n";
        String sdp = Offer.of(BROWSER + first + second, List.of("VP8"), 1000).sdp();
        assertTrue(sdp.contains(first), sdp);
        assertFalse(sdp.contains("transport-wide-cc-02"), sdp);
    }

    @Test
    void sendingBeginsWithTheConfiguredRateWhetherOrNotThereAreParameters() throws NegotiationException {
        assertTrue(Offer.of(BROWSER, List.of("VP8"), 1000).sdp().contains("a=fmtp:96 x-google-start-bitrate=1000\r\n"));
        assertTrue(Offer.of(BROWSER, List.of("AV1"), 700).sdp()
                .contains("a=fmtp:45 level-idx=5;profile=0;tier=0;x-google-start-bitrate=700\r\n"));
    }

    @Test
    void whatTheEncodersCannotMakeIsPassedOver() throws NegotiationException {
        assertTrue(Offer.of(BROWSER, List.of("H264"), 1000).sdp().contains("SAVPF 104 105\r\n"));
        assertTrue(Offer.of(BROWSER, List.of("VP9"), 1000).sdp().contains("SAVPF 98 99\r\n"));
        NegotiationException refused = assertThrows(NegotiationException.class,
                () -> Offer.of(BROWSER.replace("profile-level-id=42e01f", "profile-level-id=4d001f"), List.of("H264"), 1));
        assertEquals(Reason.NOT_ACCEPTABLE, refused.reason());
        assertTrue(refused.getMessage().contains("AV1, H264, RTX, VP8, VP9"), refused.getMessage());
    }

    @Test
    void whatIsNoOfferOfOneVideoIsRefused() {
        assertEquals(Reason.MALFORMED, refusal("nonsense"));
        assertEquals(Reason.MALFORMED, refusal(""));
        assertEquals(Reason.MALFORMED, refusal("v=0\r\ns=-\r\n"));
        assertEquals(Reason.NOT_ACCEPTABLE, refusal(BROWSER + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
        assertEquals(Reason.NOT_ACCEPTABLE, refusal("v=0\r\nm=video 9\r\n"));
    }

    private static Reason refusal(String sdp) {
        return assertThrows(NegotiationException.class, () -> Offer.of(sdp, List.of("VP8"), 1000)).reason();
    }
}
