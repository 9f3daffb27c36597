package revcam.engine.libwebrtc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.transport.NegotiationException;

/** Whatever a viewer posts is refused in words, or becomes an offer of one video section in one codec. */
class OfferFuzzTest {

    private static final List<String> CODECS = List.of("AV1", "VP9", "VP8", "H264");

    static Stream<byte[]> offers() {
        return Stream.of("""
                v=0
                o=- 1 2 IN IP4 127.0.0.1
                s=-
                t=0 0
                m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 45
                c=IN IP4 0.0.0.0
                a=mid:0
                a=recvonly
                a=rtpmap:96 VP8/90000
                a=rtcp-fb:96 nack pli
                a=rtpmap:97 rtx/90000
                a=fmtp:97 apt=96
                a=rtpmap:98 VP9/90000
                a=fmtp:98 profile-id=2
                a=rtpmap:99 H264/90000
                a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
                a=rtpmap:45 AV1/90000
                """, "v=0\nm=video 9\na=rtpmap:9 VP8/90000\n").map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("offers")
    @FuzzTest(maxDuration = "5m")
    void offer(byte[] data) {
        try {
            Offer offer = Offer.of(new String(data, StandardCharsets.UTF_8), CODECS, 1500);
            assertTrue(CODECS.contains(offer.codec()));
            assertEquals(1, offer.sdp().lines().filter(line -> line.startsWith("m=")).count());
        } catch (NegotiationException e) {
            assertNotNull(e.getMessage());
        }
    }
}
