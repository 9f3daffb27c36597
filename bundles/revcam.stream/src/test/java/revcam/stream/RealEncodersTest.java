package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.stream.Stages.await;
import static revcam.stream.Stages.reference;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
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

/**
 * What the viewers can take, and what real encoders make of it; a stream for each of them, side by side. Alone, because it takes
 * a processor.
 */
@Isolated
class RealEncodersTest {

    private final List<Encoding> encodings = new ArrayList<>();

    /** A stream that one encoder serves. */
    private static final class Encoding {
        final SelectorLoop loop = new SelectorLoop();
        final Path path = new Path();
        final AudienceTest.Steering steering = new AudienceTest.Steering();
        final String encoder;
        final StreamComponent stream;

        Encoding(String encoder, String size) throws Exception {
            this.encoder = encoder;
            Map<String, Object> properties = new HashMap<>(Map.of("capture", "pattern", "size", size));
            stream = new StreamComponent(loop, sample -> { }, null, properties);
            stream.start();
        }

        void serve() throws Exception {
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

        Line join() throws Exception {
            stream.join(new JoinRequest("offer", "test", "", ""));
            Line line = path.lines.get(path.lines.size() - 1);
            loop.execute(() -> line.events.onConnected(System.nanoTime()));
            await(() -> !line.sequences.isEmpty());
            return line;
        }

        void target(long bitsPerSecond) {
            steering.serving(0).target = bitsPerSecond;
        }

        void stop() throws InterruptedException {
            stream.stop();
            loop.stop();
        }
    }

    private void start(String size) throws Exception {
        for (String encoder : List.of("x264", "openh264")) {
            Encoding encoding = new Encoding(encoder, size);
            encodings.add(encoding);
            encoding.serve();
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Encoding encoding : encodings) {
            encoding.stop();
        }
    }

    /** Bits per second of RTP that each sends to its first viewer. */
    private Map<String, Double> sent(long millis) throws InterruptedException {
        long[] bytes = encodings.stream().mapToLong(encoding -> encoding.path.lines.get(0).bytes).toArray();
        long begin = System.nanoTime();
        Thread.sleep(millis);
        double seconds = (System.nanoTime() - begin) / 1e9;
        Map<String, Double> sent = new HashMap<>();
        for (int i = 0; i < bytes.length; i++) {
            Encoding encoding = encodings.get(i);
            sent.put(encoding.encoder, 8 * (encoding.path.lines.get(0).bytes - bytes[i]) / seconds);
        }
        return sent;
    }

    @Test
    void whatLeavesIsWhatTheViewerCanTakeAndSoonAfterItCanTakeLess() throws Exception {
        start("640x360");
        encodings.forEach(encoding -> encoding.target(900_000));
        Thread.sleep(5_000);
        sent(4_000).forEach((encoder, sent) -> assertEquals(900_000, sent, 0.15 * 900_000, encoder));
        encodings.forEach(encoding -> encoding.target(300_000));
        Thread.sleep(500);
        sent(2_000).forEach((encoder, sent) -> assertTrue(sent < 1.25 * 300_000, encoder + ": " + sent + " bit/s"));
        for (Encoding encoding : encodings) {
            assertEquals(1, encoding.path.lines.size(), encoding.encoder);
            assertEquals("", encoding.stream.status().reduction(), encoding.encoder);
        }
    }

    @Test
    void belowTheFloorTheyEncodeFewerThenSmallerPicturesOfWhichTheStreamSpeaks() throws Exception {
        start("1280x720");
        for (Encoding encoding : encodings) {
            assertEquals(1280, encoding.path.format.width(), encoding.encoder);
            encoding.target(220_000);
        }
        for (Encoding encoding : encodings) {
            await(() -> encoding.stream.status().fps() == 15);
            assertEquals(1280, encoding.stream.status().width(), encoding.encoder);
            encoding.target(130_000);
        }
        for (Encoding encoding : encodings) {
            await(() -> encoding.stream.status().width() == 852);
            assertEquals(480, encoding.stream.status().height(), encoding.encoder);
            int before = encoding.path.lines.get(0).sequences.size();
            await(() -> encoding.path.lines.get(0).sequences.size() > before + 20);
        }
        Thread.sleep(2_000);
        sent(4_000).forEach((encoder, sent) -> assertTrue(sent < 1.2 * 130_000, encoder + ": " + sent + " bit/s"));
        for (Encoding encoding : encodings) {
            Line second = encoding.join();
            assertEquals(852, encoding.path.format.width(), "what the stream is offered as is what its parameter sets say");
            assertTrue(second.sequences.size() > 0, encoding.encoder);
            assertEquals(State.LIVE, encoding.stream.status().state(), encoding.encoder);
        }
    }
}
