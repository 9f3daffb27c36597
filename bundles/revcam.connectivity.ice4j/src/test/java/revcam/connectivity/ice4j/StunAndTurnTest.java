package revcam.connectivity.ice4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.ice4j.ice.harvest.HostCandidateHarvester;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import revcam.api.connectivity.Connectivity;
import revcam.api.media.StageException;
import revcam.testkit.SelectorLoop;

/** With servers on this host: a STUN server that claims a NAT, and coturn. */
class StunAndTurnTest {

    private static InetAddress host;

    private final SelectorLoop loop = new SelectorLoop();
    private final RecordedEvents events = new RecordedEvents(loop);

    @BeforeAll
    static void needsAnAddress() {
        Ice4jDefaults.apply();
        host = HostCandidateHarvester.getAllAllowedAddresses().stream()
                .filter(address -> address.getAddress().length == 4)
                .findFirst()
                .orElse(null);
        assumeTrue(host != null, "only loopback here");
    }

    @AfterEach
    void stop() {
        loop.close();
    }

    @Test
    void theAddressThatAStunServerSeesIsOffered() throws Exception {
        try (DatagramSocket stun = new DatagramSocket(0, host);
                IcePeer viewer = new IcePeer();
                Connectivity connectivity = serveAndOpen(stun, viewer)) {
            String reflexive = connectivity.candidates().stream()
                    .filter(line -> line.contains("typ srflx"))
                    .collect(Collectors.joining());
            assertTrue(
                    reflexive.matches("\\S+ 1 udp \\d+ 203\\.0\\.113\\.7 5000 typ srflx raddr "
                            + host.getHostAddress().replace(".", "\\.") + " rport \\d+"),
                    connectivity.candidates().toString());
            viewer.connect(connectivity);
            events.expect(RecordedEvents.VALIDATED);
        }
    }

    private Connectivity serveAndOpen(DatagramSocket stun, IcePeer viewer) throws StageException {
        Thread server = new Thread(() -> answerAsBehindNat(stun), "stun");
        server.setDaemon(true);
        server.start();
        return open(Map.of("stun", host.getHostAddress() + ":" + stun.getLocalPort()), viewer);
    }

    /** Binding responses (RFC 8489) that say 203.0.113.7:5000 in XOR-MAPPED-ADDRESS. */
    private static void answerAsBehindNat(DatagramSocket socket) {
        byte[] buffer = new byte[1500];
        try {
            while (true) {
                DatagramPacket request = new DatagramPacket(buffer, buffer.length);
                socket.receive(request);
                ByteBuffer response = ByteBuffer.allocate(32)
                        .putShort((short) 0x0101).putShort((short) 12).put(buffer, 4, 16)
                        .putShort((short) 0x0020).putShort((short) 8)
                        .putShort((short) 1).putShort((short) (5000 ^ 0x2112)).putInt(0xCB007107 ^ 0x2112A442);
                socket.send(new DatagramPacket(response.array(), 32, request.getSocketAddress()));
            }
        } catch (SocketException closed) {
            // The test is over.
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aServerThatDoesNotAnswerDelaysAViewerOnlySoLong() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, host);
                IcePeer viewer = new IcePeer()) {
            long start = System.nanoTime();
            try (Connectivity connectivity = open(
                    Map.of("stun", host.getHostAddress() + ":" + silent.getLocalPort(), "gatherTimeout", 300), viewer)) {
                assertTrue(System.nanoTime() - start < 2_000_000_000L);
                assertFalse(connectivity.candidates().isEmpty());
            }
        }
    }

    @Test
    void mediaGoesThroughTheRelayAndNothingElse() throws Exception {
        try (Coturn turn = Coturn.start(host);
                IcePeer viewer = new IcePeer();
                Connectivity connectivity = open(relayOnly(turn, "pa55word"), viewer)) {
            assertEquals(1, connectivity.candidates().size(), connectivity.candidates().toString());
            String[] relayed = connectivity.candidates().get(0).split(" ");
            assertEquals("relay", relayed[7]);
            assertEquals("raddr 0.0.0.0 rport 0", String.join(" ", relayed[8], relayed[9], relayed[10], relayed[11]));
            assertEquals(99, connectivity.overheadBytes());

            viewer.candidates().forEach(connectivity::addRemoteCandidate);
            viewer.connect(connectivity);
            events.expect(RecordedEvents.VALIDATED);
            viewer.send("up");
            events.expect("up");
            String large = "x".repeat(1200);
            for (int i = 0; i < 50; i++) {
                assertTrue(connectivity.send(ByteBuffer.wrap((large + i).getBytes(StandardCharsets.UTF_8))));
                assertEquals(large + i, viewer.receive(5000));
            }
            assertEquals(relayed[4] + ":" + relayed[5] + "/udp", viewer.remoteAddress());
            assertEquals(1, viewer.remoteAddresses(), "a check came from another address than the relay's");
        }
    }

    @Test
    void aWrongPasswordIsSaid() throws Exception {
        try (Coturn turn = Coturn.start(host);
                IcePeer viewer = new IcePeer()) {
            StageException refused = assertThrows(
                    StageException.class, () -> open(relayOnly(turn, "wr0ng"), viewer));
            assertEquals(StageException.Reason.UNAVAILABLE, refused.reason());
            assertTrue(refused.getMessage().contains("turn.password"), refused.getMessage());
            assertFalse(refused.getMessage().contains("wr0ng"), refused.getMessage());
            assertNotNull(viewer.credentials());
        }
    }

    private static Map<String, Object> relayOnly(Coturn turn, String password) {
        return Map.of(
                "turn", host.getHostAddress() + ":" + turn.port(),
                "turn_user", "camera",
                "turn_password", password,
                "policy", "relay");
    }

    private Connectivity open(Map<String, Object> config, IcePeer viewer) throws StageException {
        return new Ice4jConnectivityFactory(loop, TestConfig.of(config)).open(viewer.credentials(), events);
    }
}
