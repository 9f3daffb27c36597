package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportFactory;
import revcam.api.transport.TransportRequest;

/**
 * What every {@link TransportFactory} must hold, whatever path it takes: all but the path itself, for which it takes a
 * peer of its own kind.
 */
public abstract class TransportConformance {

    private static final RtpFormat FORMAT = new RtpFormat("H264", 90000,
            Map.of("packetization-mode", "1", "profile-level-id", "42e01f"), 1280, 720);
    private static final int SSRC = 0x11223344;
    private static final long WAIT_SECONDS = 10;
    private static final long NOTHING_MILLIS = 100;
    private static final int MANY = Integer.getInteger("revcam.viewers", 100);
    /** What collections leave in doubt; a leak shows only where there are many. */
    private static final long HEAP_BYTES = MANY < 1_000 ? Long.MAX_VALUE / 2 : 1_000_000;
    private static final int MUTATIONS = 500;

    /** A browser's, without what does not matter here. */
    private static final String OFFER = """
            v=0
            o=- 7383419572872855861 2 IN IP4 127.0.0.1
            s=-
            t=0 0
            a=group:BUNDLE 0
            m=video 9 UDP/TLS/RTP/SAVPF 96 108 109
            c=IN IP4 0.0.0.0
            a=ice-ufrag:view
            a=ice-pwd:0123456789012345678901
            a=ice-options:trickle
            a=fingerprint:sha-256 2A:BD:64:ED:93:6D:B0:A2:4B:3B:45:CF:1A:FC:A9:7A:D4:C7:96:A8:69:1F:D0:43:85:A9:59:87:\
            FE:53:32:EC
            a=setup:actpass
            a=mid:0
            a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
            a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid
            a=recvonly
            a=rtcp-mux
            a=rtcp-rsize
            a=rtpmap:96 VP8/90000
            a=rtpmap:108 H264/90000
            a=rtcp-fb:108 transport-cc
            a=rtcp-fb:108 nack
            a=rtcp-fb:108 nack pli
            a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
            a=rtpmap:109 rtx/90000
            a=fmtp:109 apt=108
            """.replace("\n", "\r\n");

    private final Events events = new Events();
    private SelectorLoop loop;
    private TransportFactory factory;

    /** A provider that uses {@code loop}. */
    protected abstract TransportFactory open(MediaLoop loop) throws Exception;

    /** Ends what {@link #open} began. */
    protected abstract void close(TransportFactory factory) throws Exception;

    @BeforeEach
    void openProvider() throws Exception {
        loop = new SelectorLoop();
        factory = open(loop);
    }

    @AfterEach
    void closeProvider() throws Exception {
        if (factory != null) {
            close(factory);
        }
        loop.close();
    }

    @Test
    void theAnswerAcceptsTheVideoAndStaysTheSame() throws Exception {
        try (Transport transport = open(OFFER)) {
            String answer = transport.answer();
            // RFC 8866, section 5; RFC 8829, section 5.3.1.
            assertTrue(answer.startsWith("v=0\r\n") && answer.endsWith("\r\n"), answer);
            assertTrue(Pattern.compile("^m=video [1-9]\\d* UDP/TLS/RTP/SAVPF 108\\b", Pattern.MULTILINE)
                    .matcher(answer).find(), answer);
            assertTrue(attribute(answer, "ice-ufrag").length() >= 4, answer);
            assertTrue(attribute(answer, "ice-pwd").length() >= 22, answer);
            assertTrue(Set.of("active", "passive").contains(attribute(answer, "setup")), answer);
            assertTrue(attribute(answer, "fingerprint").startsWith("sha-"), answer);
            assertEquals("0", attribute(answer, "mid"));
            assertTrue(answer.contains("\r\na=sendonly\r\n") && answer.contains("\r\na=rtcp-mux\r\n"), answer);
            assertTrue(answer.contains("\r\na=ssrc:" + SSRC + ' '), answer);
            assertEquals(answer, transport.answer());
        }
    }

    @Test
    void mediaIsWhatTheOfferHas() throws Exception {
        try (Transport transport = open(OFFER)) {
            NegotiatedMedia media = transport.media();
            assertEquals(new NegotiatedMedia(108, 109, 9, "0", 4, false, 0, 0, true, true, false, false, false, true), media);
            assertEquals(media, transport.media());
        }
        String plain = OFFER.replaceAll("a=(extmap|rtcp-fb|rtcp-rsize|mid|group).*\r\n", "")
                .replaceAll("a=(rtpmap|fmtp):109.*\r\n", "").replace("108 109", "108");
        try (Transport transport = open(plain)) {
            assertEquals(new NegotiatedMedia(108, -1, 0, "", 0, false, 0, 0, false, false, false, false, false, false),
                    transport.media());
        }
    }

    @Test
    void everyViewerHasSecretsOfItsOwn() throws Exception {
        Set<String> secrets = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            try (Transport transport = open(OFFER)) {
                assertTrue(secrets.add(attribute(transport.answer(), "ice-ufrag")));
                assertTrue(secrets.add(attribute(transport.answer(), "ice-pwd")));
                assertTrue(secrets.add(transport.iceTag()));
                assertEquals(transport.iceTag(), transport.iceTag());
                assertFalse(transport.iceTag().isBlank() || transport.iceTag().contains("\""), transport.iceTag());
            }
        }
    }

    @Test
    void malformedOffersAreRefused() throws Exception {
        for (String offer : List.of("", "\0", "rubbish", "v=1\r\n", "{\"sdp\":1}",
                OFFER.replace("m=video 9", "m=video x"), OFFER.replaceAll("a=ice-pwd:.*", "a=ice-pwd:short"),
                OFFER.replace("2A:BD", "2G:BD"), OFFER + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n")) {
            assertRefused(Reason.MALFORMED, offer);
        }
        assertNothingIsLeft(() -> assertRefused(Reason.MALFORMED, "rubbish"));
    }

    @Test
    void offersOfNothingUsableAreRefused() throws Exception {
        for (String offer : List.of(OFFER.replace("m=video", "m=audio"), OFFER.replace("H264", "H265"),
                OFFER.replace("a=recvonly", "a=sendonly"), OFFER.replace("a=recvonly", "a=inactive"),
                OFFER.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), OFFER.replaceAll("a=fingerprint:.*\r\n", ""),
                OFFER.substring(0, OFFER.indexOf("m=")))) {
            assertRefused(Reason.NOT_ACCEPTABLE, offer);
        }
        assertNothingIsLeft(() -> assertRefused(Reason.NOT_ACCEPTABLE, OFFER.replace("m=video", "m=audio")));
    }

    @Test
    void damagedOffersAreAnsweredOrRefused() throws Exception {
        Random random = new Random(8866);
        for (int i = 0; i < MUTATIONS; i++) {
            StringBuilder offer = new StringBuilder(OFFER);
            int at = random.nextInt(offer.length());
            switch (i % 4) {
                case 0 -> offer.setCharAt(at, (char) random.nextInt(256));
                case 1 -> offer.setLength(at);
                case 2 -> offer.delete(at, Math.min(offer.length(), at + random.nextInt(40)));
                default -> offer.insert(at, offer.substring(random.nextInt(offer.length())));
            }
            try (Transport transport = open(offer.toString())) {
                assertNotNull(transport.answer());
            } catch (NegotiationException e) {
                assertFalse(e.getMessage().isBlank());
            }
        }
        assertNull(events.poll());
    }

    @Test
    void sendingBeforeItIsConnectedLosesThePacket() throws Exception {
        try (Transport transport = open(OFFER)) {
            assertFalse(onLoop(() -> sendRtp(transport)));
            assertFalse(onLoop(() -> sendRtcp(transport)));
            assertNull(events.poll());
        }
    }

    @Test
    void closingIsQuietAndForGood() throws Exception {
        Transport transport = open(OFFER);
        transport.close();
        transport.close();
        assertFalse(onLoop(() -> sendRtp(transport)));
        assertFalse(onLoop(() -> sendRtcp(transport)));
        onLoop(() -> {
            transport.close();
            return null;
        });
        loop.advance(TimeUnit.MINUTES.toNanos(1));
        assertNull(events.poll());
    }

    @Test
    void aViewerThatNeverComesIsGivenUpOnce() throws Exception {
        try (Transport transport = open(OFFER)) {
            assertNull(events.poll());
            loop.advance(TimeUnit.MINUTES.toNanos(1));
            assertClosed();
            assertFalse(onLoop(() -> sendRtp(transport)));
            loop.advance(TimeUnit.MINUTES.toNanos(1));
        }
        assertNull(events.poll());
    }

    @Test
    void theProvidersEndIsItsViewersEnd() throws Exception {
        open(OFFER);
        close(factory);
        factory = null;
        assertClosed();
        assertNull(events.poll());
    }

    @Test
    void rubbishInAPatchChangesNothing() throws Exception {
        try (Transport transport = open(OFFER)) {
            String tag = transport.iceTag();
            for (String fragment : List.of("", "rubbish", "\0", "a=ice-ufrag:again\r\n",
                    "a=ice-ufrag:!\r\na=ice-pwd:!\r\n", "a=ice-pwd:0123456789012345678901\r\n")) {
                try {
                    assertNull(transport.patch(fragment), fragment);
                } catch (NegotiationException e) {
                    assertEquals(Reason.MALFORMED, e.reason());
                    assertFalse(e.getMessage().isBlank());
                }
            }
            assertNull(transport.patch("""
                    a=ice-ufrag:view
                    a=ice-pwd:0123456789012345678901
                    m=video 9 UDP/TLS/RTP/SAVPF 0
                    a=mid:0
                    a=candidate:1 1 udp 1 name.local 9 typ host
                    a=candidate:rubbish
                    a=end-of-candidates
                    """.replace("\n", "\r\n")), "candidates need no reply");
            assertEquals(tag, transport.iceTag());
            assertNull(events.poll());
        }
    }

    @Test
    void aRestartHasNewCredentialsAndANewTag() throws Exception {
        try (Transport transport = open(OFFER)) {
            String answer = transport.answer();
            String tag = transport.iceTag();
            String fragment = transport.patch("a=ice-ufrag:again\r\na=ice-pwd:0123456789012345678901\r\n");
            assertNotEquals(attribute(answer, "ice-ufrag"), attribute(fragment, "ice-ufrag"));
            assertNotEquals(attribute(answer, "ice-pwd"), attribute(fragment, "ice-pwd"));
            assertNotEquals(tag, transport.iceTag());
            assertEquals(answer, transport.answer(), "the answer is the first one");
        }
    }

    @Test
    void overheadIsThatOfARealPath() throws Exception {
        try (Transport transport = open(OFFER)) {
            // IPv4 at least; IPv6, UDP, a relay and SRTP with the longest tag at most.
            assertTrue(transport.overheadBytes() >= 20 && transport.overheadBytes() <= 200);
        }
    }

    @Test
    void manyViewersLeaveNothingBehind() throws Exception {
        assertNothingIsLeft(() -> {
            for (int i = 0; i < MANY; i++) {
                open(OFFER).close();
            }
        });
        assertNull(events.poll());
    }

    @Test
    void aViewerThatWasClosedIsForgotten() throws Exception {
        WeakReference<Events> session = openAndClose();
        long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS) / 2;
        while (session.get() != null && System.nanoTime() - untilNanos < 0) {
            onLoop(() -> null);
            System.gc();
        }
        assertNull(session.get(), "something still holds the session");
    }

    private WeakReference<Events> openAndClose() throws NegotiationException {
        Events session = new Events();
        factory.open(request(OFFER), session).close();
        return new WeakReference<>(session);
    }

    private Transport open(String offer) throws NegotiationException {
        return factory.open(request(offer), events);
    }

    private static TransportRequest request(String offer) {
        return new TransportRequest(offer, FORMAT, "main", "camera", SSRC, SSRC + 1);
    }

    private void assertRefused(Reason reason, String offer) {
        NegotiationException refused = assertThrows(NegotiationException.class, () -> open(offer).close(), offer);
        assertEquals(reason, refused.reason(), refused.getMessage() + "\n" + offer);
        assertFalse(refused.getMessage().isBlank());
    }

    private void assertClosed() throws InterruptedException {
        String event = events.await();
        assertTrue(event.startsWith("closed: ") && event.length() > 10, event);
    }

    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    /** What a provider shares among its viewers it may keep from the first on, so that comes first. */
    private void assertNothingIsLeft(Work work) throws Exception {
        open(OFFER).close();
        long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        long[] before = left();
        work.run();
        long[] after = left();
        while (!isNoMore(after, before) && System.nanoTime() - untilNanos < 0) {
            after = left();
        }
        assertTrue(isNoMore(after, before), "deadline tasks, channels, threads, descriptors, bytes of heap: "
                + Arrays.toString(before) + " before, " + Arrays.toString(after) + " after");
    }

    private static boolean isNoMore(long[] after, long[] before) {
        return after[0] <= before[0] && after[1] <= before[1] && after[2] <= before[2] && after[3] <= before[3]
                && after[4] <= before[4] + HEAP_BYTES;
    }

    private long[] left() throws Exception {
        int[] registrations = onLoop(() -> new int[] {loop.deadlineTasks(), loop.channels()});
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        String[] descriptors = new File("/proc/self/fd").list();
        return new long[] {registrations[0], registrations[1], Thread.activeCount(), descriptors == null ? 0 : descriptors.length,
            runtime.totalMemory() - runtime.freeMemory()};
    }

    private <T> T onLoop(Callable<T> command) throws InterruptedException, TimeoutException {
        FutureTask<T> task = new FutureTask<>(command);
        loop.execute(task);
        try {
            return task.get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("on the media loop", e.getCause());
        }
    }

    private static boolean sendRtp(Transport transport) {
        byte[] header = new byte[12];
        ByteBuffer.wrap(header).put((byte) 0x80).put((byte) 108).putShort((short) 1).putInt(0).putInt(SSRC);
        return transport.sendRtp(header, header.length, new byte[100], 0, 100);
    }

    private static boolean sendRtcp(Transport transport) {
        byte[] report = new byte[28];
        ByteBuffer.wrap(report).put((byte) 0x80).put((byte) 200).putShort((short) 6).putInt(SSRC);
        return transport.sendRtcp(report, report.length);
    }

    private static String attribute(String sdp, String name) {
        Matcher line = Pattern.compile("^a=" + name + ":(.*)$", Pattern.MULTILINE).matcher(sdp);
        assertTrue(line.find(), () -> "no a=" + name + " in " + sdp);
        return line.group(1);
    }

    private final class Events implements TransportEvents {

        private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();

        /** What comes soon, or null. */
        String poll() throws InterruptedException {
            return queue.poll(NOTHING_MILLIS, TimeUnit.MILLISECONDS);
        }

        String await() throws InterruptedException {
            return String.valueOf(queue.poll(WAIT_SECONDS, TimeUnit.SECONDS));
        }

        @Override
        public void onConnected(long nowNanos) {
            add("connected");
        }

        @Override
        public void onRtcp(long nowNanos, ByteBuffer packet) {
            add("rtcp");
        }

        @Override
        public void onClosed(long nowNanos, String reason) {
            add("closed: " + reason);
        }

        private void add(String event) {
            queue.add(loop.isLoopThread() ? event : "on " + Thread.currentThread().getName() + ": " + event);
        }
    }
}
