package revcam.engine.libwebrtc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.onvoid.webrtc.PeerConnectionFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.EngineStatistics;
import revcam.api.engine.EngineViewer;
import revcam.api.engine.MediaEngine;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.transport.NegotiationException;

/** The real library, with a viewer of its own kind in the same process. */
class LibwebrtcEngineTest {

    /** {@code -Drevcam.cycles=500} for the long run. */
    private static final int CYCLES = Integer.getInteger("revcam.cycles", 30);
    private static final EngineRequest REQUEST = new EngineRequest("main", FrameRate.of(30), 100_000, 500_000, 1_000_000);

    private final LibwebrtcEngineFactory factory = new LibwebrtcEngineFactory(Map.of());

    private final FramePool pool = new FramePool(3, PixelFormat.I420, 320, 180, 64);

    @BeforeAll
    static void loads() {
        try {
            LibWebrtc.open().dispose();
        } catch (UnsupportedOperationException e) {
            Assumptions.assumeFalse(System.getenv("REVCAM_REQUIRE_TOOLS") == null, e.getMessage());
            throw e;
        }
    }

    private static final class Told implements EngineEvents {
        final CountDownLatch connected = new CountDownLatch(1);
        final AtomicReference<String> closed = new AtomicReference<>();

        @Override
        public void onConnected() {
            connected.countDown();
        }

        @Override
        public void onClosed(String reason) {
            closed.set(reason);
        }
    }

    /** Pictures flow until the condition holds. */
    private void feed(MediaEngine engine, BooleanSupplier until) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        long sequence = 0;
        while (!until.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within 30 s");
            FramePool.PooledFrame frame = pool.acquire();
            if (frame != null) {
                for (int i = 0; i < 1000; i++) {
                    frame.data().put((int) ((sequence * 977 + i * 31) % frame.data().capacity()), (byte) (sequence + i));
                }
                engine.onFrame(frame.stamp(System.nanoTime(), sequence++));
            }
            Thread.sleep(15);
        }
    }

    private void watchOnce(MediaEngine engine, PeerConnectionFactory theirs, String codec) throws Exception {
        try (Peer peer = new Peer(theirs)) {
            Told told = new Told();
            try (EngineViewer viewer = engine.join(new EngineOffer(peer.offer(), codec), told)) {
                peer.answered(viewer.answer());
                feed(engine, () -> peer.frames() >= 3);
                assertEquals(0, told.connected.getCount());
                feed(engine, () -> {
                    EngineStatistics statistics = viewer.statistics();
                    return statistics != null && statistics.codec().equals(codec) && statistics.frames() > 0
                            && statistics.bytes() > 0;
                });
            }
        }
    }

    @Test
    void iceIsRestartedAndCandidatesAreTaken() throws Exception {
        PeerConnectionFactory theirs = LibWebrtc.open();
        try (MediaEngine engine = factory.open(REQUEST); Peer peer = new Peer(theirs)) {
            EngineViewer viewer = engine.join(new EngineOffer(peer.offer(), ""), new Told());
            String tag = viewer.iceTag();
            assertTrue(viewer.answer().contains("a=ice-ufrag:" + tag), viewer.answer());
            assertThrows(NegotiationException.class, () -> viewer.patch("a=candidate:nonsense\r\n"));
            assertThrows(NegotiationException.class,
                    () -> viewer.patch("a=ice-ufrag:efgh\r\na=ice-pwd:short\r\nm=video 9 RTP/AVP 0\r\na=mid:0\r\n"));
            String fragment = viewer.patch("a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=video 9 RTP/AVP 0\r\n"
                    + "a=mid:0\r\na=candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host\r\n");
            assertTrue(fragment.contains("a=ice-ufrag:" + viewer.iceTag()), fragment);
            assertTrue(!viewer.iceTag().equals(tag), "the tag stays");
        } finally {
            theirs.dispose();
        }
    }

    /** Opened, watched and closed again and again; half of the time the engine stays and the viewers change. */
    @Test
    void nothingIsKept() throws Exception {
        PeerConnectionFactory theirs = LibWebrtc.open();
        try {
            cycles(theirs, 10);
            long memory = residentKilobytes();
            int threads = threads();
            int files = files();
            cycles(theirs, CYCLES);
            long growth = residentKilobytes() - memory;
            System.out.printf("%d cycles: %d kB more, %d threads more, %d files more%n", CYCLES, growth, threads() - threads,
                    files() - files);
            assertTrue(threads() <= threads + 2, "threads: " + threads + " before, " + threads() + " after");
            assertTrue(files() <= files + 4, "files: " + files + " before, " + files() + " after");
            // A connection that is kept is some 400 kB.
            assertTrue(growth < 10_000 + 40L * CYCLES, "kB more: " + growth);
        } finally {
            theirs.dispose();
        }
    }

    private void cycles(PeerConnectionFactory theirs, int count) throws Exception {
        for (int i = 0; i < count; ) {
            try (MediaEngine engine = factory.open(REQUEST)) {
                for (int viewers = 0; viewers < 2 && i < count; viewers++, i++) {
                    watchOnce(engine, theirs, i % 4 < 2 ? "VP8" : "H264");
                }
            }
        }
    }

    private static long residentKilobytes() throws Exception {
        System.gc();
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(one -> one.startsWith("VmRSS:"))
                .findFirst().orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", ""));
    }

    private static int threads() {
        return Path.of("/proc/self/task").toFile().list().length;
    }

    private static int files() {
        return Path.of("/proc/self/fd").toFile().list().length;
    }
}
