package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.connectivity.IceCredentials;
import revcam.api.transport.MediaLoop;

/** What every {@link Connectivity} must hold, towards a controlling ICE peer on this machine. */
public abstract class ConnectivityConformance {

    private static final String PEER_PASSWORD = "0123456789012345678901";
    private static final IceCredentials PEER = new IceCredentials("peer", PEER_PASSWORD);
    private static final long WAIT_SECONDS = 10;
    private static final long NOTHING_MILLIS = 100;
    /** RFC 8839, section 5.4. */
    private static final Pattern ICE_CHARS = Pattern.compile("[A-Za-z0-9+/]+");
    /** RFC 8839, section 5.1. */
    private static final Pattern CANDIDATE = Pattern.compile(
            "[A-Za-z0-9+/]{1,32} 1 (?i:udp) \\d{1,10} [0-9A-Fa-f.:]+ \\d{1,5} typ (host|srflx|prflx|relay)( .*)?");

    private final Events events = new Events();
    private SelectorLoop loop;
    private ConnectivityFactory factory;

    /** A provider that uses {@code loop}. */
    protected abstract ConnectivityFactory open(MediaLoop loop) throws Exception;

    /** Ends what {@link #open} began. */
    protected abstract void close(ConnectivityFactory factory) throws Exception;

    @BeforeEach
    void openProvider() throws Exception {
        loop = new SelectorLoop();
        factory = open(loop);
    }

    @AfterEach
    void closeProvider() throws Exception {
        close(factory);
        loop.close();
    }

    @Test
    void everyPeerGetsCredentialsOfItsOwn() throws Exception {
        Set<String> ufrags = new HashSet<>();
        Set<String> passwords = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            try (Connectivity connectivity = factory.open(PEER, events)) {
                IceCredentials local = connectivity.local();
                // RFC 8445, section 5.3: 24 and 128 random bits.
                assertTrue(local.ufrag().length() >= 4 && ICE_CHARS.matcher(local.ufrag()).matches(), local.ufrag());
                assertTrue(local.password().length() >= 22 && ICE_CHARS.matcher(local.password()).matches());
                assertTrue(ufrags.add(local.ufrag()) && passwords.add(local.password()), "used twice");
                assertFalse(local.toString().contains(local.password()));
            }
        }
    }

    @Test
    void candidatesAreCompleteAndWellFormed() throws Exception {
        try (Connectivity connectivity = factory.open(PEER, events)) {
            List<String> candidates = connectivity.candidates();
            assertFalse(candidates.isEmpty());
            for (String candidate : candidates) {
                assertTrue(CANDIDATE.matcher(candidate).matches(), candidate);
                assertTrue(!connectivity.lite() || candidate.endsWith("typ host"),
                        "RFC 8445, section 2.5: " + candidate);
            }
            assertEquals(candidates, connectivity.candidates(), "nothing trickles later");
        }
    }

    @Test
    void candidatesOfThePeerAreUncheckedInput() throws Exception {
        try (Connectivity connectivity = factory.open(PEER, events)) {
            for (String candidate : List.of("", "rubbish", "1 1 udp 1 name.local 9 typ host",
                    "1 1 tcp 1 192.0.2.1 9 typ host",
                    "1 1 udp 99999999999 192.0.2.1 99999 typ host", "1 1 udp 1 192.0.2.1", "\u0000")) {
                connectivity.addRemoteCandidate(candidate);
            }
            try (Peer peer = new Peer(connectivity)) {
                peer.check("peer");
                assertEquals("validated", events.await());
            }
        }
    }

    @Test
    void datagramsFlowOnceAPeerIsValidated() throws Exception {
        try (Connectivity connectivity = factory.open(PEER, events); Peer peer = new Peer(connectivity)) {
            assertFalse(connectivity.send(ByteBuffer.wrap(new byte[] {20, 1})), "to whom?");
            peer.send(new byte[] {21, 1});
            assertNull(events.poll(NOTHING_MILLIS), "from a stranger");

            peer.check("peer");
            assertEquals("validated", events.await());
            peer.send(new byte[] {22, 1, 2, 3});
            assertEquals("[22, 1, 2, 3]", events.await());
            peer.send(new byte[] {(byte) 0x80, (byte) 200, 0, 0});
            assertEquals("[-128, -56, 0, 0]", events.await());
            sendUntilHeard(connectivity, peer, new byte[] {23, 4, 5});
        }
    }

    @Test
    void aStrangerIsNotHeard() throws Exception {
        try (Connectivity connectivity = factory.open(PEER, events);
                Peer peer = new Peer(connectivity);
                Peer stranger = new Peer(connectivity)) {
            peer.check("peer");
            assertEquals("validated", events.await());
            stranger.send(new byte[] {22, 6, 6, 6});
            assertNull(events.poll(NOTHING_MILLIS));
        }
    }

    @Test
    void aRestartBringsNewCredentialsAndAPathOfTheirOwn() throws Exception {
        try (Connectivity connectivity = factory.open(PEER, events); Peer peer = new Peer(connectivity)) {
            peer.check("peer");
            assertEquals("validated", events.await());
            IceCredentials old = connectivity.local();
            connectivity.restart(new IceCredentials("again", PEER_PASSWORD));
            settle();
            assertNotEquals(old.ufrag(), connectivity.local().ufrag());
            assertNotEquals(old.password(), connectivity.local().password());
            sendUntilHeard(connectivity, peer, new byte[] {20, 1});

            try (Peer moved = new Peer(connectivity)) {
                moved.check("again");
                assertEquals("validated", events.await());
                sendUntilHeard(connectivity, moved, new byte[] {20, 2});
                moved.send(new byte[] {22, 7});
                assertEquals("[22, 7]", events.await());
            }
        }
    }

    @Test
    void aPathForAnOfferWaitsForTheAnswer() throws Exception {
        try (Connectivity connectivity = factory.offer(events)) {
            assertFalse(connectivity.candidates().isEmpty());
            assertTrue(connectivity.local().password().length() >= 22);
            assertFalse(connectivity.send(ByteBuffer.wrap(new byte[] {20, 1})), "to whom?");
            connectivity.answered(PEER);
            // RFC 8445, section 6.1.1: who offers controls, but for a lite agent.
            try (Peer peer = new Peer(connectivity, connectivity.lite())) {
                peer.check("peer");
                assertEquals("validated", events.await());
                peer.send(new byte[] {22, 1});
                assertEquals("[22, 1]", events.await());
                sendUntilHeard(connectivity, peer, new byte[] {23, 4, 5});
            }
        }
    }

    @Test
    void anOfferThatIsTakenBackEndsQuietly() throws Exception {
        Connectivity connectivity = factory.offer(events);
        connectivity.close();
        connectivity.close();
        settle();
        assertFalse(connectivity.send(ByteBuffer.wrap(new byte[] {20, 1})));
        assertNull(events.poll(NOTHING_MILLIS));
    }

    @Test
    void closingEndsItQuietly() throws Exception {
        Connectivity connectivity = factory.open(PEER, events);
        try (Peer peer = new Peer(connectivity)) {
            peer.check("peer");
            assertEquals("validated", events.await());
            connectivity.close();
            connectivity.close();
            settle();
            assertFalse(connectivity.send(ByteBuffer.wrap(new byte[] {20, 1})));
            peer.send(new byte[] {22, 1});
            assertNull(events.poll(NOTHING_MILLIS));
        }
    }

    @Test
    void overheadIsThatOfARealPath() throws Exception {
        try (Connectivity connectivity = factory.open(PEER, events)) {
            // IPv4 and UDP at least; IPv6, UDP and a TURN relay's Send indication at most (RFC 8656, section 11.1).
            assertTrue(connectivity.overheadBytes() >= 28 && connectivity.overheadBytes() <= 100);
        }
    }

    private void settle() throws InterruptedException {
        CountDownLatch passed = new CountDownLatch(1);
        loop.execute(passed::countDown);
        assertTrue(passed.await(WAIT_SECONDS, TimeUnit.SECONDS));
    }

    private void sendUntilHeard(Connectivity connectivity, Peer peer, byte[] datagram) throws Exception {
        loop.execute(() -> connectivity.send(ByteBuffer.wrap(datagram)));
        assertArrayEquals(datagram, peer.receive());
    }

    private final class Events implements ConnectivityEvents {

        private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();

        String poll(long millis) throws InterruptedException {
            return queue.poll(millis, TimeUnit.MILLISECONDS);
        }

        String await() throws InterruptedException {
            return queue.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public void onValidated(long nowNanos) {
            add("validated");
        }

        @Override
        public void onDatagram(long nowNanos, ByteBuffer datagram) {
            byte[] bytes = new byte[datagram.remaining()];
            datagram.get(bytes);
            add(Arrays.toString(bytes));
        }

        @Override
        public void onLost(long nowNanos, String reason) {
            add("lost: " + reason);
        }

        private void add(String event) {
            queue.add(loop.isLoopThread() ? event : event + " on " + Thread.currentThread().getName());
        }
    }

    /** An agent, controlling unless told otherwise, with one candidate that knows just enough STUN (RFC 8489) to check and be checked. */
    private static final class Peer implements AutoCloseable {

        private static final int REQUEST = 0x0001;
        private static final int SUCCESS = 0x0101;
        private static final int RETRANSMISSION_MILLIS = 100;
        private static final int ATTEMPTS = 50;

        private final Connectivity connectivity;
        private final boolean controlling;
        private final DatagramSocket socket;
        private final InetSocketAddress server;
        private final BlockingQueue<byte[]> successes = new LinkedBlockingQueue<>();
        private final BlockingQueue<byte[]> datagrams = new LinkedBlockingQueue<>();

        Peer(Connectivity connectivity) throws IOException {
            this(connectivity, true);
        }

        Peer(Connectivity connectivity, boolean controlling) throws IOException {
            this.connectivity = connectivity;
            this.controlling = controlling;
            socket = new DatagramSocket();
            InetSocketAddress best = null;
            for (String candidate : connectivity.candidates()) {
                String[] fields = candidate.split(" ");
                InetAddress address = InetAddress.getByName(fields[4]);
                if (fields[7].equals("host") && (best == null || address instanceof Inet4Address)) {
                    best = new InetSocketAddress(address, Integer.parseInt(fields[5]));
                }
            }
            assertNotNull(best, "no host candidate");
            server = best;
            Thread reader = new Thread(this::read, "ice-peer");
            reader.setDaemon(true);
            reader.start();
        }

        void send(byte[] datagram) throws IOException {
            socket.send(new DatagramPacket(datagram, datagram.length, server));
        }

        /** Checks, and nominates if it controls, until that succeeds. */
        void check(String ufrag) throws Exception {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                byte[] request = request(ufrag);
                send(request);
                byte[] success = successes.poll(RETRANSMISSION_MILLIS, TimeUnit.MILLISECONDS);
                if (success != null && Arrays.equals(success, 8, 20, request, 8, 20)) {
                    return;
                }
            }
            throw new AssertionError("no check succeeded");
        }

        /** The next datagram that is not STUN, or null. */
        byte[] receive() throws InterruptedException {
            return datagrams.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        }

        /** A full agent checks on its own, and validates only once that was answered. */
        private void read() {
            DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
            try {
                while (true) {
                    socket.receive(packet);
                    byte[] datagram = Arrays.copyOf(packet.getData(), packet.getLength());
                    packet.setLength(2048);
                    if ((datagram[0] & 0xFF) > 3) {
                        datagrams.add(datagram);
                    } else if (ByteBuffer.wrap(datagram).getShort() == SUCCESS) {
                        successes.add(datagram);
                    } else if (ByteBuffer.wrap(datagram).getShort() == REQUEST) {
                        byte[] answer = success(datagram, (InetSocketAddress) packet.getSocketAddress());
                        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                    }
                }
            } catch (IOException e) {
                // Closed.
            }
        }

        private byte[] request(String ufrag) {
            IceCredentials theirs = connectivity.local();
            byte[] username = (theirs.ufrag() + ':' + ufrag).getBytes(StandardCharsets.US_ASCII);
            ByteBuffer message = ByteBuffer.allocate(600);
            byte[] transaction = new byte[12];
            ThreadLocalRandom.current().nextBytes(transaction);
            message.putShort((short) REQUEST).putShort((short) 0).putInt(0x2112A442).put(transaction);
            message.putShort((short) 0x0006).putShort((short) username.length).put(username);
            message.position((message.position() + 3) & ~3);
            message.putShort((short) 0x0024).putShort((short) 4).putInt(0x6E0001FF); // PRIORITY
            message.putShort((short) (controlling ? 0x802A : 0x8029)).putShort((short) 8).putLong(42); // ICE-CONTROLLING, -ED
            if (controlling) {
                message.putShort((short) 0x0025).putShort((short) 0); // USE-CANDIDATE
            }
            return signed(message, theirs.password());
        }

        private byte[] success(byte[] request, InetSocketAddress from) {
            byte[] address = from.getAddress().getAddress();
            ByteBuffer message = ByteBuffer.allocate(600);
            message.putShort((short) SUCCESS).putShort((short) 0).put(request, 4, 16);
            message.putShort((short) 0x0020).putShort((short) (4 + address.length));
            message.putShort((short) (address.length == 4 ? 1 : 2)).putShort((short) (from.getPort() ^ 0x2112));
            for (int i = 0; i < address.length; i++) {
                message.put((byte) (address[i] ^ request[4 + i]));
            }
            return signed(message, PEER_PASSWORD);
        }

        private static byte[] signed(ByteBuffer message, String password) {
            try {
                message.putShort(2, (short) (message.position() - 20 + 24));
                Mac hmac = Mac.getInstance("HmacSHA1");
                hmac.init(new SecretKeySpec(password.getBytes(StandardCharsets.US_ASCII), "HmacSHA1"));
                hmac.update(message.array(), 0, message.position());
                message.putShort((short) 0x0008).putShort((short) 20).put(hmac.doFinal());
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
            message.putShort(2, (short) (message.position() - 20 + 8));
            CRC32 crc = new CRC32();
            crc.update(message.array(), 0, message.position());
            message.putShort((short) 0x8028).putShort((short) 4).putInt((int) crc.getValue() ^ 0x5354554E);
            return Arrays.copyOf(message.array(), message.position());
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
