package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.stream.Stages.await;
import static revcam.stream.Stages.reference;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.osgi.framework.ServiceReference;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FramePool;
import revcam.api.media.StageException;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Offer;
import revcam.api.transport.TransportFactory;
import revcam.stream.Stages.Camera;
import revcam.stream.Stages.Codec;
import revcam.stream.Stages.Path;
import revcam.stream.Stages.WholeUnits;
import revcam.stream.session.HeldRate;

/** The whole engine with stages that a test commands: they come, go, break and hang. */
@Execution(ExecutionMode.CONCURRENT)
class StreamComponentTest {

    private SelectorLoop loop;
    private StreamComponent stream;
    private final Map<String, Object> properties = new HashMap<>();
    private final Camera camera = new Camera();
    private final Codec codec = new Codec();
    private final Path path = new Path();
    private final ServiceReference<VideoCaptureFactory> cameraReference = reference("revcam.capture", "camera");
    private final ServiceReference<VideoEncoderFactory> codecReference = reference("revcam.encoder", "codec");
    private final ServiceReference<TransportFactory> pathReference = reference("revcam.transport", "path");
    private final ServiceReference<CongestionControllerFactory> fixedReference = reference("revcam.congestion", "fixed");

    @BeforeEach
    void start() throws IOException {
        loop = new SelectorLoop();
        properties.put("capture", "camera");
        properties.put("size", "64x48");
        stream = new StreamComponent(loop, sample -> { }, null, properties);
        stream.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        stream.stop();
        loop.stop();
        assertEquals(0, camera.pool.outstanding(), "frames on lease after the end");
        assertEquals(codec.opened, codec.closed, "encoders opened and closed");
    }

    private void bindAll() {
        stream.bindCapture(cameraReference, camera);
        stream.bindEncoder(codecReference, codec);
        stream.bindPacketiser(reference("revcam.packetiser", "whole"), new WholeUnits());
        stream.bindCongestion(fixedReference, HeldRate.FACTORY::open);
        stream.bindTransport(pathReference, path);
    }

    @Test
    void everyMissingStageIsNamedUntilItComes() {
        await(() -> stream.status().reason().contains("capture"));
        stream.bindCapture(cameraReference, camera);
        await(() -> camera.shoot() && stream.status().reason().contains("no encoder fits '*'"));
        stream.bindEncoder(codecReference, codec);
        await(() -> camera.shoot() && stream.status().reason().contains("no packetiser"));
        stream.bindPacketiser(reference("revcam.packetiser", "whole"), new WholeUnits());
        await(() -> stream.status().reason().contains("no congestion controller"));
        stream.bindCongestion(fixedReference, HeldRate.FACTORY::open);
        await(() -> stream.status().reason().contains("no transport"));
        assertEquals(NegotiationException.Reason.UNAVAILABLE,
                assertThrows(NegotiationException.class, () -> stream.join(new JoinRequest("offer", "test", "", ""))).reason());
        stream.bindTransport(pathReference, path);
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        assertEquals("", stream.status().reason());
        assertEquals(64, stream.status().width());
    }

    @Test
    void aViewerGetsAKeyFrameFirstAndThenEveryFrame() throws Exception {
        Viewer viewer = watch();
        await(() -> camera.shoot() && path.received.size() >= 10);
        assertTrue(path.received.get(0).startsWith("key"));
        List<Integer> sequences = List.copyOf(path.sequences);
        for (int i = 1; i < sequences.size(); i++) {
            assertEquals(sequences.get(i - 1) + 1 & 0xffff, sequences.get(i));
        }
        assertEquals(State.LIVE, stream.status().state());
        viewer.leave();
        await(() -> stream.status().state() == State.IDLE && path.closed);
        assertFalse(viewer.alive());
    }

    @Test
    void whoAnswersAnOfferIsAViewerLikeAnyOther() throws Exception {
        properties.put("viewers.max", "1");
        stream.modified(properties);
        bindAll();
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        Offer<Viewer> offer = stream.offer("a server");
        assertEquals("offer of main", offer.sdp());
        assertThrows(NegotiationException.class, () -> stream.offer("another"), "the place is taken from the offer on");
        Viewer viewer = offer.accept("answer");
        loop.execute(() -> path.events.onConnected(System.nanoTime()));
        await(() -> camera.shoot() && path.received.size() >= 3);
        assertTrue(path.received.get(0).startsWith("key"));
        assertEquals("main", viewer.tags().get("stream"));
        assertEquals("", viewer.elsewhere());
        assertThrows(NegotiationException.class, () -> offer.accept("answer"), "once");
        offer.close();
        assertTrue(viewer.alive(), "nothing is left to be taken back");
        viewer.leave();
        await(() -> stream.status().state() == State.IDLE && path.closed);
    }

    @Test
    void anOfferThatComesToNothingGivesItsPlaceBack() throws Exception {
        properties.put("viewers.max", "1");
        stream.modified(properties);
        bindAll();
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        stream.offer("a server").close();
        Offer<Viewer> refused = stream.offer("a server");
        assertThrows(NegotiationException.class, () -> refused.accept("bad"));
        refused.close();
        path.refusal = new NegotiationException(NegotiationException.Reason.UNAVAILABLE, "no port");
        assertThrows(NegotiationException.class, () -> stream.offer("a server"));
        path.refusal = null;
        stream.offer("a server").close();
        await(() -> !camera.sink.wanted());
    }

    @Test
    void nothingIsMadeWhileNobodyWatches() throws Exception {
        Viewer viewer = watch();
        await(() -> camera.sink.wanted());
        viewer.leave();
        await(() -> !camera.sink.wanted());
    }

    @Test
    void aSourceThatEndsIsOpenedAgainWhileViewersStay() throws Exception {
        Viewer viewer = watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        camera.sink.onEnded(new StageException(StageException.Reason.UNAVAILABLE, "the camera was unplugged"));
        await(() -> stream.status().reason().contains("the camera was unplugged"));
        assertEquals(State.PAUSED, stream.status().state());
        int before = path.received.size();
        await(() -> camera.opened == 2 && camera.shoot() && path.received.size() >= before + 3);
        assertTrue(viewer.alive());
        await(() -> stream.status().state() == State.LIVE);
    }

    @Test
    void anEncoderThatBreaksIsReplacedByTheNextInPreference() throws Exception {
        Codec other = new Codec();
        other.tag = "b";
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        stream.bindEncoder(reference("revcam.encoder", "other"), other);
        codec.sink.onFailed(new StageException(StageException.Reason.FAILED, "the firmware gave up"));
        // What arrives next may still be of the one that broke.
        await(() -> camera.shoot() && List.copyOf(path.received).stream().filter(unit -> unit.endsWith("b")).count() >= 3);
        assertEquals(1, other.keyframes, "it began with the one key frame that the viewers needed");
        stream.stop();
        assertEquals(other.opened, other.closed);
    }

    @Test
    void anEncoderThatCannotOpenIsAStateWithItsReason() throws Exception {
        codec.refusal = new StageException(StageException.Reason.UNAVAILABLE, "install libcodec");
        bindAll();
        await(() -> camera.shoot() && stream.status().reason().contains("install libcodec"));
        codec.refusal = null;
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
    }

    @Test
    void whenAnEncodersBundleStopsNothingOfItIsHeldAfterUnbind() throws Exception {
        Viewer viewer = watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        stream.unbindEncoder(codecReference);
        assertEquals(codec.opened, codec.closed);
        assertTrue(viewer.alive());
        await(() -> camera.shoot() && stream.status().state() == State.PAUSED);
        int before = path.received.size();
        stream.bindEncoder(codecReference, codec);
        await(() -> camera.shoot() && path.received.size() > before);
        assertTrue(path.received.get(before).startsWith("key"));
    }

    @Test
    void whenACapturesBundleStopsNothingOfItIsHeldAfterUnbind() throws Exception {
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        stream.unbindCapture(cameraReference);
        assertTrue(camera.closed);
        assertEquals(0, camera.pool.outstanding());
    }

    @Test
    void garbageFromTheEncoderIsNotSentAndThreeInARowEndIt() throws Exception {
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        codec.garbage = true;
        await(() -> camera.shoot() && stream.status().reason().contains("not a unit"));
        codec.garbage = false;
        int before = path.received.size();
        await(() -> camera.shoot() && path.received.size() >= before + 3);
        assertTrue(path.received.stream().noneMatch(unit -> unit.startsWith("garbage")));
    }

    @Test
    void aStormOfRequestsYieldsOneKeyFrameIn200Milliseconds() throws Exception {
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        long begin = System.nanoTime();
        codec.keyframes = 0;
        for (int i = 0; i < 1000; i++) {
            stream.requestKeyframe();
            camera.shoot();
            Thread.sleep(1);
        }
        long allowed = (System.nanoTime() - begin) / 200_000_000 + 2;
        assertTrue(codec.keyframes >= 2 && codec.keyframes <= allowed,
                codec.keyframes + " key frames, at most " + allowed + " allowed");
    }

    @Test
    void aBadSettingIsNamedAndTheLastGoodOnesStay() {
        bindAll();
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        properties.put("size", "1281x720");
        stream.modified(properties);
        assertTrue(stream.status().reason().contains("size = '1281x720'"), stream.status().reason());
        assertEquals(64, stream.status().width());
        properties.put("size", "128x96");
        stream.modified(properties);
        await(() -> camera.shoot() && stream.status().width() == 128 && stream.status().reason().isEmpty());
    }

    @Test
    void aChangedBitrateReachesTheEncoderLive() throws Exception {
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        properties.put("bitrate", "700k");
        stream.modified(properties);
        await(() -> camera.shoot() && Math.abs(codec.bitrateBps - 700_000) < 1000);
        assertEquals(1, codec.opened, "without reopening the encoder");
    }

    @Test
    void moreViewersThanAllowedAreTurnedAway() throws Exception {
        properties.put("viewers.max", 1);
        stream.modified(properties);
        watch();
        NegotiationException refused = assertThrows(NegotiationException.class, () -> stream.join(new JoinRequest("offer", "test", "", "")));
        assertEquals(NegotiationException.Reason.UNAVAILABLE, refused.reason());
        path.events.onClosed(System.nanoTime(), "lost");
        await(() -> stream.status().viewers() == 0);
        assertTrue(stream.join(new JoinRequest("offer", "test", "", "")).alive());
    }

    @Test
    void anOfferThatIsRefusedTakesNoPlace() throws Exception {
        properties.put("viewers.max", 1);
        stream.modified(properties);
        bindAll();
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        path.refusal = new NegotiationException(NegotiationException.Reason.MALFORMED, "no");
        for (int i = 0; i < 3; i++) {
            assertEquals(NegotiationException.Reason.MALFORMED,
                    assertThrows(NegotiationException.class, () -> stream.join(new JoinRequest("offer", "test", "", ""))).reason());
        }
        path.refusal = null;
        assertTrue(stream.join(new JoinRequest("offer", "test", "", "")).alive());
    }

    @Test
    void anEncoderThatThrowsLosesItsTurnAndItsFramesComeBack() throws Exception {
        Codec other = new Codec();
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        stream.bindEncoder(reference("revcam.encoder", "other"), other);
        // Before and after the frame was handed over; an Error is what JNA throws for a bad address.
        codec.setRateThrows = true;
        properties.put("bitrate", "700k");
        stream.modified(properties);
        await(() -> camera.shoot() && other.opened == 1);
        other.encodeThrows = true;
        await(() -> camera.shoot() && stream.status().reason().contains("Invalid memory access"));
        codec.setRateThrows = false;
        int before = path.received.size();
        await(() -> camera.shoot() && path.received.size() >= before + 3);
        assertEquals(other.opened, other.closed);
    }

    @Test
    void anEncoderThatTakesSecondsToOpenIsNotTakenForHung() throws Exception {
        codec.openMillis = 2_100;
        codec.swallow = true;
        bindAll();
        await(() -> camera.shoot() && codec.swallowed.size() == 2);
        long end = System.nanoTime() + 600_000_000L;
        while (System.nanoTime() < end) {
            assertEquals("", stream.status().reason());
            Thread.sleep(20);
        }
    }

    @Test
    void whenASilentCaptureEndsTheReasonIsItsEnd() throws Exception {
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        camera.refusal = new StageException(StageException.Reason.UNAVAILABLE, "unplugged, plug it in");
        await(() -> stream.status().reason().contains("gives no frames"));
        camera.sink.onEnded(camera.refusal);
        await(() -> stream.status().reason().contains("plug it in"));
        camera.refusal = null;
        await(() -> camera.shoot() && stream.status().reason().isEmpty());
    }

    @Test
    void anEncoderThatKeepsAFrameForTwoSecondsIsAbandonedAndWhatItSaysLateIgnored() throws Exception {
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        EncodedSink abandoned = codec.sink;
        codec.keepsFrames = true;
        codec.swallow = true;
        await(() -> camera.shoot() && stream.status().reason().contains("two seconds"));
        await(() -> codec.closed == 1 && camera.pool.outstanding() <= 1);
        codec.swallow = false;
        await(() -> camera.shoot() && codec.opened == 2 && stream.status().reason().isEmpty());
        abandoned.onAccessUnit(ByteBuffer.wrap("late".getBytes()), System.nanoTime(), true);
        int before = path.received.size();
        await(() -> camera.shoot() && path.received.size() >= before + 3);
        assertTrue(path.received.stream().noneMatch(unit -> unit.startsWith("late")));
    }

    @Test
    void framesBeforeOpenReturnsAreUsedAndThoseAfterCloseReturned() throws Exception {
        camera.shootsWhileOpening = true;
        watch();
        await(() -> camera.shoot() && path.received.size() >= 1);
        FrameSink late = camera.sink;
        stream.unbindCapture(cameraReference);
        FramePool.PooledFrame frame = camera.pool.acquire();
        late.onFrame(frame.stamp(System.nanoTime(), 99));
        assertEquals(0, camera.pool.outstanding());
        assertFalse(late.wanted());
    }

    @Test
    void anEncoderThatGoesWhileNobodyWatchesIsMissedAtOnce() throws Exception {
        bindAll();
        await(() -> camera.shoot() && stream.status().state() == State.IDLE && !camera.sink.wanted());
        stream.unbindEncoder(codecReference);
        await(() -> camera.shoot() && stream.status().reason().contains("no encoder fits"));
        stream.bindEncoder(codecReference, codec);
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
    }

    private Viewer watch() throws Exception {
        bindAll();
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        Viewer viewer = stream.join(new JoinRequest("offer", "test", "", ""));
        loop.execute(() -> path.events.onConnected(System.nanoTime()));
        await(() -> stream.status().viewers() == 1);
        return viewer;
    }
}
