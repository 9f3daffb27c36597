package revcam.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.encoder.v4l2m2m.V4l2M2mEncoderFactory;
import revcam.testkit.VideoEncoderConformance;
import revcam.testkit.VideoEncoderConformance.MovingPicture;
import revcam.testkit.VideoEncoderConformance.Recording;

/** What becomes of a hardware encoder's faults, as a kernel shows them. */
public class M2mFailures {

    private static final int WIDTH = 320;
    private static final int HEIGHT = 180;
    private static final FrameRate FPS = FrameRate.of(30);
    private static final long BPS = 800_000;

    @TempDir
    Path directory;

    private final V4l2M2mEncoderFactory factory = new V4l2M2mEncoderFactory(Map.of());
    private final Recording recording = new Recording();
    private long nanos = 1_000_000_000;
    private long index;

    @AfterEach
    void reset() {
        TestEncoder.reset();
    }

    private static EncoderRequest request(PixelFormat format) {
        return new EncoderRequest(WIDTH, HEIGHT, format, FPS, BPS);
    }

    private static FramePool pool(PixelFormat format) {
        return new FramePool(2, format, WIDTH, HEIGHT, 64);
    }

    private static void await(String what, double seconds, BooleanSupplier condition) {
        long until = System.nanoTime() + (long) (seconds * 1e9);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, () -> "within " + seconds + " s, " + what);
            LockSupport.parkNanos(200_000);
        }
    }

    /** Gives a frame as soon as the one before has been read; returns whether that was within two seconds. */
    private boolean feed(VideoEncoder encoder, FramePool pool) {
        for (long until = System.nanoTime() + 2_000_000_000L; pool.outstanding() > 0;) {
            if (System.nanoTime() > until) {
                return false;
            }
            LockSupport.parkNanos(100_000);
        }
        FramePool.PooledFrame frame = pool.acquire();
        MovingPicture.draw(frame, index);
        encoder.encode(frame.stamp(nanos, index++), false);
        nanos += FPS.intervalNanos();
        return true;
    }

    @Test
    void aHangIsFoundWithinTwoSecondsAndHoldsNobodyUp() throws StageException {
        FramePool pool = pool(PixelFormat.I420);
        VideoEncoder encoder = factory.open(request(PixelFormat.I420), recording);
        for (int i = 0; i < 10; i++) {
            feed(encoder, pool);
        }
        TestEncoder.set("hang", "Y");
        long began = System.nanoTime();
        while (recording.failure == null) {
            assertTrue(System.nanoTime() - began < 4_000_000_000L, "no failure within four seconds");
            if (pool.outstanding() == 0) {
                feed(encoder, pool);
            }
            LockSupport.parkNanos(20_000_000);
        }
        double found = (System.nanoTime() - began) / 1e9;
        assertEquals(Reason.FAILED, recording.failure.reason());
        assertTrue(found < 3, "found after " + found + " s");
        began = System.nanoTime();
        encoder.close();
        assertTrue(System.nanoTime() - began < 1_000_000_000L, "closing does not wait for the driver");
        assertEquals(0, pool.outstanding(), "leases");
        StageException refusal = assertThrows(StageException.class,
                () -> factory.open(request(PixelFormat.I420), new Recording()));
        assertEquals(Reason.UNAVAILABLE, refusal.reason());

        // Once the firmware is back and the driver has let go, all is as before.
        TestEncoder.set("hang", "N");
        Recording after = new Recording();
        VideoEncoder[] again = new VideoEncoder[1];
        await("the device can be opened again", 20, () -> {
            try {
                again[0] = factory.open(request(PixelFormat.I420), after);
                return true;
            } catch (StageException e) {
                LockSupport.parkNanos(100_000_000);
                return false;
            }
        });
        feed(again[0], pool);
        again[0].close();
        assertEquals(1, after.units.size());
    }

    @Test
    void openingAHangingDeviceFailsInTime() {
        TestEncoder.set("hang", "Y");
        long began = System.nanoTime();
        StageException refusal = assertThrows(StageException.class,
                () -> factory.open(request(PixelFormat.I420), recording));
        assertEquals(Reason.UNAVAILABLE, refusal.reason(), refusal.getMessage());
        assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(10), "open may take ten seconds at most");
    }

    @Test
    void whatRateControlLeavesOutIsSkippedAndNoFailure() throws Exception {
        TestEncoder.set("lose_every", 5);
        FramePool pool = pool(PixelFormat.I420);
        VideoEncoder encoder = factory.open(request(PixelFormat.I420), recording);
        for (int i = 0; i < 60; i++) {
            assertTrue(feed(encoder, pool));
        }
        encoder.close();
        assertNull(recording.failure);
        assertEquals(48, recording.units.size());
        assertEquals(12, recording.skipped.size());
        assertDecodes(48);
    }

    @Test
    void picturesThatSpanBuffersAreWhole() throws Exception {
        TestEncoder.set("capture_bytes", 1500);
        FramePool pool = pool(PixelFormat.I420);
        VideoEncoder encoder = factory.open(request(PixelFormat.I420), recording);
        for (int i = 0; i < 30; i++) {
            assertTrue(feed(encoder, pool));
        }
        encoder.close();
        assertNull(recording.failure, () -> recording.failure.getMessage());
        assertEquals(30, recording.units.size());
        assertTrue(recording.units.stream().anyMatch(unit -> unit.bytes.length > 3000), "none spanned buffers");
        assertDecodes(30);
    }

    @Test
    void semiPlanarPicturesComeOutAsTheyWentIn() throws Exception {
        FramePool pool = pool(PixelFormat.NV12);
        VideoEncoder encoder = factory.open(request(PixelFormat.NV12), recording);
        for (int i = 0; i < 10; i++) {
            assertTrue(feed(encoder, pool));
        }
        encoder.close();
        byte[] pictures = assertDecodes(10);
        double psnr = VideoEncoderConformance.psnr(pictures, 0, MovingPicture.i420(WIDTH, HEIGHT, 0));
        assertTrue(psnr > 25, psnr + " dB");
    }

    private byte[] assertDecodes(int pictures) throws IOException, InterruptedException {
        byte[] decoded = VideoEncoderConformance.decode(recording.stream(), directory.resolve("stream.h264"));
        assertEquals(pictures, decoded.length / (WIDTH * HEIGHT * 3 / 2), "pictures decoded");
        return decoded;
    }

    @Test
    void refusalsSayWhy() {
        TestEncoder.set("fail_streamon", 3);
        StageException level = assertThrows(StageException.class, () -> factory.open(request(PixelFormat.I420), recording));
        assertEquals(Reason.UNSUPPORTED, level.reason());
        assertTrue(level.getMessage().contains("ESRCH"), level.getMessage());
        TestEncoder.set("fail_streamon", 0);
        TestEncoder.set("enomem", "Y");
        StageException memory = assertThrows(StageException.class, () -> factory.open(request(PixelFormat.I420), recording));
        assertEquals(Reason.UNAVAILABLE, memory.reason());
        assertTrue(memory.getMessage().contains("cma"), memory.getMessage());
    }

    @Test
    void twoHundredTimesOpenedAndClosedNothingIsLeft() throws Exception {
        assertNothingLeaks(200, this::cycle);
    }

    /** The camera's driver fills memory of the encoder's meanwhile. */
    @Test
    void withACameraOpenedAndClosedNothingIsLeft() throws Exception {
        assertNothingLeaks(Integer.getInteger("revcam.guest.cycles", 20), times -> {
            for (int i = 0; i < times; i++) {
                CameraToEncoder.run("/dev/video0", WIDTH, HEIGHT, FrameRate.of(60), 4, false, new Recording());
            }
        });
    }

    private interface Cycles {
        void run(int times) throws Exception;
    }

    private static void assertNothingLeaks(int times, Cycles cycles) throws Exception {
        cycles.run(3);
        long descriptors = descriptors();
        long mappings = mappings();
        long threads = threads();
        long exported = exported();
        long began = System.nanoTime();
        cycles.run(times);
        System.out.printf("%d times: %.1f s; %d descriptors, %d mappings, %d DMA-BUFs and %d threads before, %d, %d, %d and %d after%n", times,
                (System.nanoTime() - began) / 1e9, descriptors, mappings, exported, threads, descriptors(), mappings(), exported(), threads());
        await("threads end", 5, () -> threads() <= threads);
        assertEquals(descriptors, descriptors(), "open descriptors");
        assertEquals(mappings, mappings(), "mappings of devices' memory");
        assertEquals(exported, exported(), "DMA-BUFs in the kernel");
    }

    private void cycle(int times) throws StageException {
        FramePool pool = pool(PixelFormat.I420);
        for (int i = 0; i < times; i++) {
            Recording one = new Recording();
            VideoEncoder encoder = factory.open(request(PixelFormat.I420), one);
            assertTrue(feed(encoder, pool));
            encoder.close();
            assertEquals(1, one.units.size());
        }
    }

    private static long descriptors() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().contains("v4l2")).count();
    }

    private static long mappings() {
        return lines(Path.of("/proc/self/maps")).filter(line -> line.contains("/dev/video") || line.contains("dmabuf")).count();
    }

    private static long exported() {
        String last = lines(Path.of("/sys/kernel/debug/dma_buf/bufinfo")).filter(line -> line.startsWith("Total"))
                .findFirst().orElseThrow(() -> new IllegalStateException("the kernel does not tell of its DMA-BUFs"));
        return Long.parseLong(last.split(" ")[1]);
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
