package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.stream.Stages.await;
import static revcam.stream.Stages.reference;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.osgi.framework.ServiceReference;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.StageException;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement.Cause;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage.Standing;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.Viewer;
import revcam.stream.Stages.Camera;
import revcam.stream.Stages.Codec;
import revcam.stream.Stages.Line;
import revcam.stream.Stages.Path;
import revcam.stream.Stages.WholeUnits;
import revcam.stream.session.HeldRate;

/** Stages are replaced while somebody watches, and every frame counts. */
@Execution(ExecutionMode.CONCURRENT)
class SwapTest {

    private SelectorLoop loop;
    private StreamComponent stream;
    private final Map<String, Object> properties = new HashMap<>();
    private final Camera camera = new Camera();
    private final Camera otherCamera = new Camera();
    private final Codec codec = new Codec();
    private final Codec other = new Codec();
    private final Path path = new Path();
    private final ServiceReference<VideoCaptureFactory> cameraReference = reference("revcam.capture", "camera");
    private final ServiceReference<VideoCaptureFactory> otherCameraReference = reference("revcam.capture", "webcam");
    private final ServiceReference<VideoEncoderFactory> codecReference = reference("revcam.encoder", "codec");
    private final ServiceReference<VideoEncoderFactory> otherReference = reference("revcam.encoder", "other");
    private final ServiceReference<PacketiserFactory> whole = reference("revcam.packetiser", "whole");
    private volatile boolean shooting = true;
    private Thread shutter;
    private Viewer viewer;

    @BeforeEach
    void watch() throws Exception {
        loop = new SelectorLoop();
        codec.tag = "a";
        other.tag = "b";
        properties.putAll(Map.of("capture", "camera, webcam", "encoder", "codec, *", "size", "64x48"));
        stream = new StreamComponent(loop, sample -> { }, null, properties);
        stream.start();
        stream.bindCapture(cameraReference, camera);
        stream.bindEncoder(codecReference, codec);
        stream.bindPacketiser(whole, new WholeUnits());
        stream.bindCongestion(reference("revcam.congestion", "held"), HeldRate.FACTORY::open);
        stream.bindTransport(reference("revcam.transport", "path"), path);
        shutter = new Thread(() -> {
            // A picture is taken when the one before has arrived, so that a busy machine loses none by itself.
            while (shooting) {
                int before = path.received.size();
                camera.shoot();
                otherCamera.shoot();
                // Turns and not time: where the machine gives this thread few of them it gives the others few, too.
                for (int turn = 0; turn < 500 && path.received.size() == before; turn++) {
                    LockSupport.parkNanos(1_000_000);
                }
                LockSupport.parkNanos(5_000_000);
            }
        });
        shutter.start();
        await(() -> stream.status().state() == revcam.api.stream.StreamStatus.State.IDLE);
        viewer = stream.join(new JoinRequest("offer", "test", "", ""));
        Line line = path.lines.get(0);
        loop.execute(() -> line.events.onConnected(System.nanoTime()));
        awaitMore(5);
    }

    @AfterEach
    void stop() throws Exception {
        assertTrue(viewer.alive(), "the viewer stayed");
        Line line = path.lines.get(0);
        for (int i = 1; i < line.sequences.size(); i++) {
            assertEquals(line.sequences.get(i - 1) + 1 & 0xffff, line.sequences.get(i), "RTP sequence numbers");
        }
        for (Codec one : List.of(codec, other)) {
            Stream.of(one.hangsInClose, one.hangsInEncode, one.hangsInOpen).filter(latch -> latch != null)
                    .forEach(CountDownLatch::countDown);
        }
        stream.stop();
        shooting = false;
        shutter.join();
        loop.stop();
        await(() -> camera.pool.outstanding() == 0 && otherCamera.pool.outstanding() == 0);
    }

    private void awaitMore(int frames) {
        int before = path.received.size();
        await(() -> path.received.size() >= before + frames);
    }

    private void awaitTag(String tag) {
        await(() -> path.received.get(path.received.size() - 1).endsWith(tag));
    }

    /** No frame is missing between the first and the last that the viewer got from one source. */
    private void assertEveryFrame(int from) {
        List<String> units = List.copyOf(path.received).subList(from, path.received.size());
        long before = -1;
        for (String unit : units) {
            long number = Long.parseLong(unit.replaceAll("\\D", ""));
            assertTrue(before < 0 || number == before + 1, "after frame " + before + " came " + number);
            before = number;
        }
    }

    private Stage stage(String role) {
        return Stages.told(stream).stream().filter(stage -> stage.role().equals(role)).findFirst().orElseThrow();
    }

    private Stage.Provider provider(String role, String name) {
        return stage(role).providers().stream().filter(provider -> provider.name().equals(name)).findFirst().orElseThrow();
    }

    private Replacement swap(String role, String provider) throws Exception {
        return stream.swap(role, provider, "test").toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void encodersChangeWithoutALostFrame() throws Exception {
        stream.bindEncoder(otherReference, other);
        int start = path.received.size();
        for (int i = 0; i < 10; i++) {
            String next = i % 2 == 0 ? "other" : "codec";
            Replacement done = swap("encoder", next);
            assertTrue(done.succeeded(), done.detail());
            assertEquals(next, done.to());
            assertEquals(List.of(next), stage("encoder").serving());
            awaitTag(i % 2 == 0 ? "b" : "a");
            awaitMore(3);
        }
        assertEveryFrame(start);
        List<String> units = List.copyOf(path.received);
        for (int i = start + 1; i < units.size(); i++) {
            boolean switched = units.get(i).charAt(units.get(i).length() - 1)
                    != units.get(i - 1).charAt(units.get(i - 1).length() - 1);
            assertTrue(!switched || units.get(i).startsWith("key"), "a new encoder begins with a key frame");
        }
        assertEquals(Cause.CONFIGURATION, stream.replacements().get(0).cause());
        assertTrue(stream.replacements().get(0).gapNanos() > 0);
    }

    @Test
    void aBetterEncoderThatComesTakesOverAndWhenItGoesTheOtherIsBackWithoutALostFrame() throws Exception {
        int start = path.received.size();
        properties.put("encoder", "other, codec");
        stream.modified(properties);
        stream.bindEncoder(otherReference, other);
        awaitTag("b");
        awaitMore(3);
        stream.unbindEncoder(otherReference);
        assertEquals(other.opened, other.closed, "unbind returns when it is closed");
        awaitTag("a");
        awaitMore(3);
        assertEveryFrame(start);
        assertEquals(Cause.BUNDLE, stream.replacements().get(0).cause());
    }

    enum Fault { REFUSES, THROWS_IN_OPEN, THROWS_IN_ENCODE, GARBAGE, HANGS_IN_OPEN, HANGS_IN_ENCODE, SILENT }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void anEncoderThatIsNoGoodDoesNotComeToServe(Fault fault) throws Exception {
        switch (fault) {
            case REFUSES -> other.refusal = new StageException(StageException.Reason.UNAVAILABLE, "no library");
            case THROWS_IN_OPEN -> other.throwsInOpen = true;
            case THROWS_IN_ENCODE -> other.encodeThrows = true;
            case GARBAGE -> other.garbage = true;
            case HANGS_IN_OPEN -> other.hangsInOpen = new CountDownLatch(1);
            case HANGS_IN_ENCODE -> other.hangsInEncode = new CountDownLatch(1);
            case SILENT -> other.swallow = true;
        }
        stream.bindEncoder(otherReference, other);
        int start = path.received.size();
        Replacement done = swap("encoder", "other");
        assertFalse(done.succeeded());
        assertEquals("codec", done.to());
        await(() -> provider("encoder", "other").standing() == Standing.QUARANTINED);
        assertFalse(provider("encoder", "other").why().isBlank());
        awaitMore(5);
        assertEveryFrame(start);
        assertThrows(RefusedException.class, () -> stream.swap("encoder", "other", "test"));
        other.mend();
        other.refusal = null;
        other.throwsInOpen = false;
        Stream.of(other.hangsInEncode, other.hangsInOpen).filter(latch -> latch != null).forEach(CountDownLatch::countDown);
        stream.release("encoder", "other");
        awaitTag("b");
        assertEquals(Standing.SERVING, provider("encoder", "other").standing());
    }

    @Test
    void anEncoderThatHangsWhileItServesIsAbandonedAndTheNextTakesOver() throws Exception {
        stream.bindEncoder(otherReference, other);
        codec.hangsInEncode = new CountDownLatch(1);
        awaitTag("b");
        assertEquals(Standing.QUARANTINED, provider("encoder", "codec").standing());
        assertTrue(provider("encoder", "codec").why().contains("two seconds"), provider("encoder", "codec").why());
        long began = System.nanoTime();
        stream.unbindEncoder(codecReference);
        assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(5), "unbind is bounded");
        awaitMore(5);
    }

    @Test
    void anEncoderThatHangsInCloseHoldsUpNobody() throws Exception {
        stream.bindEncoder(otherReference, other);
        int start = path.received.size();
        codec.hangsInClose = new CountDownLatch(1);
        assertTrue(swap("encoder", "other").succeeded());
        await(() -> provider("encoder", "codec").standing() == Standing.QUARANTINED);
        assertTrue(provider("encoder", "codec").why().contains("close"), provider("encoder", "codec").why());
        awaitMore(5);
        assertEveryFrame(start);
    }

    @Test
    void anotherConfigurationOfTheServingEncoderOpensItAnewWithoutALostFrame() throws Exception {
        int start = path.received.size();
        codec.tag = "c";
        Stages.reconfigure(codecReference, "preset", "slow");
        stream.updatedEncoder(codecReference);
        awaitTag("c");
        await(() -> codec.opened == 2 && codec.closed == 1);
        awaitMore(3);
        assertEveryFrame(start);
    }

    @Test
    void packetisersChangeBetweenTwoUnitsWithoutAKeyFrame() throws Exception {
        stream.bindPacketiser(reference("revcam.packetiser", "split"), new WholeUnits());
        int start = path.received.size();
        int keyframes = codec.keyframes;
        for (int i = 0; i < 6; i++) {
            String next = i % 2 == 0 ? "split" : "whole";
            assertTrue(swap("packetiser", next).succeeded());
            assertEquals(List.of(next), stage("packetiser").serving());
            awaitMore(2);
        }
        assertEveryFrame(start);
        assertEquals(keyframes, codec.keyframes);
        assertEquals(1, codec.opened);
    }

    @Test
    void aPacketiserThatThrowsOrHangsIsToBlameAndNotTheEncoder() throws Exception {
        for (boolean hangs : new boolean[] {false, true}) {
            CountDownLatch goOn = new CountDownLatch(hangs ? 1 : 0);
            ServiceReference<PacketiserFactory> bad = reference("revcam.packetiser", "bad");
            stream.bindPacketiser(bad, new Stages.BadPacketiser(goOn));
            try {
                Replacement failed = swap("packetiser", "bad");
                assertFalse(failed.succeeded());
                assertTrue(failed.detail().contains(hangs ? "busy with one unit for two seconds" : "it threw"), failed.detail());
                await(() -> provider("packetiser", "bad").standing() == Standing.QUARANTINED);
                awaitMore(5);
                assertEquals(List.of("whole"), stage("packetiser").serving());
                assertEquals(Standing.SERVING, provider("encoder", "codec").standing());
            } finally {
                goOn.countDown();
            }
            stream.unbindPacketiser(bad);
        }
    }

    @Test
    void sourcesChangeWhenTheNewOneHasShownAPicture() throws Exception {
        stream.bindCapture(otherCameraReference, otherCamera);
        assertTrue(swap("capture", "webcam").succeeded());
        await(() -> camera.closed);
        awaitMore(5);
        assertEquals(1, codec.opened, "the same size needs no other encoder");
        otherCamera.refusal = null;
        camera.refusal = new StageException(StageException.Reason.UNAVAILABLE, "unplugged");
        Replacement failed = swap("capture", "camera");
        assertFalse(failed.succeeded());
        assertEquals("webcam", failed.to());
        assertEquals(Standing.RESTING, provider("capture", "camera").standing());
        awaitMore(5);
        camera.refusal = null;
        await(() -> stage("capture").serving().equals(List.of("camera")));
    }

    @Test
    void anotherPictureSizeComesWithAKeyFrameOfTheNewSize() throws Exception {
        properties.put("size", "128x96");
        stream.modified(properties);
        await(() -> stream.status().width() == 128 && codec.opened == 2 && codec.closed == 1);
        awaitMore(5);
    }

    @Test
    void aDeviceThatOnlyOneCanOpenIsLetGoOfFirst() throws Exception {
        otherCamera.sharesDeviceWith = camera;
        stream.bindCapture(otherCameraReference, otherCamera);
        assertTrue(swap("capture", "webcam").succeeded());
        awaitMore(5);
        assertTrue(camera.closed);
    }

    @Test
    void aPersonSetsAsideAndReleases() throws Exception {
        stream.bindEncoder(otherReference, other);
        stream.quarantine("encoder", "codec", "it looks ugly");
        awaitTag("b");
        assertEquals("it looks ugly", provider("encoder", "codec").why());
        stream.release("encoder", "codec");
        awaitTag("a");
        assertThrows(RefusedException.class, () -> stream.release("encoder", "codec"));
        assertThrows(RefusedException.class, () -> stream.quarantine("encoder", "nobody", ""));
        assertThrows(RefusedException.class, () -> stream.swap("nothing", "codec", "test"));
    }

    @Test
    void aTrialThatIsNoWorseStaysAndCanBeRolledBack() throws Exception {
        stream.bindEncoder(otherReference, other);
        TrialReport report = stream.trial("encoder", "other", Duration.ofSeconds(5), "test").toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertTrue(report.passed(), report.toString());
        await(() -> stage("encoder").preference().startsWith("other, "));
        assertEquals(List.of("other"), stage("encoder").serving());
        assertTrue(stream.rollback("encoder", "test").toCompletableFuture().get(30, TimeUnit.SECONDS).succeeded());
        assertEquals(List.of("codec"), stage("encoder").serving());
        assertEquals(report, stream.lastTrial("encoder"));
    }

    @Test
    void aTrialThatIsWorseIsRolledBackByItselfAndSaysWhy() throws Exception {
        stream.bindEncoder(otherReference, other);
        other.encodeMillis = 25;
        Thread.sleep(2_500); // some seconds to compare with
        TrialReport report = stream.trial("encoder", "other", Duration.ofSeconds(5), "test").toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertFalse(report.passed());
        assertTrue(report.verdict().contains("encode"), report.verdict());
        assertFalse(report.figures().isEmpty());
        await(() -> stage("encoder").serving().equals(List.of("codec")));
        assertEquals("codec, *", stage("encoder").preference());
        await(() -> stream.replacements().get(0).cause() == Cause.ROLLBACK);
    }

    @Test
    void aTrialThatBreaksEndsAtOnceAndOneCanBeEndedByHand() throws Exception {
        stream.bindEncoder(otherReference, other);
        var trial = stream.trial("encoder", "other", Duration.ofMinutes(5), "test").toCompletableFuture();
        awaitTag("b");
        assertEquals("other", stage("encoder").trial().provider());
        assertThrows(RefusedException.class, () -> stream.trial("encoder", "other", Duration.ofSeconds(20), "test"));
        other.encodeThrows = true;
        TrialReport report = trial.get(30, TimeUnit.SECONDS);
        assertFalse(report.passed());
        assertTrue(report.verdict().contains("Invalid memory access"), report.verdict());
        awaitTag("a");
        other.mend();
        stream.release("encoder", "other");
        var second = stream.trial("encoder", "other", Duration.ofMinutes(5), "test").toCompletableFuture();
        awaitTag("b");
        assertTrue(stream.rollback("encoder", "test").toCompletableFuture().get(30, TimeUnit.SECONDS).succeeded());
        assertFalse(second.get(30, TimeUnit.SECONDS).passed());
        awaitTag("a");
    }

    @Test
    void theReasonsAreForPeople() throws Exception {
        stream.bindEncoder(otherReference, other);
        await(() -> provider("encoder", "other").standing() == Standing.READY);
        assertEquals("it could serve, and codec is preferred", provider("encoder", "other").why());
        properties.put("encoder", "codec");
        stream.modified(properties);
        await(() -> provider("encoder", "other").standing() == Standing.EXCLUDED);
        assertEquals("the preference 'codec' does not name it", provider("encoder", "other").why());
    }
}
