package revcam.connectivity.ice4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.ice4j.ice.harvest.HostCandidateHarvester;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.IceCredentials;
import revcam.api.media.StageException;
import revcam.testkit.SelectorLoop;

/** Against another full ICE agent on this host's own addresses; nothing leaves the host. */
class Ice4jConnectivityTest {

    private final SelectorLoop loop = new SelectorLoop();
    private final RecordedEvents events = new RecordedEvents(loop);

    @BeforeAll
    static void needsAnAddress() {
        Ice4jDefaults.apply();
        assumeFalse(HostCandidateHarvester.getAllAllowedAddresses().isEmpty(), "only loopback here");
    }

    @AfterEach
    void stop() {
        loop.close();
    }

    @Test
    void datagramsFlowBothWays() throws Exception {
        try (IcePeer viewer = new IcePeer();
                Connectivity connectivity = open(Map.of(), viewer)) {
            assertFalse(connectivity.lite());
            assertEquals(48, connectivity.overheadBytes());
            assertFalse(send(connectivity, "too early"));
            viewer.candidates().forEach(connectivity::addRemoteCandidate);
            viewer.connect(connectivity);
            events.expect(RecordedEvents.VALIDATED);

            assertTrue(send(connectivity, "down"));
            assertEquals("down", viewer.receive(5000));
            ByteBuffer direct = ByteBuffer.allocateDirect(20).put(3, "direct".getBytes(StandardCharsets.UTF_8));
            direct.position(3).limit(9);
            assertTrue(connectivity.send(direct));
            assertFalse(direct.hasRemaining());
            assertEquals("direct", viewer.receive(5000));
            for (int i = 0; i < 100; i++) {
                viewer.send("up " + i);
                events.expect("up " + i);
            }
        }
        assertTrue(events.isEmpty(), "closing is not losing");
        assertEquals(0, loop.deadlineTasks());
    }

    @Test
    void aViewerThatOffersOnlyNamesConnects() throws Exception {
        try (IcePeer viewer = new IcePeer();
                Connectivity connectivity = open(Map.of(), viewer)) {
            connectivity.addRemoteCandidate(
                    "1 1 udp 2113937151 5e1a2c3d-0000-4000-8000-000000000000.local 50000 typ host generation 0");
            viewer.connect(connectivity);
            events.expect(RecordedEvents.VALIDATED);
            assertTrue(send(connectivity, "hello"));
            assertEquals("hello", viewer.receive(5000));
        }
    }

    @Test
    void aStrangerIsNotHeard() throws Exception {
        try (IcePeer viewer = new IcePeer();
                Connectivity connectivity = open(Map.of(), viewer);
                DatagramSocket stranger = new DatagramSocket()) {
            byte[] bytes = "stranger".getBytes(StandardCharsets.UTF_8);
            viewer.connect(connectivity);
            events.expect(RecordedEvents.VALIDATED);
            for (String candidate : connectivity.candidates()) {
                String[] fields = candidate.split(" ");
                stranger.send(new DatagramPacket(
                        bytes, bytes.length, InetAddress.getByName(fields[4]), Integer.parseInt(fields[5])));
            }
            viewer.send("viewer");
            events.expect("viewer");
            assertTrue(send(connectivity, "still to the viewer"));
            assertEquals("still to the viewer", viewer.receive(5000));
            assertTrue(events.isEmpty());
        }
    }

    @Test
    void theOldPathGoesOnUntilTheRestartHasItsOwn() throws Exception {
        try (IcePeer before = new IcePeer();
                Connectivity connectivity = open(Map.of(), before);
                IcePeer after = new IcePeer()) {
            IceCredentials first = connectivity.local();
            before.connect(connectivity);
            events.expect(RecordedEvents.VALIDATED);

            connectivity.restart(after.credentials());
            assertNotEquals(first.ufrag(), connectivity.local().ufrag());
            assertNotEquals(first.password(), connectivity.local().password());
            before.send("old path");
            events.expect("old path");
            assertTrue(send(connectivity, "on the old path"));
            assertEquals("on the old path", before.receive(5000));

            after.connect(connectivity);
            events.expect(RecordedEvents.VALIDATED);
            assertTrue(send(connectivity, "on the new path"));
            assertEquals("on the new path", after.receive(5000));
            after.send("new path");
            events.expect("new path");
            assertNull(before.receive(100));
        }
    }

    @Test
    void aViewerThatVanishesIsLostWithin10Seconds() throws Exception {
        try (IcePeer viewer = new IcePeer()) {
            Connectivity connectivity = open(Map.of(), viewer);
            String[] candidate = connectivity.candidates().get(0).split(" ");
            try (Wire wire = new Wire(new InetSocketAddress(candidate[4], Integer.parseInt(candidate[5])))) {
                candidate[5] = Integer.toString(wire.port());
                viewer.connect(connectivity.local(), List.of(String.join(" ", candidate)));
                events.expect(RecordedEvents.VALIDATED);
                viewer.send("here");
                events.expect("here");
                wire.cut();
                long start = System.nanoTime();

                assertEquals("lost: it no longer answers connectivity checks", events.await(12));

                assertTrue(System.nanoTime() - start < 10_000_000_000L, "took too long");
                assertEquals(0, loop.deadlineTasks());
            }
        }
    }

    @Test
    void aViewerThatNeverComesIsGivenUp() throws Exception {
        try (IcePeer viewer = new IcePeer()) {
            open(Map.of(), viewer);
            loop.advance(TimeUnit.SECONDS.toNanos(31));
            events.expect("lost: no path was found within 30 s");
            assertEquals(0, loop.deadlineTasks());
        }
    }

    @Test
    void stoppingTheBundleTellsTheTransport() throws Exception {
        Ice4jConnectivityFactory factory = new Ice4jConnectivityFactory(loop, TestConfig.of(Map.of()));
        try (IcePeer viewer = new IcePeer()) {
            factory.open(viewer.credentials(), events);
            factory.stop();
            events.expect("lost: the bundle of ice4j stopped");
        }
    }

    @Test
    void portsComeFromTheRange() throws Exception {
        try (IcePeer viewer = new IcePeer();
                Connectivity connectivity = open(Map.of("ports", "46100 - 46139"), viewer)) {
            List<String> candidates = connectivity.candidates();
            assertFalse(candidates.isEmpty());
            for (String candidate : candidates) {
                int port = Integer.parseInt(candidate.split(" ")[5]);
                assertTrue(port >= 46_100 && port <= 46_139, candidate);
            }
        }
    }

    @Test
    void aFullRangeIsSaid() throws Exception {
        try (IcePeer viewer = new IcePeer();
                Connectivity first = open(Map.of("ports", "46140-46140"), viewer)) {
            StageException full = assertThrows(
                    StageException.class, () -> open(Map.of("ports", "46140-46140"), viewer));
            assertEquals(StageException.Reason.UNAVAILABLE, full.reason());
            assertTrue(full.getMessage().contains("46140-46140"), full.getMessage());
            assertFalse(first.candidates().isEmpty());
        }
    }

    private Connectivity open(Map<String, Object> config, IcePeer viewer) throws StageException {
        return new Ice4jConnectivityFactory(loop, TestConfig.of(config)).open(viewer.credentials(), events);
    }

    private static boolean send(Connectivity connectivity, String text) {
        return connectivity.send(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
}
