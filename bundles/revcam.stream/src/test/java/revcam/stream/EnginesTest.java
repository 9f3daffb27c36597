package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.stream.Stages.await;
import static revcam.stream.Stages.reference;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.ServiceReference;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.EngineStatistics;
import revcam.api.engine.EngineViewer;
import revcam.api.engine.MediaEngine;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.Stage.Standing;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.Viewer;
import revcam.api.telemetry.Sample;
import revcam.api.transport.NegotiationException;
import revcam.stream.Stages.Camera;
import revcam.stream.Stages.Codec;
import revcam.stream.Stages.Path;
import revcam.stream.Stages.WholeUnits;
import revcam.stream.session.HeldRate;

/** Viewers of somebody else's engine beside those of our own. */
class EnginesTest {

    private final List<Sample> samples = new CopyOnWriteArrayList<>();
    private final Map<String, Object> properties = new HashMap<>();
    private final Camera camera = new Camera();
    private final Codec codec = new Codec();
    private final Path path = new Path();
    private final Other other = new Other();
    private final ServiceReference<MediaEngineFactory> otherReference = reference("revcam.engine", "other");
    private final ServiceReference<VideoEncoderFactory> codecReference = reference("revcam.encoder", "codec");
    private SelectorLoop loop;
    private StreamComponent stream;

    @BeforeEach
    void start() throws IOException {
        loop = new SelectorLoop();
        properties.put("capture", "camera");
        properties.put("size", "64x48");
        properties.put("engine", "revcam, other");
        stream = new StreamComponent(loop, samples::add, null, properties);
        stream.start();
        stream.bindCapture(reference("revcam.capture", "camera"), camera);
        stream.bindPacketiser(reference("revcam.packetiser", "whole"), new WholeUnits());
        ServiceReference<CongestionControllerFactory> fixed = reference("revcam.congestion", "fixed");
        stream.bindCongestion(fixed, HeldRate.FACTORY::open);
        stream.bindTransport(reference("revcam.transport", "path"), path);
    }

    @AfterEach
    void stop() throws InterruptedException {
        stream.stop();
        loop.stop();
        assertEquals(0, camera.pool.outstanding(), "frames on lease after the end");
        assertEquals(other.opened, other.closed, "engines opened and closed");
        assertEquals(other.joined.get(), other.left.get(), "viewers let go of");
    }

    private void everythingIsThere() {
        stream.bindEncoder(codecReference, codec);
        stream.bindEngine(otherReference, other);
        await(() -> camera.shoot() && stream.status().state() == State.IDLE && !camera.sink.wanted());
    }

    private Viewer join(String engine, String codecName) throws NegotiationException {
        return stream.join(new JoinRequest("offer", "test", engine, codecName));
    }

    @Test
    void nothingIsOpenedUntilItIsAskedFor() throws Exception {
        everythingIsThere();
        assertTrue(join("", "").alive());
        assertEquals(0, other.opened);
        assertEquals(1, path.lines.size());
    }

    @Test
    void aViewerThatNamesItGetsItAndOurEncoderRests() throws Exception {
        everythingIsThere();
        Viewer viewer = join("other", "vp8");
        assertEquals("answer to offer for vp8", viewer.answer());
        await(() -> camera.shoot() && other.frames.get() >= 1);
        int encoded = codec.encoded.get();
        await(() -> camera.shoot() && other.frames.get() >= 10);
        assertEquals(encoded, codec.encoded.get(), "pictures were encoded for nobody");
        other.events.onConnected();
        assertEquals(State.LIVE, stream.status().state());
        assertEquals(1, stream.status().viewers());
        await(() -> samples.stream().anyMatch(one -> one.measurement().name().equals("viewer")
                && one.tags().equals(Map.of("stream", "main", "viewer", "1")) && one.values()[9] == 7));
        viewer.leave();
        assertFalse(viewer.alive());
        await(() -> other.left.get() == 1);
        await(() -> !camera.sink.wanted());
        assertEquals(State.IDLE, stream.status().state());
    }

    @Test
    void aCodecThatIsNotOursIsServedByWhoeverIsPreferredNext() throws Exception {
        everythingIsThere();
        assertEquals("answer to offer for VP9", join("", "VP9").answer());
        NegotiationException refused = assertThrows(NegotiationException.class, () -> join("revcam", "VP9"));
        assertEquals(NegotiationException.Reason.NOT_ACCEPTABLE, refused.reason());
        assertTrue(refused.getMessage().contains("--engine revcam,libwebrtc"), refused.getMessage());
    }

    @Test
    void withoutAnEncoderItServesAndOurOwnDoesOnceThereIsOne() throws Exception {
        await(() -> camera.shoot() && stream.status().reason().contains("no encoder"));
        assertEquals(State.PAUSED, stream.status().state());
        stream.bindEngine(otherReference, other);
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        assertEquals("", stream.status().reason());
        assertEquals(64, stream.status().width());
        assertTrue(stream.status().stages().stream().anyMatch(stage -> stage.provider().equals("other")));
        Viewer early = join("", "");
        assertEquals(1, other.joined.get());
        stream.bindEncoder(codecReference, codec);
        await(() -> camera.shoot() && stream.status().stages().stream().anyMatch(stage -> stage.provider().equals("codec")));
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        await(() -> camera.shoot() && early.elsewhere().equals("engine revcam serves this stream now"));
        assertEquals("", join("", "").elsewhere());
        assertEquals(1, other.joined.get(), "the second viewer is ours");
        assertTrue(early.alive(), "the first goes on until it has joined again");
    }

    @Test
    void whatCannotBeOpenedSaysWhyAndIsNotTriedForEveryone() {
        everythingIsThere();
        other.refusal = new StageException(StageException.Reason.UNAVAILABLE, "install libthis");
        for (int i = 0; i < 3; i++) {
            NegotiationException refused = assertThrows(NegotiationException.class, () -> join("other", ""));
            assertEquals(NegotiationException.Reason.UNAVAILABLE, refused.reason());
            assertEquals("engine other: install libthis", refused.getMessage());
        }
        assertEquals(1, other.tries);
        assertTrue(assertThrows(NegotiationException.class, () -> join("none", "")).getMessage()
                .contains("present: revcam, other"));
    }

    @Test
    void whereNeitherCanServeBothReasonsAreTold() throws Exception {
        stream.bindEngine(otherReference, other);
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        other.refusal = new StageException(StageException.Reason.UNAVAILABLE, "install libthis");
        String told = assertThrows(NegotiationException.class, () -> join("", "")).getMessage();
        assertTrue(told.contains("no encoder") && told.contains("engine other: install libthis"), told);
        assertEquals(State.PAUSED, stream.status().state());
        assertTrue(stream.status().reason().contains("no encoder"), stream.status().reason());
        assertTrue(stream.status().reason().endsWith("; engine other: install libthis"), stream.status().reason());
        other.refusal = null;
        stream.updatedEngine(otherReference);
        await(() -> stream.status().state() == State.IDLE);
        assertTrue(join("", "").alive());
    }

    @Test
    void allViewersCountTogether() throws Exception {
        properties.put("viewers.max", 2);
        stream.modified(properties);
        everythingIsThere();
        Viewer theirs = join("other", "");
        join("", "");
        for (String engine : List.of("", "other")) {
            assertTrue(assertThrows(NegotiationException.class, () -> join(engine, "")).getMessage().contains("has its 2 viewers"));
        }
        theirs.leave();
        assertTrue(join("other", "").alive());
    }

    @Test
    void anOfferThatIsRefusedTakesNoPlace() {
        properties.put("viewers.max", 1);
        stream.modified(properties);
        everythingIsThere();
        other.refusedOffer = new NegotiationException(NegotiationException.Reason.MALFORMED, "no");
        for (int i = 0; i < 3; i++) {
            assertEquals(NegotiationException.Reason.MALFORMED,
                    assertThrows(NegotiationException.class, () -> join("other", "")).reason());
        }
        await(() -> !camera.sink.wanted());
    }

    @Test
    void whenItsBundleGoesItsViewersLeaveAndItIsClosedBeforeThat() throws Exception {
        everythingIsThere();
        Viewer viewer = join("other", "");
        await(() -> camera.shoot() && other.frames.get() > 0);
        stream.unbindEngine(otherReference);
        assertEquals(1, other.closed);
        assertEquals(1, other.left.get());
        assertFalse(viewer.alive());
        assertEquals("its engine goes", viewer.elsewhere());
        await(() -> !camera.sink.wanted());
        assertThrows(NegotiationException.class, () -> join("other", ""));
    }

    private void engineSwap(String label) throws Exception {
        stream.swap("engine", label, "test").toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    /** A person's choice moves those who named nobody, one session beside the other even where the stream is full. */
    @Test
    void anotherEngineIsChosenAndThoseWhoNamedNoneAreToldToJoinAgain() throws Exception {
        properties.put("viewers.max", 2);
        stream.modified(properties);
        everythingIsThere();
        Viewer ours = join("", "");
        Viewer named = join("revcam", "");
        engineSwap("other");
        assertEquals("engine other serves this stream now", ours.elsewhere());
        assertEquals("", named.elsewhere(), "it is where it wants to be");
        assertTrue(ours.alive());
        assertThrows(NegotiationException.class, () -> join("", ""), "the stream is full");
        Viewer next = stream.join(new JoinRequest("offer", "test", "", "", true));
        assertEquals(1, other.joined.get());
        ours.leave();
        assertEquals("", ours.elsewhere());
        assertEquals("", next.elsewhere());
        engineSwap("revcam");
        assertEquals("engine revcam serves this stream now", next.elsewhere());
        assertEquals(List.of("revcam", "other"), stream.replacements().stream()
                .filter(one -> one.role().equals("engine")).map(Replacement::to).toList());
    }

    @Test
    void ourEncoderGoesAndTheOtherEngineTakesOver() throws Exception {
        everythingIsThere();
        Viewer viewer = join("", "");
        assertEquals("", viewer.elsewhere());
        stream.unbindEncoder(codecReference);
        await(() -> viewer.elsewhere().equals("engine other serves this stream now"));
        join("", "");
        assertEquals(1, other.joined.get());
    }

    @Test
    void oneThatHangsOverAPictureIsSetAsideAndItsViewersJoinOurs() throws Exception {
        everythingIsThere();
        engineSwap("other");
        Viewer viewer = join("", "");
        CountDownLatch hanging = new CountDownLatch(1);
        other.hangs = hanging;
        try {
            await(() -> camera.shoot() && !viewer.alive());
            assertEquals("its engine was set aside: it did not return from a call for five seconds", viewer.elsewhere());
            await(() -> camera.shoot() && engine("other").standing() == Standing.QUARANTINED);
            assertEquals("it did not return from a call for five seconds", engine("other").why());
            assertEquals("engine other: it did not return from a call for five seconds",
                    assertThrows(NegotiationException.class, () -> join("other", "")).getMessage());
            int before = path.lines.size();
            join("", "");
            assertEquals(before + 1, path.lines.size(), "ours serves");
        } finally {
            other.hangs = null;
            hanging.countDown();
        }
        await(() -> other.left.get() == 1 && other.closed == 1);
        stream.release("engine", "other");
        await(() -> engine("other").standing() == Standing.SERVING);
    }

    /** Within the eight seconds it is answered all the same: by ours. */
    @Test
    void oneThatDoesNotAnswerIsSetAsideAndOursAnswers() throws Exception {
        everythingIsThere();
        engineSwap("other");
        CountDownLatch hanging = new CountDownLatch(1);
        other.mute = hanging;
        try {
            Viewer viewer = join("", "");
            assertEquals(1, path.lines.size());
            assertEquals("", viewer.elsewhere());
            assertEquals("it did not answer an offer within 8 s", engine("other").why());
        } finally {
            hanging.countDown();
        }
        await(() -> other.joined.get() == 1 && other.left.get() == 1);
    }

    @Test
    void oneThatSendsNothingOfWhatItIsGivenIsSetAside() throws Exception {
        everythingIsThere();
        engineSwap("other");
        Viewer viewer = join("", "");
        other.sent = 0;
        other.events.onConnected();
        await(() -> camera.shoot() && !viewer.alive());
        assertTrue(viewer.elsewhere().matches("its engine was set aside: it sent nothing of \\d+ pictures in 5 s"),
                viewer.elsewhere());
        assertEquals(List.of("revcam"), Stages.told(stream).stream().filter(stage -> stage.role().equals("engine"))
                .findFirst().orElseThrow().serving());
    }

    private Stage.Provider engine(String name) {
        return Stages.told(stream).stream().filter(stage -> stage.role().equals("engine"))
                .flatMap(stage -> stage.providers().stream()).filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void aViewerThatIsLostIsLetGoOf() throws Exception {
        everythingIsThere();
        Viewer viewer = join("other", "");
        other.events.onConnected();
        other.events.onClosed("unplugged");
        assertFalse(viewer.alive());
        await(() -> other.left.get() == 1);
    }

    /** An engine that counts. */
    private static final class Other implements MediaEngineFactory, MediaEngine {

        final AtomicInteger frames = new AtomicInteger();
        final AtomicInteger joined = new AtomicInteger();
        final AtomicInteger left = new AtomicInteger();
        volatile int tries;
        volatile int opened;
        volatile int closed;
        volatile StageException refusal;
        volatile NegotiationException refusedOffer;
        volatile EngineEvents events;
        volatile CountDownLatch hangs;
        volatile CountDownLatch mute;
        volatile double sent = 7;

        @Override
        public MediaEngine open(EngineRequest request) throws StageException {
            tries++;
            if (refusal != null) {
                throw refusal;
            }
            assertEquals("main", request.stream());
            opened++;
            return this;
        }

        private static void wait(CountDownLatch latch) {
            try {
                if (latch != null) {
                    latch.await();
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void onFrame(RawFrame frame) {
            frames.incrementAndGet();
            frame.close();
            wait(hangs);
        }

        @Override
        public EngineViewer join(EngineOffer offer, EngineEvents told) throws NegotiationException {
            if (refusedOffer != null) {
                throw refusedOffer;
            }
            wait(mute);
            joined.incrementAndGet();
            events = told;
            return new EngineViewer() {
                private boolean gone;

                @Override
                public String answer() {
                    return "answer to " + offer.sdp() + " for " + offer.codec();
                }

                @Override
                public String iceTag() {
                    return "tag";
                }

                @Override
                public String patch(String sdpFragment) {
                    return null;
                }

                @Override
                public EngineStatistics statistics() {
                    return new EngineStatistics("VP8", "fake", sent, 1, 1, 0, 0, 0, 0, 1e6, 0.01, 0, 0);
                }

                @Override
                public void close() {
                    assertFalse(gone, "closed twice");
                    gone = true;
                    left.incrementAndGet();
                }
            };
        }

        @Override
        public void close() {
            closed++;
        }
    }
}
