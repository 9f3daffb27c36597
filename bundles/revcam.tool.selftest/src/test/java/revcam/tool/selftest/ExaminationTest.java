package revcam.tool.selftest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/** Good and bad encoders behind a camera that gives pictures as fast as they are taken, a hundredth of a second apart. */
class ExaminationTest {

    private static final long INTERVAL_NANOS = 10_000_000;

    private final List<AutoCloseable> left = new ArrayList<>();
    private final CountDownLatch hanging = new CountDownLatch(1);

    @AfterEach
    void clear() throws Exception {
        hanging.countDown();
        for (AutoCloseable each : left) {
            each.close();
        }
    }

    @Test
    void aGoodEncoderPasses() throws Exception {
        JsonObject report = examine("good", Map.of("good", factory(Encoder::new)));
        Map<String, String> outcomes = outcomes(report);
        assertEquals(Map.of("pattern picture", "pass", "good frames", "pass", "good bitrate", "pass", "good keyframe", "pass",
                "good zero copy", "skipped", "good drain", "pass", "good open and close", "pass"), outcomes, report.toString());
        assertFalse(report.get("failed").getAsBoolean());
        JsonObject bitrate = step(report, "good", "bitrate").getAsJsonObject("figures");
        assertTrue(bitrate.get("measured_before_bps").getAsDouble() > 3 * bitrate.get("measured_after_bps").getAsDouble());
    }

    @Test
    void everyFaultIsAFailureOfItsStep() throws Exception {
        JsonObject report = examine("bad", Map.of("bad", factory((request, sink) -> new Encoder(request, sink) {

            {
                try {
                    left.add(Files.newInputStream(Path.of("/dev/zero")));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                Thread forgotten = new Thread(() -> await(hanging), "forgotten");
                forgotten.setDaemon(true);
                forgotten.start();
            }

            @Override
            public int maxInFlight() {
                return 2;
            }

            @Override
            void release(RawFrame frame) {
                if (count > 0) {
                    super.release(frame);
                }
            }

            @Override
            public void setRate(long bitrateBps, FrameRate rate) {
                // goes on as before
            }

            @Override
            public void encode(RawFrame frame, boolean keyframe) {
                super.encode(frame, keyframe && count == 0);
            }
        })));
        Map<String, String> outcomes = outcomes(report);
        assertEquals("pass", outcomes.get("bad frames"), report.toString());
        assertEquals("fail", outcomes.get("bad bitrate"), report.toString());
        assertEquals("fail", outcomes.get("bad keyframe"), report.toString());
        assertEquals("fail", outcomes.get("bad drain"), report.toString());
        assertEquals("fail", outcomes.get("bad open and close"), report.toString());
        String leak = step(report, "bad", "open and close").get("said").getAsString();
        assertTrue(leak.contains("+20 descriptor of /dev/zero") && leak.contains("+20 thread forgotten"), leak);
        assertTrue(report.get("failed").getAsBoolean());
    }

    @Test
    void oneThatIsNotInstalledFailsOnlyWhenItIsAskedFor() throws Exception {
        VideoEncoderFactory missing = factory((request, sink) -> {
            throw new StageException(Reason.UNAVAILABLE, "libfoo is not installed; install it");
        });
        Map<String, VideoEncoderFactory> both = new LinkedHashMap<>();
        both.put("foo", missing);
        both.put("good", factory(Encoder::new));
        JsonObject asked = examine("foo", both);
        assertEquals("fail", outcomes(asked).get("foo frames"), asked.toString());
        assertTrue(step(asked, "foo", "frames").get("said").getAsString().contains("libfoo is not installed"));

        JsonObject all = examine("", both);
        assertEquals("skipped", outcomes(all).get("foo frames"), all.toString());
        assertFalse(all.get("failed").getAsBoolean(), all.toString());

        JsonObject alone = examine("", Map.of("foo", missing));
        assertTrue(alone.get("failed").getAsBoolean(), "nothing to encode with");
        JsonObject unknown = examine("bar", both);
        assertEquals("fail", outcomes(unknown).get("bar frames"), unknown.toString());
    }

    @Test
    void oneThatHangsIsLeftBehind() throws Exception {
        Map<String, VideoEncoderFactory> both = new LinkedHashMap<>();
        both.put("stuck", factory((request, sink) -> {
            await(hanging);
            return new Encoder(request, sink);
        }));
        both.put("good", factory(Encoder::new));
        JsonObject report = examine("stuck,good", both);
        assertEquals("fail", outcomes(report).get("stuck frames"));
        assertEquals("skipped", outcomes(report).get("stuck drain"));
        assertEquals("pass", outcomes(report).get("good open and close"), report.toString());
    }

    @Test
    void aReportSaysNothingOfWhoseMachineItIs() {
        assertEquals("/dev/v4l/by-id/...: EBUSY", Report.clean("/dev/v4l/by-id/usb-046d_Camera_1A2B3C-video-index0: EBUSY"));
        assertEquals("there is no ~/clip.y4m", Report.clean("there is no " + System.getProperty("user.home") + "/clip.y4m"));
    }

    private JsonObject examine(String names, Map<String, VideoEncoderFactory> encoders) throws Exception {
        Map<String, String> given = Map.of("revcam.capture", "pattern", "revcam.encoder", names, "revcam.size", "64x64",
                "revcam.fps", "100", "revcam.seconds", "0.2");
        Report report = new Report();
        new Examination(Map.of("pattern", Camera::new), encoders,
                SelfTest.Options.of(name -> given.getOrDefault(name, "")), 2, report).run();
        return JsonParser.parseString(report.json()).getAsJsonObject();
    }

    private static Map<String, String> outcomes(JsonObject report) {
        Map<String, String> outcomes = new LinkedHashMap<>();
        for (JsonElement each : report.getAsJsonArray("steps")) {
            JsonObject step = each.getAsJsonObject();
            outcomes.put(step.get("subject").getAsString() + " " + step.get("step").getAsString(),
                    step.get("outcome").getAsString());
        }
        return outcomes;
    }

    private static JsonObject step(JsonObject report, String subject, String name) {
        for (JsonElement each : report.getAsJsonArray("steps")) {
            JsonObject step = each.getAsJsonObject();
            if (step.get("subject").getAsString().equals(subject) && step.get("step").getAsString().equals(name)) {
                return step;
            }
        }
        throw new AssertionError("no step " + subject + " " + name + " in " + report);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Opening {
        VideoEncoder open(EncoderRequest request, EncodedSink sink) throws StageException;
    }

    private static VideoEncoderFactory factory(Opening opening) {
        return new VideoEncoderFactory() {
            @Override
            public String codec() {
                return "H264";
            }

            @Override
            public VideoEncoder open(EncoderRequest request, EncodedSink sink) throws StageException {
                return opening.open(request, sink);
            }
        };
    }

    /** Answers at once, with as many bytes as the bitrate allows. */
    private static class Encoder implements VideoEncoder {

        private static final byte[] ENTRY = {0, 0, 1, 0x67, 0, 0, 1, 0x68, 0, 0, 1, 0x65};

        private final EncodedSink sink;
        private long bitrateBps;
        private double fps;
        int count;

        Encoder(EncoderRequest request, EncodedSink sink) {
            this.sink = sink;
            bitrateBps = request.bitrateBps();
            fps = request.rate().fps();
        }

        @Override
        public int maxInFlight() {
            return 1;
        }

        @Override
        public void encode(RawFrame frame, boolean keyframe) {
            ByteBuffer unit = ByteBuffer.allocate(Math.max(ENTRY.length, (int) (bitrateBps / 8 / fps)));
            unit.put(0, keyframe ? ENTRY : new byte[] {0, 0, 1, 0x41});
            release(frame);
            count++;
            sink.onAccessUnit(unit, frame.captureNanos(), keyframe);
        }

        void release(RawFrame frame) {
            frame.close();
        }

        @Override
        public void setRate(long bitrateBps, FrameRate rate) {
            this.bitrateBps = bitrateBps;
            fps = rate.fps();
        }

        @Override
        public void close() {
            // nothing is inside
        }
    }

    /** See the class. */
    private static final class Camera implements VideoCapture {

        private final Thread thread;
        private volatile boolean closed;

        Camera(CaptureRequest request, FrameSink sink) {
            thread = new Thread(() -> {
                for (long number = 0; !closed;) {
                    if (sink.wanted()) {
                        sink.onFrame(new Picture(request, number++));
                    } else {
                        LockSupport.parkNanos(100_000);
                    }
                }
            }, "camera");
            thread.start();
        }

        @Override
        public void close() {
            closed = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private record Picture(CaptureRequest request, long sequence) implements RawFrame {

        private static final ByteBuffer SAMPLES = ByteBuffer.allocateDirect(64 * 64 * 3 / 2);

        @Override
        public PixelFormat format() {
            return PixelFormat.I420;
        }

        @Override
        public int width() {
            return request.width();
        }

        @Override
        public int height() {
            return request.height();
        }

        @Override
        public ByteBuffer data() {
            return SAMPLES;
        }

        @Override
        public int planeOffset(int plane) {
            return plane == 0 ? 0 : 64 * 64 * (3 + plane) / 4;
        }

        @Override
        public int planeStride(int plane) {
            return plane == 0 ? 64 : 32;
        }

        @Override
        public long captureNanos() {
            return sequence * INTERVAL_NANOS;
        }

        @Override
        public void close() {
            // it is nobody's
        }
    }
}
