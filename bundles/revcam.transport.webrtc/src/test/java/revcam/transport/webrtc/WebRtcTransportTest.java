package revcam.transport.webrtc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.connectivity.IceCredentials;
import revcam.api.media.StageException;
import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Offer;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportRequest;
import revcam.testkit.SelectorLoop;
import revcam.transport.webrtc.dtls.Dtls;
import revcam.transport.webrtc.dtls.DtlsConnection;
import revcam.transport.webrtc.dtls.DtlsIdentity;
import revcam.transport.webrtc.dtls.Fingerprint;
import revcam.transport.webrtc.dtls.SrtpKeys;
import revcam.transport.webrtc.ice.IceLiteFactory;
import revcam.transport.webrtc.srtp.SrtpReceiver;
import revcam.transport.webrtc.srtp.SrtpSender;

/** The whole transport over a real socket, against a viewer with STUN of its own and DTLS in the other role. */
class WebRtcTransportTest {

    private static final RtpFormat FORMAT = new RtpFormat("H264", 90000,
            Map.of("packetization-mode", "1", "profile-level-id", "42c01f"), 1280, 720);
    private static final IceCredentials VIEWER = new IceCredentials("viewer", "0123456789012345678901");
    private static final int WAIT_MILLIS = 20_000;
    private static final int NOTHING_MILLIS = 60;
    private static final int[] NOT_NOMINATING = {};

    @TempDir
    private Path directory;
    private SelectorLoop loop;
    private IceLiteFactory lite;
    private WebRtcTransportFactory factory;
    private final Events events = new Events();

    @BeforeEach
    void open() {
        loop = new SelectorLoop();
        lite = new IceLiteFactory(loop, Map.of("port", 0, "listen", InetAddress.getLoopbackAddress().getHostAddress(), "silence", 10));
        factory = new WebRtcTransportFactory(loop, directory, -1);
        factory.bindConnectivity(lite, Map.of(ConnectivityFactory.NAME, "lite"));
    }

    @AfterEach
    void close() throws Exception {
        factory.deactivate();
        lite.deactivate();
        loop.close();
    }

    @Test
    void connectsAndExchangesProtectedPackets() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            exchange(transport, viewer);
        }
    }

    @Test
    void connectsInTheActiveRole() throws Exception {
        try (Viewer viewer = new Viewer(true)) {
            Transport transport = factory.open(viewer.request(), events);
            assertTrue(transport.answer().contains("a=setup:active\r\n"));
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            exchange(transport, viewer);
        }
    }

    @Test
    void anOfferOfOursIsAnsweredInEitherRole() throws Exception {
        for (boolean passive : new boolean[] {false, true}) {
            try (Viewer viewer = new Viewer(passive)) {
                Offer<Transport> offer = factory.offer(viewer.request(), events);
                String sdp = offer.sdp();
                assertTrue(sdp.contains("\r\na=setup:actpass\r\n") && sdp.contains("\r\na=ice-lite\r\n"), sdp);
                Transport transport = offer.accept(viewer.answer(sdp));
                assertThrows(NegotiationException.class, () -> offer.accept(viewer.answer(sdp)), "once");
                offer.close();
                viewer.connect(sdp);
                assertEquals("connected", events.poll());
                exchange(transport, viewer);
                transport.close();
            }
        }
    }

    @Test
    void aPeerThatIsQuickerThanItsAnswerConnectsToo() throws Exception {
        for (boolean passive : new boolean[] {false, true}) {
            try (Viewer viewer = new Viewer(passive)) {
                Offer<Transport> offer = factory.offer(viewer.request(), events);
                // Nominates, and begins DTLS if that is its part.
                viewer.connect(offer.sdp());
                assertNull(events.poll(NOTHING_MILLIS));
                Transport transport = offer.accept(viewer.answer(offer.sdp()));
                assertEquals("connected", events.poll());
                exchange(transport, viewer);
                transport.close();
            }
        }
    }

    @Test
    void anAnswerThatCannotBeUsedEndsTheOffer() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            for (String[] change : new String[][] {{"a=recvonly", "a=inactive", "inactive"}, {"s=-", "s=-\r\na=ice-lite", "ice-lite"},
                    {"v=0", "v=1", "v=0 expected"}}) {
                Offer<Transport> offer = factory.offer(viewer.request(), events);
                String answer = viewer.answer(offer.sdp()).replaceFirst("(?m)^" + change[0] + "$", change[1]);
                NegotiationException refused = assertThrows(NegotiationException.class, () -> offer.accept(answer));
                assertTrue(refused.getMessage().contains(change[2]), refused.getMessage());
                assertThrows(NegotiationException.class, () -> offer.accept(viewer.answer(offer.sdp())), "it is over");
            }
            Offer<Transport> offer = factory.offer(viewer.request(), events);
            offer.close();
            assertThrows(NegotiationException.class, () -> offer.accept(viewer.answer(offer.sdp())));
            assertNull(events.poll(NOTHING_MILLIS));
        }
    }

    @Test
    void offersNeedTheConnectivityThatTheyAreConfiguredFor() throws Exception {
        factory.modified(Map.of("connectivity.offers", "ice4j"));
        try (Viewer viewer = new Viewer(false)) {
            assertTrue(assertThrows(NegotiationException.class, () -> factory.offer(viewer.request(), events)).getMessage()
                    .contains("no connectivity named ice4j"));
            viewer.connect(factory.open(viewer.request(), events).answer());
            assertEquals("connected", events.poll());
        }
    }

    @Test
    void aGoodbyeEndsItAtOnce() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            viewer.leave();
            assertEquals("closed: the viewer left", events.poll());
            onLoop(() -> assertFalse(transport.sendRtcp(senderReport(), 28)));
        }
    }

    @Test
    void closingSaysGoodbyeAndNothingMore() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            transport.close();
            transport.close();
            viewer.awaitGoodbye();
            assertNull(events.poll(NOTHING_MILLIS));
            // Libcrypto's memory is no collector's business.
            WebRtcTransport ended = (WebRtcTransport) transport;
            assertThrows(IllegalStateException.class, () -> ended.sender.protectRtcp(senderReport(), 28));
            assertThrows(IllegalStateException.class,
                    () -> ended.receiver.unprotectRtcp(ByteBuffer.allocate(100), new byte[100]));
        }
    }

    @Test
    void aCertificateOtherThanTheOffersIsRefused() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            viewer.fingerprint = DtlsIdentity.create().fingerprint();
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertTrue(events.poll().contains("not the one of its description's fingerprint"));
            onLoop(() -> assertFalse(transport.sendRtcp(senderReport(), 28)));
        }
    }

    @Test
    void dtlsWaitsForAConnectivityCheck() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.begin(transport.answer());
            assertNull(events.poll(600), "more than one retransmission of the hello");
            viewer.check(transport.answer());
            assertEquals("connected", events.poll());
        }
    }

    /** Chromium does so on a busy machine. */
    @Test
    void aNominationThatComesAfterDtlsDoesNotBeginTheWaitForIt() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.check(transport.answer(), NOT_NOMINATING);
            viewer.begin(transport.answer());
            assertEquals("connected", events.poll());
            // Well past the handshake's time, in steps that ICE does not take for silence.
            for (int step = 0; step < 3; step++) {
                viewer.check(transport.answer());
                loop.advance(TimeUnit.SECONDS.toNanos(Dtls.HANDSHAKE_SECONDS) * 2 / 3);
            }
            viewer.check(transport.answer());
            assertNull(events.poll(0));
            exchange(transport, viewer);
        }
    }

    @Test
    void aHandshakeThatNeverEndsIsGivenUp() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.check(transport.answer());
            loop.advance(TimeUnit.SECONDS.toNanos(Dtls.HANDSHAKE_SECONDS) * 2 / 3);
            viewer.check(transport.answer());
            loop.advance(TimeUnit.SECONDS.toNanos(Dtls.HANDSHAKE_SECONDS) * 2 / 3);
            assertEquals("closed: no DTLS handshake within " + Dtls.HANDSHAKE_SECONDS + " s", events.poll());
        }
    }

    @Test
    void rubbishFromTheViewerChangesNothing() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.check(transport.answer());
            Random random = new Random(6347);
            for (int i = 0; i < 2_000; i++) {
                byte[] rubbish = new byte[1 + random.nextInt(200)];
                random.nextBytes(rubbish);
                // DTLS records of every kind, and SRTP.
                rubbish[0] = (byte) (i % 3 == 0 ? 128 + random.nextInt(64) : 20 + random.nextInt(44));
                if (rubbish.length > 25 && i % 3 == 1) {
                    ByteBuffer.wrap(rubbish).put((byte) 22).putShort((short) 0xFEFD).putShort((short) 0)
                            .putShort(11, (short) (rubbish.length - 13));
                }
                viewer.socket.send(rubbish, viewer.server);
                if (i % 50 == 0) {
                    viewer.check(transport.answer());
                }
            }
            viewer.begin(transport.answer());
            assertEquals("connected", events.poll());
            exchange(transport, viewer);
        }
    }

    /** By somebody who can forge the viewer's address, and nothing else. */
    @Test
    void forgedRecordsDoNotEndASession() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            Random random = new Random(6347);
            for (int type = 20; type <= 26; type++) {
                for (int epoch = 0; epoch <= 2; epoch++) {
                    // Too short for a nonce, for a MAC, and long enough; no more than are looked at in a second.
                    for (int bytes = 0; bytes <= 48; bytes++) {
                        byte[] record = new byte[13 + bytes];
                        random.nextBytes(record);
                        ByteBuffer.wrap(record).put((byte) type).putShort((short) 0xFEFD).putShort((short) epoch)
                                .putShort((short) 0).putInt(100 + bytes).putShort((short) bytes);
                        viewer.socket.send(record, viewer.server);
                    }
                    // The response shows that all of them have been dealt with.
                    viewer.check(transport.answer());
                    loop.advance(TimeUnit.SECONDS.toNanos(1));
                }
            }
            assertNull(events.poll(NOTHING_MILLIS));
            exchange(transport, viewer);
            // Of every version that looks like one of DTLS, among them a reserved one.
            for (int version = 0xFE00; version <= 0xFEFF; version++) {
                byte[] record = new byte[60];
                ByteBuffer.wrap(record).put((byte) 22).putShort((short) version).putShort((short) (version & 1))
                        .putShort((short) 0).putInt(1_000 + version).putShort((short) (record.length - 13));
                viewer.socket.send(record, viewer.server);
                if (version % 32 == 31) {
                    viewer.check(transport.answer());
                    loop.advance(TimeUnit.SECONDS.toNanos(1));
                }
            }
            assertNull(events.poll(NOTHING_MILLIS));
            // Its own goodbye is still heard.
            viewer.leave();
            assertEquals("closed: the viewer left", events.poll());
        }
    }

    @Test
    void replayedOrForgedRtcpIsDropped() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            byte[] packet = viewer.protectRtcp(senderReport());
            viewer.socket.send(packet, viewer.server);
            assertTrue(events.poll().startsWith("rtcp "));
            viewer.socket.send(packet, viewer.server);
            byte[] forged = viewer.protectRtcp(senderReport());
            forged[10] ^= 1;
            viewer.socket.send(forged, viewer.server);
            assertNull(events.poll(NOTHING_MILLIS));
        }
    }

    @Test
    void anIceRestartKeepsDtlsAndSrtp() throws Exception {
        try (Viewer viewer = new Viewer(false); UdpViewer moved = new UdpViewer()) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            String tag = transport.iceTag();

            assertNull(transport.patch("a=ice-ufrag:" + VIEWER.ufrag() + "\r\na=ice-pwd:" + VIEWER.password()
                    + "\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 1 a.local 9 typ host\r\n"));
            assertEquals(tag, transport.iceTag(), "a candidate is no restart");

            String fragment = transport.patch("a=ice-ufrag:again\r\na=ice-pwd:" + VIEWER.password() + "\r\n");
            onLoop(() -> {});
            assertNotEquals(tag, transport.iceTag());
            assertTrue(fragment.contains("a=mid:0\r\n") && fragment.contains("a=candidate:1 1 udp "), fragment);
            assertNotEquals(attribute(transport.answer(), "ice-ufrag"), attribute(fragment, "ice-ufrag"));
            moved.send(moved.check(credentials(fragment), "again", UdpViewer.USE_CANDIDATE), viewer.server);
            assertEquals(0, UdpViewer.errorCode(moved.receive(WAIT_MILLIS)));

            onLoop(() -> assertTrue(transport.sendRtcp(senderReport(), 28)));
            assertArrayEquals(senderReport(), viewer.unprotectRtcp(moved.receive(WAIT_MILLIS)));
            assertNull(transport.patch("a=ice-ufrag:" + VIEWER.ufrag() + "\r\na=ice-pwd:" + VIEWER.password() + "\r\n"),
                    "overtaken by the restart");
            assertThrows(NegotiationException.class, () -> transport.patch("a=ice-ufrag:!\r\n"));
            assertThrows(NegotiationException.class, () -> transport.patch("rubbish"));
        }
    }

    @Test
    void aRestartThatConnectivityCannotServeIsRefusedAndChangesNothing() throws Exception {
        factory.unbindConnectivity(lite);
        ConnectivityFactory noRestart = (remote, connectivityEvents) -> {
            Connectivity path = lite.open(remote, connectivityEvents);
            return (Connectivity) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Connectivity.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("restart")) {
                            throw new StageException(StageException.Reason.UNAVAILABLE, "no relay answers");
                        }
                        return method.invoke(path, arguments);
                    });
        };
        factory.bindConnectivity(noRestart, Map.of(ConnectivityFactory.NAME, "lite"));
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            String tag = transport.iceTag();
            NegotiationException refused = assertThrows(NegotiationException.class,
                    () -> transport.patch("a=ice-ufrag:again\r\na=ice-pwd:" + VIEWER.password() + "\r\n"));
            assertEquals(NegotiationException.Reason.UNAVAILABLE, refused.reason());
            assertEquals("no relay answers", refused.getMessage());
            assertEquals(tag, transport.iceTag());
            exchange(transport, viewer);
        }
    }

    @Test
    void sendingAllocatesNothing() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            ByteBuffer header = ByteBuffer.allocate(12).put(0, (byte) 0x80).put(1, (byte) 108).putInt(8, 1);
            byte[] payload = new byte[1100];
            onLoop(() -> {
                long before = 0;
                for (int sequence = 0; sequence < 4_000; sequence++) {
                    if (sequence == 2_000) {
                        before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
                    }
                    header.putShort(2, (short) sequence);
                    transport.sendRtp(header.array(), 12, payload, 0, payload.length);
                }
                long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
                // The compiler's own doings show up as a few objects now and then.
                assertTrue(allocated < 2_000 * 8, allocated + " bytes in 2000 packets");
            });
        }
    }

    @Test
    void theCertificateStaysTheSameOverRestarts() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            String first = attribute(factory.open(viewer.request(), events).answer(), "fingerprint");
            WebRtcTransportFactory next = new WebRtcTransportFactory(loop, directory, -1);
            next.bindConnectivity(lite, Map.of(ConnectivityFactory.NAME, "lite"));
            assertEquals(first, attribute(next.open(viewer.request(), events).answer(), "fingerprint"));
            next.deactivate();
        }
    }

    @Test
    void aMissingConnectivityIsNamed() throws Exception {
        factory.unbindConnectivity(lite);
        try (Viewer viewer = new Viewer(false)) {
            NegotiationException refused =
                    assertThrows(NegotiationException.class, () -> factory.open(viewer.request(), events));
            assertEquals(NegotiationException.Reason.UNAVAILABLE, refused.reason());
            assertTrue(refused.getMessage().contains("lite"));
        }
    }

    @Test
    void theTransportsEndIsTheViewersEnd() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            Transport transport = factory.open(viewer.request(), events);
            viewer.connect(transport.answer());
            assertEquals("connected", events.poll());
            factory.deactivate();
            assertEquals("closed: the server is shutting down", events.poll());
            viewer.awaitGoodbye();
        }
    }

    @Test
    void twoIceLiteSidesAreRefused() throws Exception {
        try (Viewer viewer = new Viewer(false)) {
            TransportRequest request = viewer.request();
            String offer = request.offer().replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n");
            assertThrows(NegotiationException.class,
                    () -> factory.open(new TransportRequest(offer, FORMAT, "main", "cam", 1, 2), events));
        }
    }

    /** One packet each way, compared with what an SRTP context with the viewer's keys makes of it. */
    private void exchange(Transport transport, Viewer viewer) throws Exception {
        byte[] header = new byte[12];
        ByteBuffer.wrap(header).put((byte) 0x80).put((byte) 108).putShort((short) 7).putInt(90_000).putInt(1);
        byte[] payload = new byte[1000];
        Arrays.fill(payload, (byte) 0x5A);
        onLoop(() -> assertTrue(transport.sendRtp(header, 12, payload, 0, payload.length)));
        // What the server sends, made with the keys that the viewer has for receiving.
        byte[] expected;
        try (SrtpSender same = new SrtpSender(viewer.keys().receiveKey(), viewer.keys().receiveSalt())) {
            ByteBuffer packet = same.protectRtp(header, 12, payload, 0, payload.length);
            expected = new byte[packet.remaining()];
            packet.get(expected);
        }
        assertArrayEquals(expected, viewer.media());
        assertTrue(expected.length - 1012 + 28 <= transport.overheadBytes());

        onLoop(() -> assertTrue(transport.sendRtcp(senderReport(), 28)));
        assertArrayEquals(senderReport(), viewer.unprotectRtcp(viewer.media()));

        viewer.socket.send(viewer.protectRtcp(senderReport()), viewer.server);
        assertEquals("rtcp " + Arrays.toString(senderReport()), events.poll());
    }

    private void onLoop(Runnable command) throws Exception {
        BlockingQueue<Object> done = new LinkedBlockingQueue<>();
        loop.execute(() -> {
            try {
                command.run();
                done.add("done");
            } catch (AssertionError e) {
                done.add(e);
            }
        });
        assertEquals("done", done.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS));
    }

    private static byte[] senderReport() {
        byte[] packet = new byte[28];
        ByteBuffer.wrap(packet).put((byte) 0x80).put((byte) 200).putShort((short) 6).putInt(1);
        return packet;
    }

    private static String attribute(String sdp, String name) {
        Matcher line = Pattern.compile("^a=" + name + ":(.*)$", Pattern.MULTILINE).matcher(sdp);
        assertTrue(line.find(), name);
        return line.group(1);
    }

    private static IceCredentials credentials(String sdp) {
        return new IceCredentials(attribute(sdp, "ice-ufrag"), attribute(sdp, "ice-pwd"));
    }

    /** A browser's part: its offer, its checks, and DTLS in the role that the server leaves to it. */
    private final class Viewer implements AutoCloseable {

        private final UdpViewer socket = new UdpViewer();
        private final boolean passive;
        private final DtlsIdentity identity = DtlsIdentity.create();
        private final Dtls dtls = new Dtls(identity);
        private final BlockingQueue<byte[]> media = new LinkedBlockingQueue<>();
        private final BlockingQueue<byte[]> responses = new LinkedBlockingQueue<>();
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private Fingerprint fingerprint = identity.fingerprint();
        private InetSocketAddress server;
        private DtlsConnection connection;
        private Thread reader;
        private final CompletableFuture<SrtpKeys> keys = new CompletableFuture<>();
        private SrtpSender sender;

        Viewer(boolean passive) throws Exception {
            this.passive = passive;
        }

        TransportRequest request() throws Exception {
            String offer;
            try (InputStream in = getClass().getResourceAsStream("sdp/chromium-video.sdp")) {
                offer = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\n", "\r\n");
            }
            offer = offer.replaceAll("a=ice-ufrag:.*\r", "a=ice-ufrag:" + VIEWER.ufrag() + "\r")
                    .replaceAll("a=ice-pwd:.*\r", "a=ice-pwd:" + VIEWER.password() + "\r")
                    .replaceAll("a=fingerprint:.*\r", "a=fingerprint:" + fingerprint + "\r")
                    .replace("a=setup:actpass", passive ? "a=setup:passive" : "a=setup:actpass");
            return new TransportRequest(offer, FORMAT, "main", "cam", 1, 2);
        }

        /** To an offer of ours: what was offered, but for who it is. */
        String answer(String offer) {
            return offer.replace("a=ice-lite\r\n", "").replace("a=sendonly", "a=recvonly")
                    .replaceAll("a=(candidate|ssrc|ssrc-group|msid).*\r\n", "")
                    .replaceAll("a=ice-ufrag:.*\r", "a=ice-ufrag:" + VIEWER.ufrag() + "\r")
                    .replaceAll("a=ice-pwd:.*\r", "a=ice-pwd:" + VIEWER.password() + "\r")
                    .replaceAll("a=fingerprint:.*\r", "a=fingerprint:" + fingerprint + "\r")
                    .replace("a=setup:actpass", passive ? "a=setup:passive" : "a=setup:active");
        }

        void connect(String answer) throws Exception {
            check(answer);
            begin(answer);
        }

        /** Sends a nominating check and awaits the response. */
        void check(String answer) throws Exception {
            check(answer, UdpViewer.USE_CANDIDATE);
        }

        void check(String answer, int... attributes) throws Exception {
            server = UdpViewer.address(attribute(answer, "candidate"));
            socket.send(socket.check(credentials(answer), VIEWER.ufrag(), attributes), server);
            byte[] response = reader == null
                    ? socket.receive(WAIT_MILLIS)
                    : responses.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
            assertTrue(response != null, "no answer to a check");
            assertEquals(0, UdpViewer.errorCode(response));
        }

        void begin(String answer) throws Exception {
            server = UdpViewer.address(attribute(answer, "candidate"));
            connection = new DtlsConnection(dtls, loop, !passive,
                    List.of(Fingerprint.parse(attribute(answer, "fingerprint"))), this::send,
                    new DtlsConnection.Events() {
                        @Override
                        public void established(SrtpKeys established) {
                            sender = new SrtpSender(established.sendKey(), established.sendSalt());
                            keys.complete(established);
                        }

                        @Override
                        public void failed(String reason) {
                            events.add("failed");
                        }

                        @Override
                        public void closed() {
                            events.add("closed");
                        }
                    });
            reader = new Thread(this::read, "viewer");
            reader.setDaemon(true);
            reader.start();
            if (!passive) {
                loop.execute(connection::start);
            }
        }

        private boolean send(ByteBuffer datagram) {
            byte[] bytes = new byte[datagram.remaining()];
            datagram.get(bytes);
            try {
                socket.send(bytes, server);
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        private void read() {
            try {
                while (true) {
                    byte[] datagram = socket.receive(WAIT_MILLIS);
                    if (datagram != null && (datagram[0] & 0xFF) >= 128) {
                        media.add(datagram);
                    } else if (datagram != null && datagram[0] >= 20) {
                        loop.execute(() -> connection.onDatagram(ByteBuffer.wrap(datagram)));
                    } else if (datagram != null) {
                        responses.add(datagram);
                    }
                }
            } catch (IOException e) {
                // The socket was closed: the test is over.
            }
        }

        byte[] media() throws Exception {
            byte[] packet = media.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
            assertTrue(packet != null, "nothing came");
            return packet;
        }

        SrtpKeys keys() throws Exception {
            return keys.get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        }

        byte[] protectRtcp(byte[] packet) throws Exception {
            keys();
            ByteBuffer sealed = sender.protectRtcp(packet, packet.length);
            byte[] out = new byte[sealed.remaining()];
            sealed.get(out);
            return out;
        }

        byte[] unprotectRtcp(byte[] packet) throws Exception {
            byte[] out = new byte[2048];
            int bytes = new SrtpReceiver(keys().receiveKey(), keys().receiveSalt())
                    .unprotectRtcp(ByteBuffer.wrap(packet), out);
            assertTrue(bytes > 0, "result " + bytes);
            return Arrays.copyOf(out, bytes);
        }

        void awaitGoodbye() throws Exception {
            keys();
            assertEquals("closed", events.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS));
        }

        void leave() throws Exception {
            keys();
            loop.execute(connection::close);
        }

        @Override
        public void close() {
            if (connection != null) {
                loop.execute(connection::close);
            }
            dtls.close();
            socket.close();
        }
    }

    private static final class Events implements TransportEvents {

        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

        String poll() throws InterruptedException {
            return String.valueOf(poll(WAIT_MILLIS));
        }

        String poll(int timeoutMillis) throws InterruptedException {
            return events.poll(timeoutMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public void onConnected(long nowNanos) {
            events.add("connected");
        }

        @Override
        public void onRtcp(long nowNanos, ByteBuffer packet) {
            byte[] bytes = new byte[packet.remaining()];
            packet.get(bytes);
            events.add("rtcp " + Arrays.toString(bytes));
        }

        @Override
        public void onClosed(long nowNanos, String reason) {
            events.add("closed: " + reason);
        }
    }
}
