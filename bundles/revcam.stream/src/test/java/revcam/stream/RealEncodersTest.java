package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.stream.Stages.await;
import static revcam.stream.Stages.reference;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.ServiceReference;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus.State;
import revcam.capture.pattern.PatternCaptureFactory;
import revcam.encoder.openh264.OpenH264EncoderFactory;
import revcam.encoder.x264.X264EncoderFactory;
import revcam.packetiser.h264.H264PacketiserFactory;
import revcam.stream.Stages.Line;
import revcam.stream.Stages.Path;

/** What the viewers can take, and what real encoders make of it. Alone, because it takes a processor. */
@Isolated
class RealEncodersTest {

    private SelectorLoop loop;
    private StreamComponent stream;
    private final Path path = new Path();
    private final AudienceTest.Steering steering = new AudienceTest.Steering();

    private void start(String encoder, String size) throws Exception {
        loop = new SelectorLoop();
        Map<String, Object> properties = new HashMap<>(Map.of("capture", "pattern", "size", size));
        stream = new StreamComponent(loop, sample -> { }, null, properties);
        stream.start();
        ServiceReference<VideoEncoderFactory> reference = reference("revcam.encoder", encoder);
        Stages.reconfigure(reference, VideoEncoderFactory.FLOOR, "0.01");
        stream.bindCapture(reference("revcam.capture", "pattern"), new PatternCaptureFactory(Map.of()));
        stream.bindEncoder(reference, encoder.equals("x264") ? new X264EncoderFactory(Map.of())
                : new OpenH264EncoderFactory(Map.of()));
        stream.bindPacketiser(reference("revcam.packetiser", "h264"), new H264PacketiserFactory());
        stream.bindCongestion(reference("revcam.congestion", "steered"), steering);
        stream.bindTransport(reference("revcam.transport", "path"), path);
        await(() -> stream.status().state() == State.IDLE);
        join();
    }

    private Line join() throws Exception {
        stream.join(new JoinRequest("offer", "test", "", ""));
        Line line = path.lines.get(path.lines.size() - 1);
        loop.execute(() -> line.events.onConnected(System.nanoTime()));
        await(() -> !line.sequences.isEmpty());
        return line;
    }

    @AfterEach
    void stop() throws InterruptedException {
        stream.stop();
        loop.stop();
    }

    /** Bits per second of RTP. */
    private static double sent(Line line, long millis) throws InterruptedException {
        long bytes = line.bytes;
        long begin = System.nanoTime();
        Thread.sleep(millis);
        return 8e9 * (line.bytes - bytes) / (System.nanoTime() - begin);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x264", "openh264"})
    void whatLeavesIsWhatTheViewerCanTakeAndSoonAfterItCanTakeLess(String encoder) throws Exception {
        start(encoder, "640x360");
        Line line = path.lines.get(0);
        steering.serving(0).target = 900_000;
        Thread.sleep(5_000);
        assertEquals(900_000, sent(line, 4_000), 0.15 * 900_000);
        steering.serving(0).target = 300_000;
        Thread.sleep(500);
        double sent = sent(line, 2_000);
        assertTrue(sent < 1.25 * 300_000, sent + " bit/s");
        assertEquals(1, path.lines.size());
        assertEquals("", stream.status().reduction());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x264", "openh264"})
    void belowTheFloorItEncodesFewerThenSmallerPicturesOfWhichTheStreamSpeaks(String encoder) throws Exception {
        start(encoder, "1280x720");
        assertEquals(1280, path.format.width());
        steering.serving(0).target = 220_000;
        await(() -> stream.status().fps() == 15);
        assertEquals(1280, stream.status().width());
        steering.serving(0).target = 130_000;
        await(() -> stream.status().width() == 852);
        assertEquals(480, stream.status().height());
        int before = path.lines.get(0).sequences.size();
        await(() -> path.lines.get(0).sequences.size() > before + 20);
        Thread.sleep(2_000);
        double sent = sent(path.lines.get(0), 4_000);
        assertTrue(sent < 1.2 * 130_000, sent + " bit/s");
        Line second = join();
        assertEquals(852, path.format.width(), "what the stream is offered as is what its parameter sets say");
        assertTrue(second.sequences.size() > 0);
        assertEquals(State.LIVE, stream.status().state());
    }
}
