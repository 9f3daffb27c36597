package revcam.transport.webrtc.ice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.connectivity.IceCredentials;
import revcam.api.media.StageException;
import revcam.testkit.SelectorLoop;
import revcam.transport.webrtc.UdpViewer;

/** Real datagrams on loopback. */
class IcePortTest {

    private static final IceCredentials REMOTE = new IceCredentials("viewer", "0123456789012345678901");
    private static final int REPLY_MILLIS = 2_000;
    /** How long "nothing comes" is waited for; what comes, comes within a millisecond. */
    private static final int NO_REPLY_MILLIS = 60;
    private static final long SILENCE_NANOS = 10_000_000_000L;

    private SelectorLoop loop;
    private IcePort port;
    private UdpViewer viewer;
    private final Events events = new Events();

    @BeforeEach
    void start() throws Exception {
        loop = new SelectorLoop();
        port = port(SILENCE_NANOS);
        viewer = new UdpViewer();
    }

    @AfterEach
    void close() {
        viewer.close();
        port.close();
        loop.close();
    }

    @Test
    void answersACheckAndTellsWhenThePeerNominates() throws Exception {
        IceLite session = open(REMOTE, events);
        byte[] check = viewer.check(session.local(), REMOTE.ufrag());
        byte[] response = exchange(session, check);
        assertEquals(0x0101, ByteBuffer.wrap(response).getShort(0));
        assertArrayEquals(Arrays.copyOfRange(check, 4, 20), Arrays.copyOfRange(response, 4, 20), "cookie, transaction");
        byte[] mapped = UdpViewer.attribute(response, 0x0020);
        assertEquals(viewer.port(), (ByteBuffer.wrap(mapped).getShort(2) & 0xFFFF) ^ 0x2112);
        assertNull(events.poll(NO_REPLY_MILLIS), "no nomination yet");

        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        nominate(session);
        assertNull(events.poll(NO_REPLY_MILLIS), "the same pair");
    }

    @Test
    void aCheckIsAnsweredAsSoonAsItsCredentialsAreKnown() throws Exception {
        BlockingQueue<IceLite> opened = new LinkedBlockingQueue<>();
        // While the loop is at its datagrams another thread opens a session, and the viewer's check is there before the
        // loop comes to its commands.
        IceLite first = open(REMOTE, new Events() {
            @Override
            public void onDatagram(long nowNanos, ByteBuffer datagram) {
                Thread other = new Thread(() -> {
                    try {
                        IceLite next = port.open(REMOTE, events);
                        viewer.send(viewer.check(next.local(), REMOTE.ufrag(), UdpViewer.USE_CANDIDATE), address(next));
                        opened.add(next);
                    } catch (IOException | StageException e) {
                        throw new AssertionError(e);
                    }
                });
                other.start();
                try {
                    other.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        });
        try (UdpViewer before = new UdpViewer()) {
            before.send(before.check(first.local(), REMOTE.ufrag(), UdpViewer.USE_CANDIDATE), address(first));
            assertEquals(0, UdpViewer.errorCode(before.receive(REPLY_MILLIS)));
            before.send(new byte[] {22, 1}, address(first));
            assertEquals(0, UdpViewer.errorCode(viewer.receive(REPLY_MILLIS)));
            assertEquals("validated", events.poll(REPLY_MILLIS));
            assertEquals(1, opened.size());
        }
    }

    @Test
    void datagramsPassOnlyOnceTheirAddressIsValid() throws Exception {
        IceLite session = open(REMOTE, events);
        assertFalse(session.send(ByteBuffer.wrap(new byte[] {20, 1})));
        viewer.send(new byte[] {22, 1, 2, 3}, address(session));
        assertNull(events.poll(NO_REPLY_MILLIS));

        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        viewer.send(new byte[] {22, 1, 2, 3}, address(session));
        assertEquals("[22, 1, 2, 3]", events.poll(REPLY_MILLIS));
        assertTrue(session.send(ByteBuffer.wrap(new byte[] {20, 1})));
        assertArrayEquals(new byte[] {20, 1}, viewer.receive(REPLY_MILLIS));
        try (UdpViewer stranger = new UdpViewer()) {
            stranger.send(new byte[] {22, 9}, address(session));
            assertNull(events.poll(NO_REPLY_MILLIS));
        }
    }

    @Test
    void strangersGetNoReply() throws Exception {
        IceLite session = open(REMOTE, events);
        viewer.send(viewer.check(new IceCredentials("ABCDEFGH", session.local().password()), REMOTE.ufrag()),
                address(session));
        viewer.send(new byte[] {0, 1, 0, 0, 0x21, 0x12, (byte) 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                address(session));
        byte[] unfinished = viewer.check(session.local(), REMOTE.ufrag());
        unfinished[unfinished.length - 1] ^= 1;
        viewer.send(unfinished, address(session));
        assertNull(viewer.receive(NO_REPLY_MILLIS));
    }

    @Test
    void wrongChecksGetTheirErrorAndLeaveNoTrace() throws Exception {
        IceLite session = open(REMOTE, events);
        IceCredentials wrong = new IceCredentials(session.local().ufrag(), "012345678901234567890123");
        assertEquals(401, UdpViewer.errorCode(
                exchange(session, viewer.check(wrong, REMOTE.ufrag(), UdpViewer.USE_CANDIDATE))));
        assertEquals(401, UdpViewer.errorCode(
                exchange(session, viewer.check(session.local(), "other", UdpViewer.USE_CANDIDATE))));
        assertEquals(487, UdpViewer.errorCode(exchange(session,
                viewer.check(session.local(), REMOTE.ufrag(), UdpViewer.ICE_CONTROLLED, UdpViewer.USE_CANDIDATE))));
        byte[] unknown = exchange(session,
                viewer.check(session.local(), REMOTE.ufrag(), 0x7FFE, UdpViewer.USE_CANDIDATE));
        assertEquals(420, UdpViewer.errorCode(unknown));
        assertArrayEquals(new byte[] {0x7F, (byte) 0xFE}, UdpViewer.attribute(unknown, 0x000A));
        assertEquals(0, UdpViewer.errorCode(exchange(session,
                viewer.check(session.local(), REMOTE.ufrag(), 0xC057))), "may be ignored");
        assertNull(events.poll(NO_REPLY_MILLIS));
    }

    @Test
    void sendsWhereTheLatestNominationCameFrom() throws Exception {
        IceLite session = open(REMOTE, events);
        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        try (UdpViewer roamed = new UdpViewer()) {
            roamed.send(roamed.check(session.local(), REMOTE.ufrag()), address(session));
            roamed.receive(REPLY_MILLIS);
            assertTrue(session.send(ByteBuffer.wrap(new byte[] {20})));
            assertArrayEquals(new byte[] {20}, viewer.receive(REPLY_MILLIS), "not nominated yet");

            roamed.send(roamed.check(session.local(), REMOTE.ufrag(), UdpViewer.USE_CANDIDATE), address(session));
            roamed.receive(REPLY_MILLIS);
            assertEquals("validated", events.poll(REPLY_MILLIS));
            assertTrue(session.send(ByteBuffer.wrap(new byte[] {21})));
            assertArrayEquals(new byte[] {21}, roamed.receive(REPLY_MILLIS));
        }
    }

    @Test
    void aRestartKeepsTheOldPathUntilThePeerNominatesWithTheNewCredentials() throws Exception {
        IceLite session = open(REMOTE, events);
        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        IceCredentials old = session.local();

        session.restart(new IceCredentials("again", "0123456789012345678901"));
        settle();
        assertNotEquals(old.ufrag(), session.local().ufrag());
        assertNotEquals(old.password(), session.local().password());
        assertEquals(0, UdpViewer.errorCode(
                exchange(session, viewer.check(old, REMOTE.ufrag(), UdpViewer.USE_CANDIDATE))), "old credentials");
        assertTrue(session.send(ByteBuffer.wrap(new byte[] {20})));
        assertArrayEquals(new byte[] {20}, viewer.receive(REPLY_MILLIS));

        try (UdpViewer moved = new UdpViewer()) {
            moved.send(moved.check(session.local(), "again", UdpViewer.USE_CANDIDATE), address(session));
            assertEquals(0, UdpViewer.errorCode(moved.receive(REPLY_MILLIS)));
            assertEquals("validated", events.poll(REPLY_MILLIS));
            assertTrue(session.send(ByteBuffer.wrap(new byte[] {21})));
            assertArrayEquals(new byte[] {21}, moved.receive(REPLY_MILLIS));
            viewer.send(viewer.check(old, REMOTE.ufrag()), address(session));
            assertNull(viewer.receive(NO_REPLY_MILLIS), "the old credentials are forgotten");
        }
    }

    @Test
    void oneViewerCannotTakeAnothersAddress() throws Exception {
        Events otherEvents = new Events();
        IceLite session = open(REMOTE, events);
        IceLite other = open(new IceCredentials("other", REMOTE.password()), otherEvents);
        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        // As if the other viewer had forged the first one's source address.
        viewer.send(viewer.check(other.local(), "other", UdpViewer.USE_CANDIDATE), address(other));
        assertNull(viewer.receive(NO_REPLY_MILLIS));
        viewer.send(new byte[] {22, 7}, address(session));
        assertEquals("[22, 7]", events.poll(REPLY_MILLIS));
        assertNull(otherEvents.poll(0));

        session.close();
        settle();
        viewer.send(viewer.check(other.local(), "other", UdpViewer.USE_CANDIDATE), address(other));
        assertEquals(0, UdpViewer.errorCode(viewer.receive(REPLY_MILLIS)), "free again");
        assertEquals("validated", otherEvents.poll(REPLY_MILLIS));
    }

    @Test
    void silenceLosesAViewerOnce() throws Exception {
        port.close();
        port = port(TimeUnit.MILLISECONDS.toNanos(150));
        IceLite session = open(REMOTE, events);
        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        long begin = System.nanoTime();
        assertEquals("lost: silent for too long", events.poll(REPLY_MILLIS));
        assertTrue(System.nanoTime() - begin >= 100_000_000L);
        assertFalse(session.send(ByteBuffer.wrap(new byte[] {20})));
        viewer.send(viewer.check(session.local(), REMOTE.ufrag()), address(session));
        assertNull(viewer.receive(NO_REPLY_MILLIS), "forgotten");
        assertNull(events.poll(0));
    }

    @Test
    void aViewerThatNeverComesIsLostToo() throws Exception {
        port.close();
        port = port(TimeUnit.MILLISECONDS.toNanos(50));
        port.open(REMOTE, events);
        assertTrue(events.poll(REPLY_MILLIS).startsWith("lost: no connectivity check came"));
    }

    @Test
    void timeRunsOnlyOnceAnOfferWasAnswered() throws Exception {
        IceLite session = port.open(null, events);
        settle();
        assertEquals(Long.MAX_VALUE, session.expiryNanos());
        session.answered(REMOTE);
        settle();
        assertTrue(session.expiryNanos() - System.nanoTime() <= SILENCE_NANOS);
    }

    @Test
    void consentEndsWithoutChecksWhateverElseArrives() {
        long second = 1_000_000_000L;
        IceLite session = new IceLite(port, new Credentials(REMOTE), true, events, SILENCE_NANOS, 0);
        assertEquals(10 * second, session.expiryNanos());
        session.onDatagram(8 * second, ByteBuffer.allocate(1));
        assertEquals(18 * second, session.expiryNanos());
        session.onDatagram(25 * second, ByteBuffer.allocate(1));
        assertEquals(30 * second, session.expiryNanos(), "RFC 7675");
    }

    @Test
    void aFloodOfForgeriesDoesNotStopTheViewer() throws Exception {
        IceLite session = open(REMOTE, events);
        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        Random random = new Random(1);
        try (UdpViewer stranger = new UdpViewer()) {
            IceCredentials wrong = new IceCredentials(session.local().ufrag(), "012345678901234567890123");
            int replies = 0;
            long began = System.nanoTime();
            for (int round = 0; round < 20; round++) {
                // Few enough for the sockets' buffers, so that none is lost and every reply is counted.
                for (int i = 0; i < 40; i++) {
                    byte[] junk = new byte[1 + random.nextInt(1400)];
                    random.nextBytes(junk);
                    stranger.send(junk, address(session));
                    stranger.send(stranger.check(wrong, REMOTE.ufrag()), address(session));
                }
                nominate(session);
                while (stranger.receive(5) != null) {
                    replies++;
                }
            }
            // A hundred in each second that was begun, however long a busy machine took.
            long most = 100 * (2 + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began));
            assertTrue(replies > 0 && replies <= most, replies + " replies to 800 forgeries, not " + most + " at most");
        }
        viewer.send(new byte[] {22, 5}, address(session));
        assertEquals("[22, 5]", events.poll(REPLY_MILLIS));
    }

    /** By somebody who saw one pass, and can forge the viewer's address. */
    @Test
    void checksThatAreSentAgainDoNotStopTheViewer() throws Exception {
        IceLite session = open(REMOTE, events);
        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        byte[] seen = viewer.check(session.local(), REMOTE.ufrag(), UdpViewer.USE_CANDIDATE);
        viewer.send(seen, address(session));
        assertEquals(0, UdpViewer.errorCode(viewer.receive(REPLY_MILLIS)));
        int replies = 0;
        long began = System.nanoTime();
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 40; i++) {
                viewer.send(seen, address(session));
            }
            while (viewer.receive(5) != null) {
                replies++;
            }
            nominate(session);
        }
        long seconds = (System.nanoTime() - began) / 1_000_000_000 + 2;
        assertTrue(replies > 0 && replies <= 20 * seconds, replies + " replies to 2000 of the same in " + seconds + " s");
    }

    @Test
    void manyAddressesOfOneViewerAreBounded() throws Exception {
        IceLite session = open(REMOTE, events);
        nominate(session);
        for (int i = 0; i < 40; i++) {
            try (UdpViewer other = new UdpViewer()) {
                other.send(other.check(session.local(), REMOTE.ufrag()), address(session));
                assertEquals(0, UdpViewer.errorCode(other.receive(REPLY_MILLIS)));
            }
        }
        assertTrue(session.send(ByteBuffer.wrap(new byte[] {20})));
        assertArrayEquals(new byte[] {20}, viewer.receive(REPLY_MILLIS), "the nominated one is never given up");
        assertEquals("validated", events.poll(REPLY_MILLIS));
        viewer.send(new byte[] {22, 1}, address(session));
        assertEquals("[22, 1]", events.poll(REPLY_MILLIS));
        assertTrue(session.paths().size() <= 16);
    }

    @Test
    void whereThePortIsTakenTheNextFreeOneServesAndOneWarningSaysSo() throws Exception {
        List<InetAddress> two = List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2"));
        int first = address(open(REMOTE, new Events())).getPort();
        PrintStream stderr = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        IcePort second = new IcePort(loop,
                new IcePort.Settings(first, List.of(), Loopback.ALWAYS, List.of(), SILENCE_NANOS), () -> two);
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            second.refresh();
        } finally {
            System.setErr(stderr);
        }
        IceLite session = second.open(REMOTE, events);
        settle();
        int next = address(session).getPort();
        assertTrue(next > first && next < first + IcePort.PORTS_TO_TRY, first + ", then " + next);
        assertTrue(session.candidates().get(1).contains(" 127.0.0.2 " + next + " "), "the same on every address");
        String said = log.toString(StandardCharsets.UTF_8);
        assertEquals(1, said.lines().count(), said);
        assertTrue(said.contains("UDP port " + first + " on 127.0.0.1 is in use; using " + next + " instead"), said);
        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        second.close();
    }

    @Test
    void anAddressWhereThePortIsTakenGetsOneOfItsOwn() throws Exception {
        InetAddress other = InetAddress.getByName("127.0.0.2");
        try (DatagramSocket taken = new DatagramSocket(0, other)) {
            IcePort both = new IcePort(loop,
                    new IcePort.Settings(
                            taken.getLocalPort(), List.of(), Loopback.ALWAYS, List.of(), SILENCE_NANOS),
                    () -> List.of(InetAddress.getLoopbackAddress(), other));
            assertEquals(2, both.open(REMOTE, events).candidates().size());
            both.close();
        }
    }

    @Test
    void wherePortAfterPortIsTakenTheyAreNamed() throws Exception {
        // Below the ports that systems hand out, so that nobody else's is among them.
        int first = ThreadLocalRandom.current().nextInt(20_000, 30_000);
        List<DatagramSocket> taken = new ArrayList<>();
        IcePort blocked = new IcePort(loop,
                new IcePort.Settings(first, List.of(), Loopback.ALWAYS, List.of(), SILENCE_NANOS),
                () -> List.of(InetAddress.getLoopbackAddress()));
        for (int port = first; port < first + IcePort.PORTS_TO_TRY; port++) {
            taken.add(new DatagramSocket(port, InetAddress.getLoopbackAddress()));
        }
        StageException refused = assertThrows(StageException.class, () -> blocked.open(REMOTE, events));
        assertEquals(StageException.Reason.UNAVAILABLE, refused.reason());
        assertTrue(refused.getMessage().contains(
                "UDP ports " + first + " to " + (first + 15) + " on 127.0.0.1 are in use"), refused.getMessage());
        taken.forEach(DatagramSocket::close);
        assertEquals(first, address(blocked.open(REMOTE, events)).getPort(), "works once it is free");
        blocked.close();
    }

    @Test
    void theLastPortIsNotExceeded() throws Exception {
        try (DatagramSocket taken = new DatagramSocket(65535, InetAddress.getLoopbackAddress())) {
            IcePort blocked = new IcePort(loop,
                    new IcePort.Settings(taken.getLocalPort(), List.of(), Loopback.ALWAYS, List.of(), SILENCE_NANOS),
                    () -> List.of(InetAddress.getLoopbackAddress()));
            assertThrows(StageException.class, () -> blocked.open(REMOTE, events));
            blocked.close();
        }
    }

    @Test
    void announcesForwardedAddresses() throws Exception {
        IcePort forwarded = new IcePort(loop,
                new IcePort.Settings(0, List.of(), Loopback.ALWAYS,
                        List.of(Announced.parse("203.0.113.7"), Announced.parse("[2001:db8::7]:9000")), SILENCE_NANOS),
                () -> List.of(InetAddress.getLoopbackAddress()));
        List<String> candidates = forwarded.open(REMOTE, events).candidates();
        int bound = UdpViewer.address(candidates.get(0)).getPort();
        assertEquals(
                List.of("1 1 udp 2130706431 127.0.0.1 " + bound + " typ host",
                        "2 1 udp 2130706175 203.0.113.7 " + bound + " typ host",
                        "3 1 udp 2130705919 2001:db8:0:0:0:0:0:7 9000 typ host"),
                candidates);
        forwarded.close();
    }

    @Test
    void closingLosesEverybody() throws Exception {
        port.open(REMOTE, events);
        port.close();
        assertEquals("lost: ICE is shutting down", events.poll(REPLY_MILLIS));
        assertThrows(StageException.class, () -> port.open(REMOTE, events));
    }

    @Test
    void aSuccessorGetsTheSamePort() throws Exception {
        for (int round = 0; round < 10; round++) {
            int number = address(open(REMOTE, new Events())).getPort();
            // A loop with something else to do.
            loop.execute(() -> LockSupport.parkNanos(10_000_000));
            port.close();
            port = new IcePort(loop,
                    new IcePort.Settings(number, List.of(), Loopback.ALWAYS, List.of(), SILENCE_NANOS),
                    () -> List.of(InetAddress.getLoopbackAddress()));
            port.refresh();
            assertEquals(number, UdpViewer.address(port.candidates().get(0)).getPort());
        }
        nominate(open(REMOTE, events));
    }

    @Test
    void newAddressesAreTakenUpAndOldOnesLeftWhenNobodyUsesThem() throws Exception {
        InetAddress first = InetAddress.getByName("127.0.0.1");
        InetAddress second = InetAddress.getByName("127.0.0.2");
        List<InetAddress> machine = new CopyOnWriteArrayList<>(List.of(first));
        port.close();
        port = new IcePort(loop, new IcePort.Settings(0, List.of(), Loopback.ALWAYS, List.of(), SILENCE_NANOS),
                () -> List.copyOf(machine));
        IceLite session = open(REMOTE, events);
        nominate(session);
        int number = address(session).getPort();

        machine.set(0, second);
        Events late = new Events();
        IceLite other = open(new IceCredentials("other", REMOTE.password()), late);
        assertEquals(List.of("1 1 udp 2130706431 127.0.0.2 " + number + " typ host"), other.candidates());
        assertTrue(session.send(ByteBuffer.wrap(new byte[] {20})), "still in use");
        assertArrayEquals(new byte[] {20}, viewer.receive(REPLY_MILLIS));

        session.close();
        settle();
        port.refresh();
        assertTrue(becomesFree(new InetSocketAddress(first, number)));
    }

    @Test
    void tellsDtlsFromSrtpFromStunByTheFirstByte() throws Exception {
        IceLite session = open(REMOTE, events);
        nominate(session);
        assertEquals("validated", events.poll(REPLY_MILLIS));
        for (int first = 0; first < 256; first++) {
            viewer.send(new byte[] {(byte) first, 0}, address(session));
            if (first > 3) {
                assertEquals("[" + (byte) first + ", 0]", events.poll(REPLY_MILLIS));
            }
        }
        assertNull(events.poll(0));
    }

    private static boolean becomesFree(InetSocketAddress address) throws IOException {
        long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REPLY_MILLIS);
        while (System.nanoTime() - untilNanos < 0) {
            try (DatagramSocket socket = new DatagramSocket(address)) {
                return socket.isBound();
            } catch (BindException e) {
                Thread.onSpinWait();
            }
        }
        return false;
    }

    private IcePort port(long silenceNanos) {
        return new IcePort(loop,
                new IcePort.Settings(0, List.of(), Loopback.ALWAYS, List.of(), silenceNanos),
                () -> List.of(InetAddress.getLoopbackAddress()));
    }

    private IceLite open(IceCredentials remote, Events sink) throws Exception {
        IceLite session = port.open(remote, sink);
        settle();
        return session;
    }

    /** Waits until the loop has done what it was told: a datagram may otherwise overtake a command. */
    private void settle() throws InterruptedException {
        CountDownLatch passed = new CountDownLatch(1);
        loop.execute(passed::countDown);
        assertTrue(passed.await(REPLY_MILLIS, TimeUnit.MILLISECONDS));
    }

    private static InetSocketAddress address(IceLite session) {
        return UdpViewer.address(session.candidates().get(0));
    }

    private void nominate(IceLite session) throws IOException {
        byte[] check = viewer.check(session.local(), REMOTE.ufrag(), UdpViewer.USE_CANDIDATE);
        assertEquals(0, UdpViewer.errorCode(exchange(session, check)));
    }

    private byte[] exchange(IceLite session, byte[] check) throws IOException {
        viewer.send(check, address(session));
        byte[] response = viewer.receive(REPLY_MILLIS);
        assertTrue(response != null, "no reply");
        return response;
    }

    private static class Events implements ConnectivityEvents {

        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

        String poll(int timeoutMillis) throws InterruptedException {
            return events.poll(timeoutMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public void onValidated(long nowNanos) {
            events.add("validated");
        }

        @Override
        public void onDatagram(long nowNanos, ByteBuffer datagram) {
            byte[] bytes = new byte[datagram.remaining()];
            datagram.get(bytes);
            events.add(Arrays.toString(bytes));
        }

        @Override
        public void onLost(long nowNanos, String reason) {
            events.add("lost: " + reason);
        }
    }
}
