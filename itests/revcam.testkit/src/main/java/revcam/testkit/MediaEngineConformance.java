package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.EngineStatistics;
import revcam.api.engine.EngineViewer;
import revcam.api.engine.MediaEngine;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.transport.NegotiationException;

/** What every {@link MediaEngineFactory} owes the stream. The provider's test brings the viewers. */
public abstract class MediaEngineConformance {

    private static final long PATIENCE_SECONDS = 30;
    private static final int WIDTH = 320;
    private static final int HEIGHT = 180;
    private static final EngineRequest REQUEST =
            new EngineRequest("main", FrameRate.of(30), 100_000, 500_000, 1_000_000);

    /** Somebody at the other end, on loopback. */
    public interface Watcher extends AutoCloseable {

        /** SDP with all that the engine needs. Called once, first. */
        String offer() throws Exception;

        void answered(String sdp) throws Exception;

        /** Pictures decoded so far. */
        int frames();

        /** Leaves without a word to the engine but what its protocol says. */
        @Override
        void close();
    }

    /** What an engine has told. */
    private static final class Told implements EngineEvents {
        final AtomicInteger connected = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        volatile String reason = "";

        @Override
        public void onConnected() {
            connected.incrementAndGet();
        }

        @Override
        public void onClosed(String why) {
            reason = why;
            closed.incrementAndGet();
        }
    }

    private FramePool pool = new FramePool(4, PixelFormat.I420, WIDTH, HEIGHT, 64);
    private long sequence;

    /** The provider under test. */
    protected abstract MediaEngineFactory factory();

    protected abstract Watcher watcher() throws Exception;

    /** Encoding names that it sends; the watcher can decode them. */
    protected abstract List<String> codecs();

    @AfterEach
    void noPictureIsKept() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (pool.outstanding() > 0 && System.nanoTime() - end < 0) {
            Thread.sleep(5);
        }
        assertEquals(0, pool.outstanding(), "pictures on lease after the end");
    }

    /** As a stream does: opened, shown pictures and closed on one thread. */
    private void show(MediaEngine engine, BooleanSupplier until, String what) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!until.getAsBoolean()) {
            assertTrue(System.nanoTime() - end < 0, "not within " + PATIENCE_SECONDS + " s: " + what);
            FramePool.PooledFrame frame = pool.acquire();
            if (frame != null) {
                for (int i = 0; i < 1000; i++) {
                    frame.data().put((int) ((sequence * 977 + i * 31) % frame.data().capacity()), (byte) (sequence + i));
                }
                engine.onFrame(frame.stamp(System.nanoTime(), sequence++));
            }
            Thread.sleep(20);
        }
    }

    private static EngineViewer join(MediaEngine engine, Watcher watcher, String codec, Told told) throws Exception {
        EngineViewer viewer = engine.join(new EngineOffer(watcher.offer(), codec), told);
        watcher.answered(viewer.answer());
        return viewer;
    }

    @Test
    void everyCodecPlaysFromEveryFormat() throws Exception {
        try (MediaEngine engine = factory().open(REQUEST)) {
            PixelFormat[] formats = PixelFormat.values();
            for (int i = 0; i < Math.max(formats.length, codecs().size()); i++) {
                noPictureIsKept();
                pool = new FramePool(4, formats[i % formats.length], WIDTH + 2 * (i % 2), HEIGHT + 2 * (i % 2), 64);
                String codec = codecs().get(i % codecs().size());
                String what = codec + " from " + formats[i % formats.length];
                Told told = new Told();
                try (Watcher watcher = watcher(); EngineViewer viewer = join(engine, watcher, codec, told)) {
                    show(engine, () -> watcher.frames() >= 3, what);
                    assertEquals(1, told.connected.get());
                    assertEquals(0, told.closed.get(), told.reason);
                    show(engine, () -> {
                        EngineStatistics is = viewer.statistics();
                        return is != null && is.codec().equals(codec) && is.frames() > 0 && is.packets() > 0 && is.bytes() > 0;
                    }, "statistics of " + what);
                }
            }
        }
    }

    /** One more comes, and one goes, while the others watch. */
    @Test
    void viewersAreServedSideBySide() throws Exception {
        try (MediaEngine engine = factory().open(REQUEST); Watcher first = watcher(); Watcher second = watcher()) {
            EngineViewer one = join(engine, first, "", new Told());
            show(engine, () -> first.frames() >= 3, "the first alone");
            EngineViewer two = join(engine, second, "", new Told());
            assertNotEquals(one.iceTag(), two.iceTag());
            show(engine, () -> second.frames() >= 3, "the second beside it");
            two.close();
            two.close();
            int before = first.frames();
            show(engine, () -> first.frames() >= before + 3, "the first alone again");
            one.close();
        }
    }

    @Test
    void oneThatGoesIsNoticedOnce() throws Exception {
        try (MediaEngine engine = factory().open(REQUEST)) {
            Told told = new Told();
            Watcher watcher = watcher();
            EngineViewer viewer;
            try (watcher) {
                viewer = join(engine, watcher, "", told);
                show(engine, () -> watcher.frames() >= 1, "a picture");
            }
            show(engine, () -> told.closed.get() > 0, "that it has gone");
            assertFalse(told.reason.isBlank());
            viewer.close();
            assertEquals(1, told.closed.get());
        }
    }

    /** It is for the engine's own losses; whoever closes knows. */
    @Test
    void closingIsNoEvent() throws Exception {
        List<Told> all = new ArrayList<>();
        MediaEngine engine = factory().open(REQUEST);
        try (Watcher first = watcher(); Watcher second = watcher()) {
            for (Watcher watcher : List.of(first, second)) {
                Told told = new Told();
                all.add(told);
                EngineViewer viewer = join(engine, watcher, "", told);
                show(engine, () -> watcher.frames() >= 1, "a picture");
                if (watcher == first) {
                    viewer.close();
                }
            }
            engine.close();
            engine.close();
            assertThrows(NegotiationException.class, () -> engine.join(new EngineOffer("v=0", ""), new Told()));
        }
        all.forEach(told -> assertEquals(0, told.closed.get(), told.reason));
    }

    @Test
    void offersThatCannotBeUsedAreRefusedAndTheNextIsServed() throws Exception {
        try (MediaEngine engine = factory().open(REQUEST); Watcher watcher = watcher()) {
            for (String sdp : List.of("", "nonsense", "v=0\r\n", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n")) {
                assertThrows(NegotiationException.class, () -> engine.join(new EngineOffer(sdp, ""), new Told()), sdp);
            }
            String offer = watcher.offer();
            assertEquals(NegotiationException.Reason.NOT_ACCEPTABLE, assertThrows(NegotiationException.class,
                    () -> engine.join(new EngineOffer(offer, "H299"), new Told())).reason());
            EngineViewer viewer = engine.join(new EngineOffer(offer, ""), new Told());
            watcher.answered(viewer.answer());
            assertThrows(NegotiationException.class, () -> viewer.patch("nonsense"));
            show(engine, () -> watcher.frames() >= 1, "a picture after all that was refused");
            viewer.close();
        }
    }

    /** Pictures that nobody watches cost nothing but the copy, and an engine may be opened again. */
    @Test
    void itOpensAndClosesAgainAndAgain() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (MediaEngine engine = factory().open(REQUEST)) {
                int[] rounds = {0};
                show(engine, () -> ++rounds[0] > 10, "pictures");
            }
            noPictureIsKept();
        }
    }
}
