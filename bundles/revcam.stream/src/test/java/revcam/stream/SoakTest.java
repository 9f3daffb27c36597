package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.stream.Stages.await;
import static revcam.stream.Stages.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Isolated;
import org.osgi.framework.ServiceReference;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.StageException;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.Viewer;
import revcam.api.transport.TransportFactory;
import revcam.stream.Stages.Camera;
import revcam.stream.Stages.Codec;
import revcam.stream.Stages.Line;
import revcam.stream.Stages.Path;
import revcam.stream.Stages.WholeUnits;
import revcam.stream.session.HeldRate;

/** A thousand things that happen to a stream, one after the other, at 200 frames a second: {@code -Drevcam.soak=1000}. */
@Isolated
@EnabledIfSystemProperty(named = "revcam.soak", matches = "\\d+")
class SoakTest {

    private final Random random = new Random(20);
    private final Camera camera = new Camera();
    private final List<Codec> codecs = List.of(new Codec(), new Codec());
    private final List<ServiceReference<VideoEncoderFactory>> codecReferences =
            List.of(reference("revcam.encoder", "one"), reference("revcam.encoder", "two"));
    private final ServiceReference<VideoCaptureFactory> cameraReference = reference("revcam.capture", "camera");
    private final ServiceReference<PacketiserFactory> whole = reference("revcam.packetiser", "whole");
    private final ServiceReference<CongestionControllerFactory> held = reference("revcam.congestion", "held");
    private final ServiceReference<TransportFactory> pathReference = reference("revcam.transport", "path");
    private final Path path = new Path();
    private final List<Viewer> viewers = new ArrayList<>();
    private StreamComponent stream;
    private SelectorLoop loop;
    private volatile boolean shooting = true;

    @Test
    void threadsAndLeasesAreAsBefore() throws Exception {
        loop = new SelectorLoop();
        stream = new StreamComponent(loop, sample -> { }, null,
                Map.of("capture", "camera", "size", "64x48"));
        stream.start();
        stream.bindCapture(cameraReference, camera);
        stream.bindEncoder(codecReferences.get(0), codecs.get(0));
        stream.bindEncoder(codecReferences.get(1), codecs.get(1));
        stream.bindPacketiser(whole, new WholeUnits());
        stream.bindCongestion(held, HeldRate.FACTORY::open);
        stream.bindTransport(pathReference, path);
        Thread shutter = new Thread(() -> {
            while (shooting) {
                camera.shoot();
                LockSupport.parkNanos(5_000_000);
            }
        });
        shutter.start();
        await(() -> stream.status().state() == State.IDLE);
        join();
        int threads = threads();
        int events = Integer.getInteger("revcam.soak");
        for (int i = 0; i < events; i++) {
            happen();
            LockSupport.parkNanos(random.nextInt(60) * 1_000_000L);
        }
        codecs.forEach(Codec::mend);
        await(() -> stream.status().state() != State.PAUSED);
        join();
        await(() -> path.lines.get(path.lines.size() - 1).received.size() > 10);
        await(() -> stream.status().state() == State.LIVE && threads() <= threads);
        shooting = false;
        shutter.join();
        stream.stop();
        await(() -> camera.pool.outstanding() == 0);
        loop.stop();
        for (Codec codec : codecs) {
            assertEquals(codec.opened, codec.closed);
        }
        assertEquals(List.of(), Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .filter(name -> name.startsWith("revcam.")).toList());
        int packets = 0;
        for (Line line : path.lines) {
            packets += line.sequences.size();
            for (int i = 1; i < line.sequences.size(); i++) {
                assertEquals(line.sequences.get(i - 1) + 1 & 0xffff, line.sequences.get(i));
            }
            assertTrue(line.received.isEmpty() || line.received.get(0).startsWith("key"));
        }
        System.out.printf("%d events, %d viewers, %d packets, %d captures and %d encoders opened, %d threads before%n",
                events, path.lines.size(), packets, camera.opened,
                codecs.stream().mapToInt(codec -> codec.opened).sum(), threads);
    }

    private void happen() {
        int which = random.nextInt(2);
        switch (random.nextInt(24)) {
            case 0 -> {
                stream.unbindEncoder(codecReferences.get(which));
                stream.bindEncoder(codecReferences.get(which), codecs.get(which));
            }
            case 1 -> {
                stream.unbindCapture(cameraReference);
                assertTrue(camera.closed);
                stream.bindCapture(cameraReference, camera);
            }
            case 2 -> {
                stream.unbindPacketiser(whole);
                stream.bindPacketiser(whole, new WholeUnits());
            }
            case 3 -> {
                stream.unbindCongestion(held);
                stream.bindCongestion(held, HeldRate.FACTORY::open);
            }
            case 4 -> {
                stream.unbindTransport(pathReference);
                stream.bindTransport(pathReference, path);
            }
            case 5 -> codecs.get(which).encodeThrows = true;
            case 6 -> codecs.get(which).garbage = true;
            case 7 -> camera.sink.onEnded(new StageException(StageException.Reason.UNAVAILABLE, "unplugged"));
            case 8 -> join();
            case 9 -> {
                if (!viewers.isEmpty()) {
                    viewers.remove(random.nextInt(viewers.size())).leave();
                }
            }
            case 10 -> codecs.get(which).swallow = true;
            default -> {
                codecs.forEach(Codec::mend);
                stream.requestKeyframe();
            }
        }
    }

    private void join() {
        if (viewers.size() == 6) {
            viewers.remove(0).leave();
        }
        try {
            viewers.add(stream.join(new JoinRequest("offer", "test", "", "")));
            Line line = path.lines.get(path.lines.size() - 1);
            loop.execute(() -> line.events.onConnected(System.nanoTime()));
        } catch (revcam.api.transport.NegotiationException e) {
            // A stage is missing just now; the viewer would try again.
        }
    }

    /** The engine's; an encoder's answering threads come and go with every frame. */
    private static int threads() {
        return (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("revcam.")).count();
    }
}
