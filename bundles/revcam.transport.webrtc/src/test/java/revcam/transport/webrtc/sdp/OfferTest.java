package revcam.transport.webrtc.sdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import revcam.api.connectivity.IceCredentials;
import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Fingerprint;

class OfferTest {

    private static final String CHROMIUM = resource("chromium-video.sdp");
    private static final RtpFormat BASELINE = h264("42c01f");
    private static final Answer.Ice ICE = new Answer.Ice(
            new IceCredentials("ufragABC", "passwordPasswordPassword"), true,
            List.of("1 1 udp 2130706431 192.0.2.1 8189 typ host"));

    @Test
    void choosesThePayloadTypeOfTheStreamsOwnProfile() throws Exception {
        assertEquals(108, PeerDescription.offer(CHROMIUM, h264("42c01f")).media().payloadType());
        assertEquals(108, PeerDescription.offer(CHROMIUM, h264("42e02a")).media().payloadType(),
                "a higher level is no reason to refuse");
        assertEquals(102, PeerDescription.offer(CHROMIUM, h264("42001f")).media().payloadType());
        assertEquals(116, PeerDescription.offer(CHROMIUM, h264("4d0028")).media().payloadType());
        String withoutConstrained = CHROMIUM.replace("profile-level-id=42e01f", "profile-level-id=f4001f");
        assertEquals(102, PeerDescription.offer(withoutConstrained, h264("42c01f")).media().payloadType(), "Baseline includes it");
    }

    @Test
    void namesWhatIsOfferedAndWhatThereIsWhenNothingFits() {
        NegotiationException refused = refused(CHROMIUM, h264("640028"));
        assertEquals(Reason.NOT_ACCEPTABLE, refused.reason());
        assertTrue(refused.getMessage().contains("H264 640028 mode 1"), refused.getMessage());
        assertTrue(refused.getMessage().contains("VP8"), refused.getMessage());
        assertTrue(refused.getMessage().contains("H264 42e01f mode 1"), refused.getMessage());
        assertEquals(Reason.NOT_ACCEPTABLE,
                refused(CHROMIUM.replace("packetization-mode=1", "packetization-mode=0"), BASELINE).reason());
    }

    @Test
    void agreesOnEverythingThatChromiumOffers() throws Exception {
        assertEquals(
                new NegotiatedMedia(108, 109, 9, "0", 4, false, 2, 5, true, true, true, true, false, true),
                PeerDescription.offer(CHROMIUM, BASELINE).media());
    }

    /** What our page adds to Chromium's offer; libwebrtc takes the second version wherever it is offered. */
    @Test
    void theVersionWithRequestsForFeedbackIsPreferredWhereItIsOffered() throws Exception {
        String second = "http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02";
        String both = CHROMIUM.replaceFirst("(a=extmap:4 [^\r]*\r\n)", "$1a=extmap:13 " + second + "\r\n");
        assertEquals(new NegotiatedMedia(108, 109, 9, "0", 13, true, 2, 5, true, true, true, true, false, true),
                PeerDescription.offer(both, BASELINE).media());
        String answer = answer(both, BASELINE);
        assertTrue(answer.contains("a=extmap:13 " + second + "\r\n"), answer);
        assertTrue(answer.contains("a=rtcp-fb:108 transport-cc\r\n"), answer);
        assertFalse(answer.contains("transport-wide-cc-extensions-01"), answer);

        String without = both.replaceAll("a=rtcp-fb:\\d+ transport-cc\r\n", "");
        assertFalse(PeerDescription.offer(without, BASELINE).media().feedbackRequests(), "nobody would answer");
        assertFalse(PeerDescription.offer(both.replace("extmap:13", "extmap:15"), BASELINE).media().feedbackRequests(),
                "no room in a one-byte header");
    }

    @Test
    void congestionFeedbackIsForOffersWithoutTransportWideCongestionControl() throws Exception {
        String both = CHROMIUM + "a=rtcp-fb:* ack ccfb\r\n";
        assertFalse(PeerDescription.offer(both, BASELINE).media().congestionFeedback(), "one of those that say the same");
        assertFalse(answer(both, BASELINE).contains("ccfb"));

        String alone = both.replaceAll("a=rtcp-fb:\\d+ transport-cc\r\n", "");
        assertEquals(new NegotiatedMedia(108, 109, 9, "0", 0, false, 2, 5, true, true, true, true, true, true),
                PeerDescription.offer(alone, BASELINE).media());
        assertEquals(List.of("108 goog-remb", "108 ccm fir", "108 nack", "108 nack pli", "* ack ccfb"),
                SessionDescription.parse(answer(alone, BASELINE)).media().get(0).attributes("rtcp-fb"));

        String unnumbered = both.replaceAll("a=extmap:4 .*\r\n", "");
        assertTrue(PeerDescription.offer(unnumbered, BASELINE).media().congestionFeedback(), "transport-cc cannot be had");
        assertFalse(answer(unnumbered, BASELINE).contains("transport-cc"));
    }

    @Test
    void congestionFeedbackIsAnsweredInTheOffersSpelling() throws Exception {
        String offer = CHROMIUM.replaceAll("transport-cc\r\n", "ack ccfb\r\n");
        assertTrue(PeerDescription.offer(offer, BASELINE).media().congestionFeedback());
        assertEquals(List.of("108 ack ccfb"), congestionFeedback(answer(offer, BASELINE), 0));
        assertEquals(List.of("108 ack ccfb", "109 ack ccfb"),
                congestionFeedback(answer(offer + "a=rtcp-fb:109 ack ccfb\r\n", BASELINE), 0));

        assertFalse(PeerDescription.offer(offer.replace("a=rtcp-fb:108 ack ccfb\r\n", ""), BASELINE).media().congestionFeedback(),
                "other payload types are no concern of this stream");
        for (String other : List.of("ack", "ack ccfbx", "ack  ccfb", "nack ccfb", "ccfb")) {
            assertFalse(PeerDescription.offer(offer.replaceAll("ack ccfb\r\n", other + "\r\n"), BASELINE).media()
                    .congestionFeedback(), other);
        }
    }

    @Test
    void congestionFeedbackIsAgreedOnInTheSectionThatLeadsTheBundleToo() throws Exception {
        String offer = resource("chromium-max-bundle.sdp").replaceAll("a=rtcp-fb:\\d+ transport-cc\r\n", "")
                .replaceAll("a=rtcp-mux\r\n", "a=rtcp-mux\r\na=rtcp-fb:* ack ccfb\r\n");
        String answer = answer(offer, BASELINE);
        assertEquals(List.of("* ack ccfb"), congestionFeedback(answer, 0));
        assertEquals(List.of("* ack ccfb"), congestionFeedback(answer, 1));
        String video = answer(offer.replaceFirst("a=rtcp-fb:\\* ack ccfb\r\n", ""), BASELINE);
        assertEquals(List.of(), congestionFeedback(video, 0), "it is not offered there");
        assertEquals(List.of("* ack ccfb"), congestionFeedback(video, 1));
    }

    private static List<String> congestionFeedback(String answer, int section) throws NegotiationException {
        return SessionDescription.parse(answer).media().get(section).attributes("rtcp-fb").stream()
                .filter(value -> value.endsWith("ccfb")).toList();
    }

    @Test
    void takesOtherCodecs() throws Exception {
        RtpFormat vp8 = new RtpFormat("VP8", 90000, Map.of(), 640, 480);
        assertEquals(96, PeerDescription.offer(CHROMIUM, vp8).media().payloadType());
        RtpFormat vp9 = new RtpFormat("VP9", 90000, Map.of("profile-id", "2"), 640, 480);
        assertEquals(100, PeerDescription.offer(CHROMIUM, vp9).media().payloadType());
        assertTrue(answer(CHROMIUM, vp8).contains("a=rtpmap:96 VP8/90000\r\n"));
    }

    @Test
    void readsTheTransport() throws Exception {
        PeerDescription offer = PeerDescription.offer(CHROMIUM, BASELINE);
        assertEquals(SessionDescription.parse(CHROMIUM).media().get(0).attribute("ice-ufrag"),
                offer.credentials().ufrag());
        assertEquals(1, offer.fingerprints().size());
        assertEquals("sha-256", offer.fingerprints().get(0).algorithm());
        assertFalse(offer.weBegin());
        assertFalse(offer.iceLite());
        assertTrue(offer.candidates().stream().allMatch(candidate -> candidate.contains(".local ")), "mDNS only");
        assertTrue(PeerDescription.offer(CHROMIUM.replace("a=setup:actpass", "a=setup:passive"), BASELINE).weBegin());
    }

    @Test
    void takesTheTransportFromTheSessionOrTheBundlesLeader() throws Exception {
        String all = resource("chromium-max-bundle.sdp");
        IceCredentials expected = PeerDescription.offer(all, BASELINE).credentials();
        int video = all.indexOf("m=video");
        String bundleOnly = all.substring(0, video)
                + all.substring(video)
                        .replaceAll("a=(ice-ufrag|ice-pwd|fingerprint|setup):.*\r\n", "")
                        .replace("m=video 9", "m=video 0")
                        .replace("a=mid:1\r\n", "a=mid:1\r\na=bundle-only\r\n");
        assertEquals(expected, PeerDescription.offer(bundleOnly, BASELINE).credentials());

        String session = CHROMIUM.replaceAll("a=(ice-ufrag|ice-pwd|fingerprint|setup):.*\r\n", "")
                .replace("t=0 0\r\n", "t=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
                        + "a=setup:active\r\n"
                        + "a=fingerprint:sha-256 " + "AB:".repeat(31) + "AB\r\n");
        assertEquals("abcd", PeerDescription.offer(session, BASELINE).credentials().ufrag());
    }

    @Test
    void theAnswerSaysWhatTheStreamReallyIs() throws Exception {
        SessionDescription answer = SessionDescription.parse(answer(CHROMIUM, h264("42c028")));
        MediaSection video = answer.media().get(0);
        assertEquals(List.of("108", "109"), video.formats());
        assertEquals(9, video.port());
        assertEquals("UDP/TLS/RTP/SAVPF", video.protocol());
        assertEquals(List.of("108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c028",
                        "109 apt=108"),
                video.attributes("fmtp"));
        assertEquals(List.of("108 H264/90000", "109 rtx/90000"), video.attributes("rtpmap"));
        assertEquals(List.of("108 goog-remb", "108 transport-cc", "108 ccm fir", "108 nack", "108 nack pli"),
                video.attributes("rtcp-fb"));
        assertEquals(4, video.attributes("extmap").size());
        assertEquals("passive", video.attribute("setup"));
        assertEquals("ufragABC", video.attribute("ice-ufrag"));
        assertEquals(ICE.candidates(), video.attributes("candidate"));
        assertEquals("BUNDLE 0", answer.attribute("group"));
        assertEquals("2 3", video.attribute("ssrc-group").substring(4));
        assertTrue(video.has("sendonly") && video.has("rtcp-mux") && video.has("rtcp-rsize"));
        assertTrue(answer.attribute("ice-lite") != null);
    }

    @Test
    void answersEverySectionInItsPlace() throws Exception {
        for (String name : List.of("chromium-all.sdp", "chromium-max-bundle.sdp")) {
            SessionDescription answer = SessionDescription.parse(answer(resource(name), BASELINE));
            assertEquals(List.of("audio", "video", "application"),
                    answer.media().stream().map(MediaSection::kind).toList());
            assertEquals(List.of("0", "1", "2"),
                    answer.media().stream().map(section -> section.attribute("mid")).toList());
            // The audio section leads the bundle, and its transport is video's.
            assertEquals("BUNDLE 0 1", answer.attribute("group"));
            MediaSection audio = answer.media().get(0);
            assertEquals(List.of("111"), audio.formats());
            assertEquals(List.of("111 opus/48000/2"), audio.attributes("rtpmap"));
            assertEquals(ICE.credentials().ufrag(), audio.attribute("ice-ufrag"));
            assertTrue(audio.port() != 0 && audio.has("inactive") && audio.has("rtcp-mux"));
            assertEquals(0, answer.media().get(2).port());
        }
    }

    @Test
    void refusesSectionsThatVideoDoesNotDependOn() throws Exception {
        String unbundled = resource("chromium-all.sdp").replaceAll("a=group:.*\r\n", "");
        SessionDescription answer = SessionDescription.parse(answer(unbundled, BASELINE));
        assertEquals(List.of(0, 9, 0), answer.media().stream().map(MediaSection::port).toList());
        assertEquals(null, answer.attribute("group"));
    }

    @Test
    void agreesOnNothingThatIsNotOffered() throws Exception {
        String bare = CHROMIUM.replaceAll("a=(rtcp-fb|extmap|mid|group|rtcp-rsize)[:-]?.*\r\n", "")
                .replaceAll("a=fmtp:109.*\r\n", "");
        assertEquals(
                new NegotiatedMedia(108, -1, 0, "", 0, false, 0, 0, false, false, false, false, false, false),
                PeerDescription.offer(bare, BASELINE).media());
        SessionDescription answer = SessionDescription.parse(answer(bare, BASELINE));
        assertEquals(List.of("108"), answer.media().get(0).formats());
        assertEquals(null, answer.attribute("group"));
        assertEquals(null, answer.media().get(0).attribute("mid"));
        assertEquals(0, PeerDescription.offer(CHROMIUM.replace("a=rtcp-fb:108 transport-cc\r\n", ""), BASELINE)
                .media().transportSequenceExtension(), "the extension without the feedback is of no use");
        assertEquals(0, PeerDescription.offer(CHROMIUM.replace("a=extmap:4 ", "a=extmap:15 "), BASELINE)
                .media().transportSequenceExtension(), "no room in a one-byte header");
    }

    @Test
    void saysWhatIsMissing() {
        assertRefused(Reason.NOT_ACCEPTABLE, "recvonly", CHROMIUM.replace("a=recvonly", "a=sendonly"));
        assertRefused(Reason.NOT_ACCEPTABLE, "recvonly", CHROMIUM.replace("a=recvonly", "a=inactive"));
        assertRefused(Reason.NOT_ACCEPTABLE, "rtcp-mux", CHROMIUM.replace("a=rtcp-mux\r\n", ""));
        assertRefused(Reason.NOT_ACCEPTABLE, "no video", CHROMIUM.replace("m=video", "m=audio"));
        assertRefused(Reason.NOT_ACCEPTABLE, "disabled", CHROMIUM.replace("m=video 9", "m=video 0"));
        assertRefused(Reason.NOT_ACCEPTABLE, "SAVPF", CHROMIUM.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"));
        assertRefused(Reason.NOT_ACCEPTABLE, "fingerprint", CHROMIUM.replaceAll("a=fingerprint:.*\r\n", ""));
        assertRefused(Reason.NOT_ACCEPTABLE, "fingerprint",
                CHROMIUM.replaceAll("a=fingerprint:sha-256", "a=fingerprint:sha-1"));
        assertRefused(Reason.NOT_ACCEPTABLE, "setup", CHROMIUM.replace("a=setup:actpass", "a=setup:holdconn"));
        assertRefused(Reason.MALFORMED, "32 bytes", CHROMIUM.replaceAll("(a=fingerprint:sha-256 ..):", "$1"));
        assertRefused(Reason.MALFORMED, "setup", CHROMIUM.replace("a=setup:actpass\r\n", ""));
        assertRefused(Reason.MALFORMED, "ice-ufrag", CHROMIUM.replaceAll("a=ice-ufrag:.*\r\n", "a=ice-ufrag:a b\r\n"));
        assertRefused(Reason.MALFORMED, "ice-pwd", CHROMIUM.replaceAll("a=ice-pwd:.*\r\n", "a=ice-pwd:short\r\n"));
        assertRefused(Reason.MALFORMED, "mid", CHROMIUM.replace("a=mid:0", "a=mid:0 1"));
    }

    @Test
    void saysWhereItIsNoSdp() {
        assertRefused(Reason.MALFORMED, "line 1", "");
        assertRefused(Reason.MALFORMED, "line 1", "{\"sdp\": \"v=0\"}");
        assertRefused(Reason.MALFORMED, "line 2", "v=0\r\no=- 1\r\n");
        assertRefused(Reason.MALFORMED, "too short", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n");
        assertRefused(Reason.MALFORMED, "line 5", CHROMIUM.replace("a=group", "\u0000=group"));
        assertRefused(Reason.MALFORMED, "line 8", CHROMIUM.replace("m=video 9", "m=video 65536"));
        assertRefused(Reason.MALFORMED, "misplaced", CHROMIUM.replace("a=recvonly", "t=0 0"));
        assertRefused(Reason.MALFORMED, "lines", CHROMIUM + "a=x\r\n".repeat(3000));
        assertRefused(Reason.MALFORMED, "characters", CHROMIUM + "a=" + "x".repeat(70_000) + "\r\n");
        assertRefused(Reason.MALFORMED, "media sections", CHROMIUM + "m=audio 9 RTP/AVP 0\r\n".repeat(40));
    }

    @Test
    void takesBareLineFeeds() throws Exception {
        assertEquals(108, PeerDescription.offer(CHROMIUM.replace("\r\n", "\n"), BASELINE).media().payloadType());
    }

    @Test
    void hostileOffersAreRefusedOrAnsweredWell() throws Exception {
        Random random = new Random(8866);
        String[] sources = {CHROMIUM, resource("chromium-all.sdp"), resource("chromium-max-bundle.sdp")};
        int answered = 0;
        for (int round = 0; round < 3_000; round++) {
            StringBuilder text = new StringBuilder(sources[round % sources.length]);
            for (int change = random.nextInt(6); change >= 0; change--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(5)) {
                    case 0 -> text.setCharAt(at, (char) random.nextInt(256));
                    case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(40)));
                    case 2 -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(200))));
                    case 3 -> text.insert(at, random.nextBoolean() ? "\r\n" : "-1");
                    default -> text.setCharAt(at, "0123456789=:/ ;,*".charAt(random.nextInt(17)));
                }
            }
            try {
                SessionDescription answer = SessionDescription.parse(answer(text.toString(), BASELINE));
                assertEquals(1, answer.media().stream().filter(section -> section.has("sendonly")).count());
                answered++;
            } catch (NegotiationException e) {
                assertTrue(e.getMessage().length() < 2000);
            }
        }
        assertTrue(answered > 300, "most changes do not matter: " + answered);
    }

    @Test
    void readsFragments() throws Exception {
        IceFragment restart = IceFragment.read("""
                a=ice-options:trickle ice2\r
                a=group:BUNDLE 0 1\r
                m=audio 9 UDP/TLS/RTP/SAVPF 111\r
                a=mid:0\r
                a=ice-ufrag:ysXw\r
                a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r
                a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r
                a=end-of-candidates\r
                """, "1");
        assertEquals(new IceCredentials("ysXw", "vw5LmwG4y/e6dPP/zAP9Gp5k"), restart.credentials());
        assertEquals(List.of("1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0"),
                restart.candidates());

        IceFragment trickle = IceFragment.read("m=video 9 X 0\na=mid:0\n" + "a=candidate:x\n".repeat(100), "0");
        assertEquals(null, trickle.credentials());
        assertEquals(32, trickle.candidates().size());

        for (String wrong : List.of("rubbish", "a=ice-ufrag:ysXw\r\n", "a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n",
                "m=video\r\n", "a=x\r\n".repeat(3000))) {
            assertEquals(Reason.MALFORMED,
                    assertThrows(NegotiationException.class, () -> IceFragment.read(wrong, "0")).reason());
        }
    }

    @Test
    void namesFromConfigurationCannotBreakTheAnswer() throws Exception {
        TransportRequest request =
                new TransportRequest(CHROMIUM, BASELINE, "front door\r\na=evil:1", "c name\n", -1, 3);
        String answer = Answer.to(PeerDescription.offer(CHROMIUM, BASELINE), request, ICE, Fingerprint.sha256(new byte[1]));
        assertFalse(answer.contains("\r\na=evil"));
        assertTrue(answer.contains("a=ssrc:4294967295 cname:c_name_\r\n"));
    }

    private static void assertRefused(Reason reason, String message, String sdp) {
        NegotiationException refused = refused(sdp, BASELINE);
        assertEquals(reason, refused.reason(), refused.getMessage());
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
    }

    private static NegotiationException refused(String sdp, RtpFormat format) {
        return assertThrows(NegotiationException.class, () -> PeerDescription.offer(sdp, format));
    }

    private static String answer(String offer, RtpFormat format) throws NegotiationException {
        return Answer.to(PeerDescription.offer(offer, format), new TransportRequest(offer, format, "main", "cam", 2, 3), ICE,
                Fingerprint.sha256(new byte[1]));
    }

    private static RtpFormat h264(String profileLevelId) {
        return new RtpFormat("H264", 90000,
                Map.of("packetization-mode", "1", "profile-level-id", profileLevelId), 1280, 720);
    }

    private static String resource(String name) {
        try (InputStream in = OfferTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\n", "\r\n");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
