package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.stream.Stages.await;
import static revcam.stream.Stages.reconfigure;
import static revcam.stream.Stages.reference;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.ServiceReference;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineStatistics;
import revcam.api.engine.EngineViewer;
import revcam.api.engine.MediaEngine;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.FramePool;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.Stage.Standing;
import revcam.api.processor.FrameProcessor;
import revcam.api.processor.FrameProcessorFactory;
import revcam.api.processor.ProcessorRequest;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.Viewer;
import revcam.stream.Stages.Camera;
import revcam.stream.Stages.Codec;
import revcam.stream.Stages.Line;
import revcam.stream.Stages.Path;
import revcam.stream.Stages.WholeUnits;
import revcam.stream.session.HeldRate;

/** Somebody between capture and encoder, who comes, goes and misbehaves while a viewer watches. */
class ProcessorTest {

    private final Map<String, Object> properties = new HashMap<>();
    private final Camera camera = new Camera();
    private final Codec codec = new Codec();
    private final Path path = new Path();
    private final Marker marker = new Marker();
    private final ServiceReference<FrameProcessorFactory> reference = reference("revcam.processor", "marker");
    private SelectorLoop loop;
    private StreamComponent stream;
    private Viewer viewer;
    private volatile boolean shooting = true;
    private Thread shutter;

    /** Writes to the pictures' first sample, or makes others; and does what none may do. */
    private static final class Marker implements FrameProcessorFactory {

        private final AtomicInteger opened = new AtomicInteger();
        private final AtomicInteger closed = new AtomicInteger();
        private volatile boolean idle;
        private volatile boolean turns;
        private volatile boolean throwsInProcess;
        private volatile boolean loses;
        private volatile boolean forgetsTheTime;
        private volatile CountDownLatch hangs;
        private volatile StageException refusal;
        private volatile ProcessorRequest request;
        private volatile FramePool pool;

        @Override
        public FrameProcessor open(ProcessorRequest asked) throws StageException {
            request = asked;
            if (refusal != null) {
                throw refusal;
            }
            if (idle) {
                return null;
            }
            opened.incrementAndGet();
            pool = new FramePool(4, PixelFormat.I420, asked.height(), asked.width(), 16);
            return new FrameProcessor() {
                @Override
                public RawFrame process(RawFrame frame) {
                    Stages.hang(hangs);
                    if (throwsInProcess) {
                        throw new IllegalStateException("cannot draw");
                    }
                    if (loses) {
                        frame.close();
                        return null;
                    }
                    FramePool.PooledFrame other = turns || forgetsTheTime ? pool.acquire() : null;
                    if (other != null) {
                        other.data().put(0, (byte) 77);
                        other.stamp(frame.captureNanos() + (forgetsTheTime ? 1 : 0), frame.sequence());
                        frame.close();
                        return other;
                    }
                    assertTrue(frame.isWritable());
                    frame.data().put(0, (byte) 77);
                    return frame;
                }

                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            };
        }
    }

    /** What an engine of others was shown last. */
    private final class Onlooker implements MediaEngineFactory, MediaEngine {

        private volatile int sample = -1;

        @Override
        public MediaEngine open(revcam.api.engine.EngineRequest request) {
            return this;
        }

        @Override
        public EngineViewer join(EngineOffer offer, EngineEvents events) {
            return new EngineViewer() {
                @Override
                public String answer() {
                    return "answer";
                }

                @Override
                public String iceTag() {
                    return "";
                }

                @Override
                public String patch(String fragment) {
                    return "";
                }

                @Override
                public EngineStatistics statistics() {
                    return null;
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public void onFrame(RawFrame frame) {
            sample = frame.data().get(0);
            frame.close();
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void start() throws Exception {
        loop = new SelectorLoop();
        properties.putAll(Map.of("capture", "camera", "size", "64x48"));
        stream = new StreamComponent(loop, sample -> { }, null, properties);
        stream.start();
    }

    private void watch() throws Exception {
        stream.bindCapture(reference("revcam.capture", "camera"), camera);
        stream.bindEncoder(reference("revcam.encoder", "codec"), codec);
        stream.bindPacketiser(reference("revcam.packetiser", "whole"), new WholeUnits());
        stream.bindCongestion(reference("revcam.congestion", "held"), HeldRate.FACTORY::open);
        stream.bindTransport(reference("revcam.transport", "path"), path);
        shutter = new Thread(() -> {
            while (shooting) {
                camera.shoot();
                LockSupport.parkNanos(5_000_000);
            }
        });
        shutter.start();
        await(() -> stream.status().state() == revcam.api.stream.StreamStatus.State.IDLE);
        viewer = stream.join(new JoinRequest("offer", "test", "", ""));
        Line line = path.lines.get(0);
        loop.execute(() -> line.events.onConnected(System.nanoTime()));
        awaitMore(3);
    }

    @AfterEach
    void stop() throws Exception {
        assertTrue(viewer == null || viewer.alive(), "the viewer stayed");
        if (marker.hangs != null) {
            marker.hangs.countDown();
        }
        stream.stop();
        shooting = false;
        shutter.join();
        loop.stop();
        await(() -> camera.pool.outstanding() == 0 && (marker.pool == null || marker.pool.outstanding() == 0));
        await(() -> marker.opened.get() == marker.closed.get());
        await(() -> !isAtWork());
    }

    private static boolean isAtWork() {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(one -> one.getName().startsWith("revcam.processor"));
    }

    private void awaitMore(int frames) {
        int before = path.received.size();
        await(() -> path.received.size() >= before + frames);
    }

    private Stage stage() {
        return Stages.told(stream).stream().filter(one -> one.role().equals("processor")).findFirst().orElseThrow();
    }

    private Stage.Provider provider() {
        return stage().providers().get(0);
    }

    private void awaitServing() {
        await(() -> stage().serving().equals(List.of("marker")));
    }

    @Test
    void withoutOneNothingIsMissing() throws Exception {
        watch();
        assertEquals(List.of(), stage().serving());
        assertEquals("", stage().problem());
        assertEquals("", stream.status().reason());
        assertFalse(isAtWork(), "a thread for nobody");
    }

    @Test
    void oneThatComesGetsThePicturesAndOneThatGoesLeavesThemAlone() throws Exception {
        watch();
        stream.bindProcessor(reference, marker);
        awaitServing();
        assertEquals(new ProcessorRequest("main", 64, 48, PixelFormat.I420, revcam.api.media.FrameRate.of(30)), marker.request);
        awaitMore(3);
        await(() -> stage().nanosPerFrame() > 0);
        assertTrue(stream.status().stages().stream().anyMatch(one -> one.provider().equals("marker")));
        stream.unbindProcessor(reference);
        assertEquals(marker.opened.get(), marker.closed.get(), "still open when its bundle has gone");
        awaitMore(3);
        assertEquals(List.of(), stage().serving());
    }

    /** Its first picture comes to no encoder unprocessed: one for other sizes would be opened for nothing. */
    @Test
    void oneThatIsThereFromTheBeginningHasEveryPicture() throws Exception {
        marker.turns = true;
        stream.bindProcessor(reference, marker);
        watch();
        assertEquals(48, codec.width);
        assertEquals(1, codec.opened);
        assertEquals(48, stream.status().width());
        assertEquals(64, stream.status().height());
    }

    @Test
    void picturesOfAnotherSizeGetAnotherEncoder() throws Exception {
        watch();
        marker.turns = true;
        stream.bindProcessor(reference, marker);
        await(() -> codec.width == 48 && stream.status().width() == 48);
        awaitMore(3);
        stream.unbindProcessor(reference);
        await(() -> codec.width == 64 && stream.status().width() == 64);
        awaitMore(3);
    }

    @Test
    void oneThatHasNothingToDoCostsNothingAndIsAskedAgainOnceConfigured() throws Exception {
        marker.idle = true;
        stream.bindProcessor(reference, marker);
        watch();
        await(() -> provider().why().contains("nothing to do"));
        assertEquals(List.of(), stage().serving());
        await(() -> !isAtWork());
        awaitMore(3);
        marker.idle = false;
        reconfigure(reference, "setting", "on");
        stream.updatedProcessor(reference);
        awaitServing();
        marker.idle = true;
        reconfigure(reference, "setting", "off");
        stream.updatedProcessor(reference);
        await(() -> stage().serving().isEmpty());
        await(() -> !isAtWork());
        awaitMore(3);
    }

    @Test
    void oneThatThrowsIsSetAsideAndThePictureGoesOn() throws Exception {
        watch();
        marker.throwsInProcess = true;
        stream.bindProcessor(reference, marker);
        await(() -> provider().standing() == Standing.QUARANTINED);
        assertTrue(provider().why().contains("cannot draw"), provider().why());
        awaitMore(20);
        assertEquals(1, marker.opened.get(), "it is not tried again by itself");
        marker.throwsInProcess = false;
        stream.release("processor", "marker");
        awaitServing();
    }

    @Test
    void oneThatHangsIsSetAsideAndThePictureGoesOn() throws Exception {
        watch();
        marker.hangs = new CountDownLatch(1);
        stream.bindProcessor(reference, marker);
        await(() -> provider().standing() == Standing.QUARANTINED);
        assertTrue(provider().why().contains("two seconds"), provider().why());
        awaitMore(3);
        assertEquals(1, camera.opened, "the camera is not to blame");
    }

    @Test
    void oneThatMakesNothingIsSetAside() throws Exception {
        watch();
        marker.loses = true;
        stream.bindProcessor(reference, marker);
        await(() -> provider().standing() == Standing.QUARANTINED);
        assertTrue(provider().why().contains("no picture"), provider().why());
        awaitMore(3);
        assertEquals(1, camera.opened, "the camera is not to blame");
    }

    @Test
    void oneThatChangesThePicturesTimeIsSetAside() throws Exception {
        watch();
        marker.forgetsTheTime = true;
        stream.bindProcessor(reference, marker);
        await(() -> provider().standing() == Standing.QUARANTINED);
        assertTrue(provider().why().contains("capture time"), provider().why());
        awaitMore(3);
    }

    @Test
    void oneThatCannotBeOpenedSaysWhy() throws Exception {
        watch();
        marker.refusal = new StageException(StageException.Reason.UNSUPPORTED, "such pictures are too small");
        stream.bindProcessor(reference, marker);
        await(() -> provider().why().contains("too small"));
        awaitMore(3);
        assertEquals("", stream.status().reason());
    }

    @Test
    void enginesOfOthersGetWhatItMakes() throws Exception {
        stream.bindProcessor(reference, marker);
        watch();
        awaitServing();
        Onlooker other = new Onlooker();
        stream.bindEngine(reference("revcam.engine", "other"), other);
        Viewer second = stream.join(new JoinRequest("offer", "test", "other", ""));
        await(() -> other.sample == 77);
        second.leave();
    }
}
