package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.ServiceReference;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportFactory;
import revcam.api.transport.TransportRequest;

/** The whole engine with stages that a test commands: they come, go, break and hang. */
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
        stream = new StreamComponent(loop, sample -> { }, config());
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
                assertThrows(NegotiationException.class, () -> stream.join("offer", "test")).reason());
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
        assertEquals(State.LIVE, stream.status().state());
    }

    @Test
    void anEncoderThatBreaksIsReplacedByTheNextInPreference() throws Exception {
        Codec other = new Codec();
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        stream.bindEncoder(reference("revcam.encoder", "other"), other);
        codec.sink.onFailed(new StageException(StageException.Reason.FAILED, "the firmware gave up"));
        await(() -> camera.shoot() && other.opened == 1);
        int before = path.received.size();
        await(() -> camera.shoot() && path.received.size() >= before + 3);
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
        stream.modified(config());
        assertTrue(stream.status().reason().contains("size = '1281x720'"), stream.status().reason());
        assertEquals(64, stream.status().width());
        properties.put("size", "128x96");
        stream.modified(config());
        await(() -> camera.shoot() && stream.status().width() == 128 && stream.status().reason().isEmpty());
    }

    @Test
    void aChangedBitrateReachesTheEncoderLive() throws Exception {
        watch();
        await(() -> camera.shoot() && path.received.size() >= 3);
        properties.put("bitrate", "700k");
        stream.modified(config());
        await(() -> camera.shoot() && Math.abs(codec.bitrateBps - 700_000) < 1000);
        assertEquals(1, codec.opened, "without reopening the encoder");
    }

    @Test
    void moreViewersThanAllowedAreTurnedAway() throws Exception {
        properties.put("viewers_max", 1);
        stream.modified(config());
        watch();
        NegotiationException refused = assertThrows(NegotiationException.class, () -> stream.join("offer", "test"));
        assertEquals(NegotiationException.Reason.UNAVAILABLE, refused.reason());
        path.events.onClosed(System.nanoTime(), "lost");
        await(() -> stream.status().viewers() == 0);
        assertTrue(stream.join("offer", "test").alive());
    }

    @Test
    void anOfferThatIsRefusedTakesNoPlace() throws Exception {
        properties.put("viewers_max", 1);
        stream.modified(config());
        bindAll();
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
        path.refusal = new NegotiationException(NegotiationException.Reason.MALFORMED, "no");
        for (int i = 0; i < 3; i++) {
            assertEquals(NegotiationException.Reason.MALFORMED,
                    assertThrows(NegotiationException.class, () -> stream.join("offer", "test")).reason());
        }
        path.refusal = null;
        assertTrue(stream.join("offer", "test").alive());
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
        stream.modified(config());
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
        Viewer viewer = stream.join("offer", "test");
        loop.execute(() -> path.events.onConnected(System.nanoTime()));
        await(() -> stream.status().viewers() == 1);
        return viewer;
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "it did not come about in ten seconds");
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private StreamComponent.Config config() {
        Map<String, Object> now = Map.copyOf(properties);
        return (StreamComponent.Config) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] {StreamComponent.Config.class},
                (proxy, method, arguments) -> now.getOrDefault(method.getName(), method.getDefaultValue()));
    }

    @SuppressWarnings("unchecked")
    private static <F> ServiceReference<F> reference(String property, String name) {
        return (ServiceReference<F>) Proxy.newProxyInstance(StreamComponentTest.class.getClassLoader(),
                new Class<?>[] {ServiceReference.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getProperty" -> property.equals(arguments[0]) ? name : null;
                    case "hashCode" -> name.hashCode();
                    case "equals" -> proxy == arguments[0];
                    case "toString" -> name;
                    default -> null;
                });
    }

    /** A camera whose shutter the test presses. */
    private static final class Camera implements VideoCaptureFactory, VideoCapture {

        volatile FramePool pool = new FramePool(4, PixelFormat.I420, 64, 48, 16);
        volatile FrameSink sink;
        volatile int opened;
        volatile boolean closed;
        volatile boolean shootsWhileOpening;
        volatile StageException refusal;
        private long shots;

        @Override
        public VideoCapture open(CaptureRequest request, FrameSink target) throws StageException {
            if (refusal != null) {
                throw refusal;
            }
            assertEquals(FrameRate.of(30), request.rate());
            pool = new FramePool(4, PixelFormat.I420, request.width(), request.height(), 16);
            sink = target;
            opened++;
            closed = false;
            if (shootsWhileOpening) {
                shoot();
            }
            return this;
        }

        boolean shoot() {
            FramePool.PooledFrame frame = sink == null || closed || !sink.wanted() ? null : pool.acquire();
            if (frame != null) {
                sink.onFrame(frame.stamp(System.nanoTime(), shots++));
            }
            return true;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** Answers on a thread of its own, as hardware does. */
    private static final class Codec implements VideoEncoderFactory {

        final CopyOnWriteArrayList<RawFrame> swallowed = new CopyOnWriteArrayList<>();
        volatile int opened;
        volatile int closed;
        volatile int keyframes;
        volatile long bitrateBps;
        volatile boolean swallow;
        volatile boolean garbage;
        volatile StageException refusal;
        volatile boolean setRateThrows;
        volatile boolean encodeThrows;
        volatile boolean keepsFrames;
        volatile long openMillis;
        volatile EncodedSink sink;

        @Override
        public String codec() {
            return "TEST";
        }

        @Override
        public VideoEncoder open(EncoderRequest request, EncodedSink target) throws StageException {
            if (refusal != null) {
                throw refusal;
            }
            LockSupport.parkNanos(openMillis * 1_000_000);
            opened++;
            sink = target;
            return new VideoEncoder() {
                @Override
                public int maxInFlight() {
                    return 2;
                }

                @Override
                public void encode(RawFrame frame, boolean keyframe) {
                    keyframes += keyframe ? 1 : 0;
                    if (encodeThrows) {
                        throw new Error("Invalid memory access");
                    }
                    if (swallow) {
                        swallowed.add(frame);
                        return;
                    }
                    String unit = garbage ? "garbage" : keyframe ? "key" : "delta";
                    Thread answer = new Thread(() -> {
                        target.onAccessUnit(ByteBuffer.wrap((unit + frame.sequence()).getBytes()),
                                frame.captureNanos(), keyframe);
                        frame.close();
                    });
                    answer.start();
                    try {
                        answer.join(); // the order of results is the order of frames
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }

                @Override
                public void setRate(long bps, FrameRate rate) {
                    if (setRateThrows) {
                        throw new IllegalStateException("no rate");
                    }
                    bitrateBps = bps;
                }

                @Override
                public void close() {
                    if (!keepsFrames) {
                        swallowed.forEach(RawFrame::close);
                    }
                    closed++;
                }
            };
        }
    }

    /** One payload per access unit. */
    private static final class WholeUnits implements PacketiserFactory {

        @Override
        public String codec() {
            return "TEST";
        }

        @Override
        public Packetiser open() {
            return new Packetiser() {
                private RtpFormat format;

                @Override
                public void packetise(ByteBuffer unit, int max, RtpPayloads out) throws StageException {
                    if (unit.get(unit.position()) == 'g') {
                        throw new StageException(StageException.Reason.FAILED, "not a unit");
                    }
                    out.put(unit, unit.position(), unit.remaining()).end();
                    format = new RtpFormat("TEST", 90_000, Map.of(), 64, 48);
                }

                @Override
                public RtpFormat format() {
                    return format;
                }

                @Override
                public void close() {}
            };
        }
    }

    private static final class Path implements TransportFactory, Transport {

        final List<String> received = new CopyOnWriteArrayList<>();
        final List<Integer> sequences = new CopyOnWriteArrayList<>();
        volatile TransportEvents events;
        volatile NegotiationException refusal;
        volatile boolean closed;

        @Override
        public Transport open(TransportRequest request, TransportEvents target) throws NegotiationException {
            if (refusal != null) {
                throw refusal;
            }
            events = target;
            return this;
        }

        @Override
        public String answer() {
            return "answer";
        }

        @Override
        public NegotiatedMedia media() {
            return new NegotiatedMedia(96, -1, 0, "", 0, 0, 0, true, true, true, false, true);
        }

        @Override
        public String iceTag() {
            return "tag";
        }

        @Override
        public String patch(String fragment) {
            return null;
        }

        @Override
        public int overheadBytes() {
            return 58;
        }

        @Override
        public boolean sendRtp(byte[] header, int headerBytes, byte[] payload, int offset, int bytes) {
            sequences.add((header[2] & 0xff) << 8 | header[3] & 0xff);
            received.add(new String(payload, offset, bytes));
            return true;
        }

        @Override
        public boolean sendRtcp(byte[] packet, int bytes) {
            return true;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
