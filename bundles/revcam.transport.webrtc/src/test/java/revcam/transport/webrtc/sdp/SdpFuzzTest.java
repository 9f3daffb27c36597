package revcam.transport.webrtc.sdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.connectivity.IceCredentials;
import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Fingerprint;

/** Whatever a viewer posts or patches is refused in words, or answered with what its own parser takes. */
class SdpFuzzTest {

    private static final RtpFormat BASELINE = new RtpFormat("H264", 90_000,
            Map.of("packetization-mode", "1", "profile-level-id", "42c01f", "level-asymmetry-allowed", "1"), 1280, 720);
    private static final Answer.Ice ICE = new Answer.Ice(
            new IceCredentials("ufragABC", "passwordPasswordPassword"), true,
            List.of("1 1 udp 2130706431 192.0.2.1 8189 typ host"));
    private static final Fingerprint FINGERPRINT = new Fingerprint("sha-256", new byte[32]);

    static Stream<byte[]> offers() throws IOException {
        return Stream.of(resource("chromium-video.sdp"), resource("chromium-max-bundle.sdp"), resource("chromium-all.sdp"));
    }

    @MethodSource("offers")
    @FuzzTest(maxDuration = "5m")
    void offer(byte[] data) throws NegotiationException {
        PeerDescription offer;
        try {
            offer = PeerDescription.offer(text(data), BASELINE);
        } catch (NegotiationException e) {
            assertNotNull(e.getMessage());
            return;
        }
        NegotiatedMedia media = offer.media();
        assertTrue(media.payloadType() >= 0 && media.payloadType() <= 127);
        assertTrue(media.rtxPayloadType() >= -1 && media.rtxPayloadType() <= 127);
        for (int id : new int[] {media.midExtension(), media.transportSequenceExtension(), media.absSendTimeExtension(),
                media.playoutDelayExtension()}) {
            assertTrue(id >= 0 && id <= 14);
        }
        assertTrue(offer.candidates().size() <= IceDescription.MAX_CANDIDATES);
        assertTrue(!offer.fingerprints().isEmpty());

        SessionDescription answer = SessionDescription.parse(
                Answer.to(offer, new TransportRequest("", BASELINE, "front yard", "cname", 1, 2), ICE, FINGERPRINT));
        assertEquals(offer.session().media().size(), answer.media().size(), "every section is answered");
        for (int i = 0; i < answer.media().size(); i++) {
            assertEquals(offer.session().media().get(i).kind(), answer.media().get(i).kind());
            assertEquals(offer.session().media().get(i).attribute("mid"), answer.media().get(i).attribute("mid"));
        }
        IceFragment restarted = IceFragment.read(Answer.fragment(offer, ICE), media.mid());
        assertEquals(ICE.credentials(), restarted.credentials());
        assertEquals(ICE.candidates(), restarted.candidates());
    }

    static Stream<byte[]> answers() {
        String offer = OwnOffer.of(new TransportRequest("", BASELINE, "front yard", "cname", 1, 2), ICE, FINGERPRINT);
        return Stream.of(OwnOfferTest.ANSWER, offer.replace("a=sendonly", "a=recvonly").replace("actpass", "passive"), offer)
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    /** What a server answers to our offer. */
    @MethodSource("answers")
    @FuzzTest(maxDuration = "5m")
    void answer(byte[] data) {
        PeerDescription peer;
        try {
            peer = PeerDescription.answer(text(data), BASELINE);
        } catch (NegotiationException e) {
            assertNotNull(e.getMessage());
            return;
        }
        NegotiatedMedia media = peer.media();
        assertTrue(media.payloadType() >= 0 && media.payloadType() <= 127);
        assertTrue(media.rtxPayloadType() >= -1 && media.rtxPayloadType() <= 127);
        assertTrue(List.of(0, 1).contains(media.midExtension()));
        assertTrue(List.of(0, 2).contains(media.transportSequenceExtension()));
        assertTrue(List.of(0, 3).contains(media.absSendTimeExtension()));
        assertTrue(List.of(0, 4).contains(media.playoutDelayExtension()));
        assertTrue(!media.congestionFeedback());
        assertTrue(peer.candidates().size() <= IceDescription.MAX_CANDIDATES);
        assertTrue(!peer.fingerprints().isEmpty());
    }

    static Stream<byte[]> fragments() {
        return Stream.of("""
                a=ice-ufrag:EsAw
                a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
                m=audio 9 RTP/AVP 0
                a=mid:0
                a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1
                a=candidate:3471623853 1 udp 2122194687 2001:db8::1 61765 typ host generation 0 ufrag EsAw network-id 2
                a=end-of-candidates
                """, "a=candidate:1 1 udp 1 4a8bb3d4.local 9 typ host\r\n").map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("fragments")
    @FuzzTest(maxDuration = "5m")
    void fragment(byte[] data) {
        try {
            IceFragment fragment = IceFragment.read(text(data), "0");
            assertTrue(fragment.candidates().size() <= IceDescription.MAX_CANDIDATES);
        } catch (NegotiationException e) {
            assertNotNull(e.getMessage());
        }
    }

    static Stream<byte[]> fingerprints() {
        return Stream.of("sha-256 " + "0A:".repeat(31) + "ff", "SHA-512 " + "00:".repeat(63) + "00", "sha-1 00")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("fingerprints")
    @FuzzTest(maxDuration = "5m")
    void fingerprint(byte[] data) {
        try {
            Fingerprint read = Fingerprint.parse(text(data));
            if (read != null) {
                assertTrue(read.hash().length >= 32);
                assertEquals(text(data).toLowerCase(java.util.Locale.ROOT), read.toString().toLowerCase(java.util.Locale.ROOT));
            }
        } catch (IllegalArgumentException e) {
            assertNotNull(e.getMessage());
        }
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = SdpFuzzTest.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }
}
