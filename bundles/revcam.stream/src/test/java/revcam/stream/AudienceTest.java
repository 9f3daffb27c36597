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
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.ServiceReference;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage.Standing;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiationException;
import revcam.stream.Stages.Camera;
import revcam.stream.Stages.Codec;
import revcam.stream.Stages.Line;
import revcam.stream.Stages.Path;
import revcam.stream.Stages.WholeUnits;

/** Several viewers on paths of their own, who come, go and break. Alone, because it looks at every thread. */
@Isolated
class AudienceTest {

    private SelectorLoop loop;
    private StreamComponent stream;
    private final Map<String, Object> properties = new HashMap<>(Map.of("capture", "camera", "size", "64x48"));
    private final Camera camera = new Camera();
    private final Codec codec = new Codec();
    private final Path path = new Path();
    private final Steering steering = new Steering();
    private final ServiceReference<VideoEncoderFactory> codecReference = reference("revcam.encoder", "codec");
    private final ServiceReference<PacketiserFactory> whole = reference("revcam.packetiser", "whole");
    private final ServiceReference<CongestionControllerFactory> steered = reference("revcam.congestion", "steered");

    /** A test that failed, of another class too, may have left some, for which those that come after it are not to blame. */
    private final Set<Thread> threadsBefore = Set.copyOf(Thread.getAllStackTraces().keySet());

    @BeforeEach
    void start() throws IOException {
        loop = new SelectorLoop();
        stream = new StreamComponent(loop, sample -> { }, null, properties);
        stream.start();
        stream.bindCapture(reference("revcam.capture", "camera"), camera);
        stream.bindEncoder(codecReference, codec);
        stream.bindPacketiser(whole, new WholeUnits());
        stream.bindCongestion(steered, steering);
        stream.bindTransport(reference("revcam.transport", "path"), path);
        await(() -> camera.shoot() && stream.status().state() == State.IDLE);
    }

    @AfterEach
    void stop() throws InterruptedException {
        stream.stop();
        loop.stop();
        assertEquals(0, camera.pool.outstanding(), "frames on lease after the end");
        assertEquals(codec.opened, codec.closed, "encoders opened and closed");
        assertTrue(steering.opened.stream().allMatch(controller -> controller.closed), "controllers closed");
        assertTrue(path.lines.stream().noneMatch(line -> line.usedAfterClose), "nothing is sent after close");
        List<String> left = threadsMore();
        for (long end = System.nanoTime() + 5_000_000_000L; !left.isEmpty() && System.nanoTime() < end; left = threadsMore()) {
            Thread.sleep(5); // one that has done its work may not have ended yet
        }
        assertEquals(List.of(), left, "threads after the end");
    }

    private List<String> threadsMore() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> !threadsBefore.contains(thread))
                .map(Thread::getName).filter(name -> name.startsWith("revcam.")).toList();
    }

    private Viewer watch() throws Exception {
        int before = stream.status().viewers();
        Viewer viewer = stream.join(new JoinRequest("offer", "test", "", ""));
        connect(path.lines.get(path.lines.size() - 1));
        await(() -> stream.status().viewers() == before + 1);
        return viewer;
    }

    private void connect(Line line) {
        loop.execute(() -> line.events.onConnected(System.nanoTime()));
    }

    private void awaitMore(int frames) {
        int[] before = path.lines.stream().mapToInt(line -> line.received.size()).toArray();
        await(() -> {
            camera.shoot();
            for (int i = 0; i < before.length; i++) {
                Line line = path.lines.get(i);
                if (!line.closed && line.received.size() < before[i] + frames) {
                    return false;
                }
            }
            return true;
        });
    }

    private static void assertUnbroken(Line line) {
        assertTrue(line.received.get(0).startsWith("key"), line.received.get(0));
        for (int i = 1; i < line.sequences.size(); i++) {
            assertEquals(line.sequences.get(i - 1) + 1 & 0xffff, line.sequences.get(i));
        }
    }

    @Test
    void everyViewersSequenceGoesOnWhateverIsReplaced() throws Exception {
        watch();
        awaitMore(3);
        watch();
        watch();
        path.lines.get(1).starving = true;
        awaitMore(3);

        stream.bindPacketiser(reference("revcam.packetiser", "other"), new WholeUnits());
        stream.unbindPacketiser(whole);
        awaitMore(3);
        Steering other = new Steering();
        stream.bindCongestion(reference("revcam.congestion", "other"), other);
        stream.unbindCongestion(steered);
        assertEquals(4, other.opened.size(), "one for its audition, one for each viewer");
        awaitMore(3);
        stream.unbindEncoder(codecReference);
        Codec next = new Codec();
        stream.bindEncoder(reference("revcam.encoder", "next"), next);
        awaitMore(3);

        path.lines.forEach(AudienceTest::assertUnbroken);
        assertEquals(3, path.lines.size());
        assertEquals(3, stream.status().viewers(), "also the one whose socket takes nothing");
        stream.stop();
        assertEquals(next.opened, next.closed);
    }

    @Test
    void aNewViewersFirstFrameIsAKeyFrameThatComesAtOnce() throws Exception {
        watch();
        awaitMore(3);
        for (int i = 1; i < 4; i++) {
            // Each within 200 ms of the key frame that the one before asked for: deferred, not lost.
            watch();
            Line line = path.lines.get(i);
            long begin = System.nanoTime();
            await(() -> camera.shoot() && !line.received.isEmpty());
            assertTrue(line.received.get(0).startsWith("key"));
            assertTrue(System.nanoTime() - begin < 1_000_000_000, "its first picture took a second");
        }
    }

    /** As {@link Stages#await}, with 30 frames a second: how many there are is part of what is looked at. */
    private void filmUntil(BooleanSupplier condition) {
        long[] next = {System.nanoTime()};
        await(() -> {
            if (System.nanoTime() - next[0] >= 0) {
                next[0] += 33_333_333;
                camera.shoot();
            }
            return condition.getAsBoolean();
        });
    }

    /** This encoder gives so little that it is told up to a tenth more. */
    private boolean encoderGets(long least, long most) {
        return codec.bitrateBps >= least && codec.bitrateBps <= 1.1 * most;
    }

    @Test
    void theSlowestViewerDecidesForAsLongAsItWatches() throws Exception {
        watch();
        steering.serving(0).target = steering.serving(0).limits.maxBps();
        filmUntil(() -> encoderGets(1_900_000, 2_200_000));
        Viewer slow = watch();
        steering.serving(1).target = 1_200_000;
        filmUntil(() -> encoderGets(1_130_000, 1_200_000));
        slow.leave();
        filmUntil(() -> encoderGets(1_900_000, 2_200_000));
        assertTrue(steering.serving(1).closed);
        assertFalse(steering.serving(0).closed);
    }

    @Test
    void aViewerBeginsWithTheConfiguredStartAndDoesNotDragTheFirstOneDown() throws Exception {
        assertEquals(1_000_000, stream.status().bitrateBps(), "before anyone has come");
        watch();
        assertEquals(1_000_000, steering.serving(0).limits.startBps(), 50_000);
        filmUntil(() -> encoderGets(930_000, 1_100_000));
        steering.serving(0).target = steering.serving(0).limits.maxBps();
        filmUntil(() -> encoderGets(1_900_000, 2_200_000));
        watch();
        // Its controller finds out within a second what its path can do.
        Steered second = steering.serving(1);
        assertTrue(second.target < 1_100_000);
        long joined = System.nanoTime();
        long[] least = {Long.MAX_VALUE};
        filmUntil(() -> {
            least[0] = Math.min(least[0], codec.bitrateBps);
            if (System.nanoTime() - joined > 1_000_000_000) {
                second.target = second.limits.maxBps();
            }
            return System.nanoTime() - joined > 3_000_000_000L;
        });
        assertTrue(least[0] > 1_900_000, "the encoder was told " + least[0]);
        assertTrue(path.lines.get(1).received.size() > 20, "and it got every picture meanwhile");
    }

    @Test
    void aNewTargetReachesTheEncoderWithTheNextFrame() throws Exception {
        watch();
        Line line = path.lines.get(0);
        byte[] receiverReport = {(byte) 0x80, (byte) 201, 0, 1, 0, 0, 0, 7}; // without blocks: RFC 3550, section 6.4.2
        for (long target : new long[] {1_500_000, 600_000, 1_400_000, 300_000}) {
            filmUntil(() -> line.received.size() % 20 == 19);
            await(() -> camera.pool.outstanding() == 0); // the last of them is with the loop
            steering.serving(0).target = target;
            runOnLoop(() -> line.events.onRtcp(System.nanoTime(), ByteBuffer.wrap(receiverReport)));
            int before = line.received.size();
            camera.shoot();
            await(() -> line.received.size() == before + 1);
            assertTrue(encoderGets(target * 9 / 10, target), target + ": " + codec.bitrateBps);
        }
    }

    @Test
    void aViewerFarBehindTheRestGetsWholePicturesLessAndNobodyElseDoes() throws Exception {
        codec.tag = "-".repeat(1_000); // a quarter of a megabit a second
        for (int i = 0; i < 3; i++) {
            watch();
            steering.serving(i).target = steering.serving(i).limits.maxBps();
        }
        filmUntil(() -> encoderGets(1_900_000, 2_200_000));
        steering.serving(2).target = 130_000;
        Line poor = path.lines.get(2);
        long[] since = {0};
        int[] before = new int[3];
        filmUntil(() -> {
            if (since[0] == 0 && codec.bitrateBps < 200_000) {
                since[0] = System.nanoTime(); // obeyed at first
            } else if (since[0] > 0 && before[0] == 0 && codec.bitrateBps > 1_000_000) {
                for (int i = 0; i < 3; i++) {
                    before[i] = path.lines.get(i).received.size();
                }
            }
            return before[0] > 0 && path.lines.get(0).received.size() > before[0] + 45;
        });
        assertTrue(System.nanoTime() - since[0] > 3_000_000_000L, "not before it has lasted");
        int got = poor.received.size() - before[2];
        assertTrue(got < 32, "it got " + got + " of 45");
        assertEquals(path.lines.get(0).received.size() - before[0], path.lines.get(1).received.size() - before[1], 1);
        for (int i = before[2] + 1; i < poor.received.size(); i++) {
            String unit = poor.received.get(i);
            assertTrue(unit.startsWith("key") || number(unit) == number(poor.received.get(i - 1)) + 1,
                    "what it gets can be decoded");
        }
        steering.serving(2).target = 1_900_000;
        filmUntil(() -> poor.received.size() > 40 && number(poor.received.get(poor.received.size() - 1))
                == number(poor.received.get(poor.received.size() - 31)) + 30);
        path.lines.forEach(AudienceTest::assertUnbroken);
    }

    @Test
    void belowTheEncodersFloorPicturesGetFewerThenSmallerAndComeBack() throws Exception {
        Stages.reconfigure(codecReference, VideoEncoderFactory.FLOOR, "2.5"); // 922 kbit/s at 128x96 and 30 frames a second
        properties.put("size", "128x96");
        stream.modified(properties);
        await(() -> camera.shoot() && stream.status().width() == 128 && stream.status().state() == State.IDLE);
        watch();
        Line line = path.lines.get(0);
        filmUntil(() -> line.received.size() > 10);
        assertEquals("", stream.status().reduction());

        steering.serving(0).target = 800_000;
        filmUntil(() -> stream.status().fps() == 15 && codec.rate.fps() == 15);
        assertTrue(stream.status().reduction().startsWith("15.0 frames/s: 7"),
                stream.status().reduction());
        assertEquals(128, stream.status().width());
        int from = line.received.size() + 1;
        filmUntil(() -> line.received.size() > from + 20);
        int span = number(line.received.get(from + 20)) - number(line.received.get(from));
        assertEquals(40, span, 3, "every other picture");
        int opened = codec.opened;

        steering.serving(0).target = 340_000;
        filmUntil(() -> stream.status().width() == 84 && codec.width == 84);
        assertTrue(stream.status().reduction().startsWith("15.0 frames/s, 84x64: "), stream.status().reduction());
        assertEquals(opened + 1, codec.opened);
        filmUntil(() -> stream.replacements().get(0).cause() == Replacement.Cause.RATE);
        int small = line.received.size();
        filmUntil(() -> line.received.size() > small + 5);
        assertTrue(line.received.subList(small - 2, small + 3).stream().anyMatch(unit -> unit.startsWith("key")));

        steering.serving(0).target = 1_900_000;
        long since = System.nanoTime();
        filmUntil(() -> System.nanoTime() - since > 7_000_000_000L);
        assertEquals(84, stream.status().width(), "not at once");
        filmUntil(() -> stream.status().width() == 128 && stream.status().fps() == 30);
        assertEquals("", stream.status().reduction());
        assertEquals(1, stream.status().viewers());
        assertUnbroken(line);
    }

    @Test
    void anEncoderWithALowerFloorTakesOverAtTheEndOfTheLadder() throws Exception {
        Codec frugal = new Codec();
        ServiceReference<VideoEncoderFactory> frugalReference = reference("revcam.encoder", "frugal");
        Stages.reconfigure(codecReference, VideoEncoderFactory.FLOOR, "10");
        Stages.reconfigure(frugalReference, VideoEncoderFactory.FLOOR, "1");
        properties.putAll(Map.of("ladder", "encoder", "encoder", "codec, *"));
        stream.modified(properties);
        stream.bindEncoder(frugalReference, frugal);
        watch();
        Line line = path.lines.get(0);
        filmUntil(() -> line.received.size() > 10);
        assertEquals(0, frugal.opened, "10 x 64 x 48 x 30 is less than the viewer can take");
        steering.serving(0).target = 300_000;
        filmUntil(() -> frugal.opened == 1 && stream.status().reduction().contains("encoder frugal"));
        int before = line.received.size();
        filmUntil(() -> line.received.size() > before + 5);
        assertUnbroken(line);
        properties.put("ladder", "none");
        stream.modified(properties);
        filmUntil(() -> codec.opened == 2 && stream.status().reduction().isEmpty());
        stream.stop();
        assertEquals(frugal.opened, frugal.closed);
    }

    private static int number(String unit) {
        return Integer.parseInt(unit.replaceAll("\\D", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"median", "fixed"})
    void anotherPolicyIsAMatterOfConfiguration(String policy) throws Exception {
        for (int i = 0; i < 3; i++) {
            watch();
        }
        filmUntil(() -> encoderGets(930_000, 1_100_000));
        steering.serving(0).target = 900_000;
        steering.serving(1).target = 1_300_000;
        steering.serving(2).target = 1_700_000;
        properties.put("rate.policy", policy);
        stream.modified(properties);
        filmUntil(() -> policy.equals("median") ? encoderGets(1_200_000, 1_300_000) : encoderGets(1_900_000, 2_200_000));
    }

    @Test
    void anotherControllerBeginsWhereTheOldOneStoodWhichIsClosedWhenUnbindReturns() throws Exception {
        watch();
        Steered old = steering.serving(0);
        old.target = 777_000;
        stream.unbindCongestion(steered);
        assertTrue(old.closed);
        assertEquals(State.PAUSED, stream.status().state());
        Steering other = new Steering();
        stream.bindCongestion(reference("revcam.congestion", "other"), other);
        await(() -> other.opened.size() == 2);
        RateSnapshot seed = other.serving(0).seed;
        assertEquals(new RateSnapshot(777_000, 30, 0.25), seed, "through the time without any");
        awaitMore(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"onPacketSent", "targetBps", "nextDeadlineNanos", "onDeadline", "snapshot", "close"})
    void aControllerThatThrowsIsSetAsideAndCostsNobodyThePicture(String method) throws Exception {
        Viewer first = watch();
        Viewer second = watch();
        awaitMore(2);
        Steering other = new Steering();
        Steered broken = steering.serving(0);
        stream.bindCongestion(reference("revcam.congestion", "other"), other);
        broken.broken = method;
        if (method.equals("snapshot") || method.equals("close")) {
            stream.swap("congestion", "other", "test").toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
        await(() -> camera.shoot() && other.opened.size() == 3 && other.serving(1) != null);
        if (!method.equals("close")) {
            await(() -> steering.opened.stream().filter(controller -> controller != broken).allMatch(c -> c.closed));
        }
        broken.closed = true;
        awaitMore(5);
        assertTrue(first.alive() && second.alive());
        assertUnbroken(path.lines.get(0));
        assertUnbroken(path.lines.get(1));
        if (!method.equals("snapshot") && !method.equals("close")) {
            assertEquals(Standing.QUARANTINED, standing("steered"));
        }
        assertEquals(Standing.SERVING, standing("other"), "it has done nothing wrong");
    }

    private Standing standing(String provider) {
        return Stages.told(stream).stream().flatMap(stage -> stage.providers().stream())
                .filter(found -> found.name().equals(provider)).findFirst().orElseThrow().standing();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 99_999, 3_000_000, Long.MIN_VALUE})
    void aControllerThatAsksForTheImpossibleIsSetAside(long target) throws Exception {
        Viewer viewer = watch();
        awaitMore(2);
        steering.serving(0).target = target;
        await(() -> camera.shoot() && standing("steered") == Standing.QUARANTINED);
        awaitMore(3);
        assertTrue(viewer.alive());
        steering.opened.forEach(controller -> controller.closed = true);
    }

    @Test
    void aControllerThatHangsIsLeftBehindAndTheOthersHaveTheirPicture() throws Exception {
        Viewer first = watch();
        watch();
        awaitMore(2);
        CountDownLatch goOn = new CountDownLatch(1);
        Steered hanging = steering.serving(0);
        hanging.hang = goOn;
        await(() -> camera.shoot() && standing("steered") == Standing.QUARANTINED);
        awaitMore(5);
        assertTrue(first.alive());
        assertEquals(2, stream.status().viewers());
        path.lines.forEach(AudienceTest::assertUnbroken);
        goOn.countDown();
        await(() -> threadsMore().stream().filter("revcam.media-loop"::equals).count() == 1);
        awaitMore(3);
        path.lines.forEach(AudienceTest::assertUnbroken);
        steering.opened.forEach(controller -> controller.closed = true);
    }

    @Test
    void theStreamKnowsForHowLongViewersHaveWaitedInVain() throws Exception {
        assertEquals(0, stream.stalledNanos(), "nobody watches");
        Viewer viewer = watch();
        await(() -> camera.shoot() && stream.stalledNanos() < 100_000_000);
        for (int i = 0; i < 30; i++) {
            awaitMore(2);
            assertTrue(stream.stalledNanos() < 1_500_000_000, stream.stalledNanos() + " ns while pictures come");
        }

        CountDownLatch goOn = new CountDownLatch(1);
        codec.hangsInEncode = goOn;
        await(() -> camera.shoot() && standing("codec") == Standing.QUARANTINED);
        // A camera whose frames are all inside encoders that hang gives none, and is no excuse.
        await(() -> standing("camera") == Standing.RESTING);
        assertTrue(stream.stalledNanos() > 2_500_000_000L, stream.stalledNanos() + " ns while the camera rests, too");
        // Nobody else is there, and each time that it is tried again, it hangs again.
        await(() -> camera.shoot() && stream.stalledNanos() > 4_000_000_000L);
        codec.hangsInEncode = null;
        goOn.countDown();
        awaitMore(5);
        await(() -> camera.shoot() && stream.stalledNanos() < 500_000_000);

        // One that is not there is missed, but would not come by starting anew.
        stream.unbindEncoder(codecReference);
        await(() -> camera.shoot() && stream.status().state() == State.PAUSED);
        Thread.sleep(1_200);
        assertTrue(stream.stalledNanos() < 1_100_000_000, stream.stalledNanos() + " ns while the encoder is not there");
        viewer.leave();
        await(() -> stream.status().viewers() == 0);
        assertEquals(0, stream.stalledNanos());
    }

    @Test
    void aTransportThatThrowsCostsItsOwnViewerOnly() throws Exception {
        Viewer unlucky = watch();
        watch();
        awaitMore(2);
        path.lines.get(0).throwing = true;
        await(() -> camera.shoot() && !unlucky.alive() && path.lines.get(0).closed);
        awaitMore(5);
        assertUnbroken(path.lines.get(1));
    }

    @Test
    void aViewerLostInTheMiddleOfAFrameCostsTheOthersNothing() throws Exception {
        watch();
        watch();
        awaitMore(2);
        Line line = path.lines.get(0);
        loop.execute(() -> line.events.onClosed(System.nanoTime(), "gone"));
        await(() -> camera.shoot() && stream.status().viewers() == 1);
        line.closed = true;
        awaitMore(5);
        assertUnbroken(path.lines.get(1));
    }

    @Test
    void aViewerMayConnectOrBeLostBeforeItsOfferIsAnswered() throws Exception {
        path.whileOpening = events -> runOnLoop(() -> events.onConnected(System.nanoTime()));
        Viewer fast = stream.join(new JoinRequest("offer", "test", "", ""));
        await(() -> camera.shoot() && path.lines.get(0).received.size() >= 2);
        assertTrue(fast.alive());
        path.whileOpening = events -> runOnLoop(() -> events.onClosed(System.nanoTime(), "lost"));
        assertFalse(stream.join(new JoinRequest("offer", "test", "", "")).alive());
        assertEquals(1, stream.status().viewers());
    }

    @Test
    void everyPlaceIsGivenBackOnce() throws Exception {
        properties.put("viewers.max", 2);
        stream.modified(properties);
        watch();
        // Lost and refused at once, which a careless count would take for two.
        path.whileOpening = events -> runOnLoop(() -> events.onClosed(System.nanoTime(), "lost"));
        path.refusal = new NegotiationException(NegotiationException.Reason.UNAVAILABLE, "no");
        for (int i = 0; i < 3; i++) {
            assertThrows(NegotiationException.class, () -> stream.join(new JoinRequest("offer", "test", "", "")));
            // The place of one that was lost is given back behind that, on the loop.
            runOnLoop(() -> { });
        }
        path.whileOpening = events -> {
            throw new IllegalStateException("no port");
        };
        assertThrows(IllegalStateException.class, () -> stream.join(new JoinRequest("offer", "test", "", "")));
        path.whileOpening = events -> { };
        path.refusal = null;
        Viewer second = stream.join(new JoinRequest("offer", "test", "", ""));
        assertThrows(NegotiationException.class, () -> stream.join(new JoinRequest("offer", "test", "", "")));
        second.leave();
        await(() -> path.lines.get(1).closed);
        assertTrue(stream.join(new JoinRequest("offer", "test", "", "")).alive());
    }

    @Test
    void framesFlowForAViewerHoweverOthersComeAndGo() throws Exception {
        // Two threads whose offers are refused while they look whether frames are wanted: each holds a place then.
        path.whileOpening = events -> {
            synchronized (camera) {
                assertTrue(camera.sink.wanted(), "a place is taken and no frame is wanted");
                camera.shoot();
            }
        };
        path.refusal = new NegotiationException(NegotiationException.Reason.MALFORMED, "no");
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        Runnable refused = () -> {
            try {
                for (int i = 0; i < 20_000; i++) {
                    assertThrows(NegotiationException.class, () -> stream.join(new JoinRequest("offer", "test", "", "")));
                }
            } catch (Throwable e) {
                failures.add(e);
            }
        };
        Thread other = new Thread(refused);
        other.start();
        refused.run();
        other.join();
        assertEquals(List.of(), failures);
        assertFalse(camera.sink.wanted());
    }

    @Test
    void whenTheStreamStopsThoseWhoHaveNotConnectedAreToldToo() throws Exception {
        Viewer connected = watch();
        Viewer answered = stream.join(new JoinRequest("offer", "test", "", ""));
        stream.stop();
        assertFalse(connected.alive());
        assertFalse(answered.alive());
        assertTrue(path.lines.stream().allMatch(line -> line.closed));
        assertTrue(assertThrows(NegotiationException.class, () -> stream.join(new JoinRequest("offer", "test", "", ""))).getMessage()
                .contains("stopped"));
    }

    @Test
    void aViewerThatIsAnsweredWhileTheStreamStopsIsTurnedAway() throws Exception {
        path.whileOpening = events -> {
            try {
                stream.stop();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        Viewer late = stream.join(new JoinRequest("offer", "test", "", ""));
        await(() -> !late.alive() && path.lines.get(0).closed);
    }

    private void runOnLoop(Runnable command) {
        boolean[] done = new boolean[1];
        loop.execute(() -> {
            command.run();
            synchronized (done) {
                done[0] = true;
            }
        });
        await(() -> {
            synchronized (done) {
                return done[0];
            }
        });
    }

    static final class Steering implements CongestionControllerFactory {
        final List<Steered> opened = new CopyOnWriteArrayList<>();

        /** Of those that viewers got; the very first had an audition only. */
        Steered serving(int index) {
            return opened.get(index + 1);
        }

        @Override
        public CongestionController open(long now, RateLimits limits, RateSnapshot seed) {
            Steered controller = new Steered(seed, limits);
            opened.add(controller);
            return controller;
        }
    }

    /** A controller whose target the test sets. */
    static final class Steered implements CongestionController {
        final RateSnapshot seed;
        final RateLimits limits;
        final long openedNanos = System.nanoTime();
        volatile long target;
        volatile String broken = "";
        volatile CountDownLatch hang;
        volatile boolean closed;

        Steered(RateSnapshot seed, RateLimits limits) {
            this.seed = seed;
            this.limits = limits;
            target = limits.startBps();
        }

        private void mayBreak(String method) {
            if (broken.equals(method)) {
                throw new IllegalStateException(method + " broke");
            }
        }

        @Override
        public void onPacketSent(long now, long transportSequence, int sizeBytes) {
            mayBreak("onPacketSent");
            CountDownLatch wait = hang;
            if (wait != null) {
                try {
                    wait.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }

        @Override
        public void onPacketFeedback(long now, PacketFeedback report) {}

        @Override
        public void onReceiverReport(long now, double lossFraction, long rttNanos) {}

        @Override
        public void onReceiverEstimate(long now, long bps) {}

        @Override
        public void onLimits(long now, RateLimits limits) {}

        @Override
        public long targetBps() {
            mayBreak("targetBps");
            return target;
        }

        @Override
        public long pacingBps() {
            return 10_000_000;
        }

        @Override
        public long nextDeadlineNanos() {
            mayBreak("nextDeadlineNanos");
            return broken.equals("onDeadline") ? openedNanos : Long.MAX_VALUE;
        }

        @Override
        public void onDeadline(long now) {
            mayBreak("onDeadline");
        }

        @Override
        public RateSnapshot snapshot() {
            mayBreak("snapshot");
            return new RateSnapshot(target, 30, 0.25);
        }

        @Override
        public void close() {
            mayBreak("close");
            closed = true;
        }
    }
}
