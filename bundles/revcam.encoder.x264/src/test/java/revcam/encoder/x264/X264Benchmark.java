package revcam.encoder.x264;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.testkit.VideoEncoderConformance;
import revcam.testkit.VideoEncoderConformance.MovingPicture;

/**
 * What the encoder costs and what it gives for it. Not part of the build:
 * {@code mvn -f bundles/revcam.encoder.x264/pom.xml test -Dtest=X264Benchmark -Dx264.clip=FILE}
 */
class X264Benchmark {

    private static final int WIDTH = 1280;
    private static final int HEIGHT = 720;
    private static final int FRAMES = 75;
    private static final long BPS = 2_000_000;

    @TempDir
    Path directory;

    /** At the smallest size, libx264 has next to nothing to do: an upper bound of what the wrapper costs. */
    @Test
    void costOfTheWrapper() throws StageException {
        long[] bytes = new long[1];
        EncodedSink sink = new EncodedSink() {
            @Override
            public void onAccessUnit(ByteBuffer data, long captureNanos, boolean keyframe) {
                bytes[0] += data.remaining();
            }

            @Override
            public void onSkipped(long captureNanos) {}

            @Override
            public void onFailed(StageException cause) {
                throw new IllegalStateException(cause);
            }
        };
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        FramePool pool = new FramePool(1, PixelFormat.I420, 32, 32, 64);
        try (VideoEncoder encoder = new X264EncoderFactory(Map.of("threads", "1"))
                .open(new EncoderRequest(32, 32, PixelFormat.I420, FrameRate.of(30), 100_000), sink)) {
            long nanos = 0;
            for (int round = 0; round < 4; round++) {
                int count = 20_000;
                long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
                long start = threads.getCurrentThreadCpuTime();
                for (int i = 0; i < count; i++) {
                    encoder.encode(pool.acquire().stamp(nanos += 33_333_333, i), false);
                }
                System.out.printf("32x32: %.1f us of CPU and %d bytes of heap per frame%n",
                        (threads.getCurrentThreadCpuTime() - start) / 1e3 / count,
                        (threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocated) / count);
            }
        }
    }

    @Test
    void presetsAndThreads() throws Exception {
        List<byte[]> pictures = pictures();
        System.out.println("| settings | ms per frame | CPU ms per frame | kbit/s | PSNR dB |");
        System.out.println("|---|---|---|---|---|");
        for (String settings : System.getProperty("x264.settings", "threads=1;threads=2;threads=4").split(";")) {
            measure(settings, pictures);
        }
    }

    private void measure(String text, List<byte[]> pictures) throws Exception {
        Map<String, Object> settings = new HashMap<>();
        for (String pair : text.split(",")) {
            settings.put(pair.split("=", 2)[0], pair.split("=", 2)[1]);
        }
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        VideoEncoderConformance.Recording recording = new VideoEncoderConformance.Recording();
        FramePool pool = new FramePool(1, PixelFormat.I420, WIDTH, HEIGHT, 64);
        long wall = 0;
        long cpu = 0;
        try (VideoEncoder encoder = new X264EncoderFactory(settings)
                .open(new EncoderRequest(WIDTH, HEIGHT, PixelFormat.I420, FrameRate.of(30), BPS), recording)) {
            for (int i = 0; i < pictures.size(); i++) {
                FramePool.PooledFrame frame = pool.acquire();
                frame.data().put(0, pictures.get(i));
                frame.stamp(i * 33_333_333L, i);
                long wallStart = System.nanoTime();
                long cpuStart = process.getProcessCpuTime();
                encoder.encode(frame, false);
                cpu += process.getProcessCpuTime() - cpuStart;
                wall += System.nanoTime() - wallStart;
            }
        }
        byte[] decoded = VideoEncoderConformance.decode(recording.stream(), directory.resolve("bench.h264"));
        double squares = 0;
        for (int i = 0; i < pictures.size(); i++) {
            squares += Math.pow(10, -VideoEncoderConformance.psnr(decoded, i * pictures.get(i).length, pictures.get(i)) / 10);
        }
        System.out.printf("| %s | %.2f | %.2f | %d | %.2f |%n", text, wall / 1e6 / pictures.size(), cpu / 1e6 / pictures.size(),
                8L * recording.stream().length * 30 / pictures.size() / 1000, -10 * Math.log10(squares / pictures.size()));
    }

    private static List<byte[]> pictures() throws IOException {
        List<byte[]> pictures = new ArrayList<>();
        String clip = System.getProperty("x264.clip");
        if (clip == null) {
            for (int i = 0; i < FRAMES; i++) {
                pictures.add(MovingPicture.i420(WIDTH, HEIGHT, i));
            }
            return pictures;
        }
        Process ffmpeg = new ProcessBuilder("ffmpeg", "-nostdin", "-v", "error", "-i", clip, "-vf",
                "scale=" + WIDTH + ":" + HEIGHT, "-frames:v", Integer.toString(FRAMES), "-pix_fmt", "yuv420p", "-f", "rawvideo",
                "-").redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (InputStream in = ffmpeg.getInputStream()) {
            for (byte[] picture = in.readNBytes(WIDTH * HEIGHT * 3 / 2); picture.length > 0;
                    picture = in.readNBytes(WIDTH * HEIGHT * 3 / 2)) {
                pictures.add(picture);
            }
        }
        return pictures;
    }
}
