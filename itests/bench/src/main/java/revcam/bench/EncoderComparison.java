package revcam.bench;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.encoder.openh264.OpenH264EncoderFactory;
import revcam.encoder.x264.X264EncoderFactory;

/**
 * The same clips through every encoder and setting asked for, by the encoder seam: what each costs in CPU time of all
 * threads, and what FFmpeg says of the result. The rounds are interleaved, so that a busy minute of the machine does not
 * fall on one setting alone.
 */
final class EncoderComparison {

    private static final int WIDTH = 1280;
    private static final int HEIGHT = 720;
    private static final int FRAME_BYTES = WIDTH * HEIGHT * 3 / 2;
    private static final FrameRate FPS = FrameRate.of(30);

    private static final Map<String, java.util.function.Function<Map<String, Object>, VideoEncoderFactory>> ENCODERS =
            Map.of("x264", X264EncoderFactory::new, "openh264", OpenH264EncoderFactory::new);

    private final Settings settings;
    private final Clips clips = new Clips();
    private final CpuClock clock = new CpuClock();

    /**
     * @param encoders each {@code NAME} or {@code NAME:key=value,key=value}
     * @param clips each synthetic, pattern or a file
     */
    record Settings(List<String> encoders, List<String> clips, int frames, int rounds, long bitrateBps) {

        static Settings standard() {
            return new Settings(List.of("x264", "openh264"), List.of(), 300, 5, 2_000_000);
        }

        Settings with(String option, String value) {
            return switch (option) {
                case "--try" -> new Settings(List.of(value.strip().split("\\s+")), clips, frames, rounds, bitrateBps);
                case "--clip" -> {
                    List<String> more = new ArrayList<>(clips);
                    more.add(value);
                    yield new Settings(encoders, more, frames, rounds, bitrateBps);
                }
                case "--frames" -> new Settings(encoders, clips, number(option, value, 1_000), rounds, bitrateBps);
                case "--rounds" -> new Settings(encoders, clips, frames, number(option, value, 1_000), bitrateBps);
                default -> new Settings(encoders, clips, frames, rounds, number(option, value, 1_000_000_000));
            };
        }

        private static int number(String option, String value, int max) {
            try {
                int number = Integer.parseInt(value);
                if (number >= 1 && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException(option + " takes a number from 1 to " + max + ", not " + value);
        }

        /** The clips asked for, or else those that every machine can make and the one of REVCAM_CLIP. */
        List<String> clipsOrStandard() {
            String own = System.getenv("REVCAM_CLIP");
            if (!clips.isEmpty()) {
                return clips;
            }
            return own == null || own.isBlank() ? List.of("synthetic", "pattern") : List.of("synthetic", "pattern", own);
        }
    }

    /**
     * One line of a table. Quality is NaN when frames were skipped, since then pictures cannot be paired.
     *
     * @param idrFrames mean size of an IDR picture, in frames of the target bitrate
     * @param mostIdrFrames the largest
     */
    record Line(String encoder, double cpuMillis, double leastCpuMillis, double mostCpuMillis, double kilobits,
            double psnrY, double ssimY, int skipped, double idrFrames, double mostIdrFrames) {}

    /** What the code around the library takes for a frame, at most: at 32x32 the library has next to nothing to do. */
    record Wrapper(String encoder, double cpuMicros, long heapBytes) {}

    /** Of one encode. */
    private record Pass(double cpuMillis, long bytes, int skipped, double idrBytes, int mostIdrBytes) {}

    EncoderComparison(Settings settings) {
        this.settings = settings;
    }

    Map<String, List<?>> run() throws IOException, InterruptedException {
        Map<String, List<?>> tables = new LinkedHashMap<>();
        for (String clip : settings.clipsOrStandard()) {
            String name = Clips.isFile(clip) ? "real footage" : clip;
            System.out.printf("%n%s, %dx%d, %d frames, %d kbit/s, median of %d%n%n", name, WIDTH, HEIGHT, settings.frames,
                    settings.bitrateBps / 1000, settings.rounds);
            System.out.println("| encoder | CPU ms per frame (least, most) | kbit/s | PSNR-Y dB | SSIM-Y | skipped "
                    + "| IDR picture in average frames (most) |");
            System.out.println("|---|---|---|---|---|---|---|");
            List<Line> lines = compare(clips.raw(clip, WIDTH, HEIGHT, settings.frames));
            for (Line line : lines) {
                System.out.printf("| %s | %.2f (%.2f, %.2f) | %.0f | %.2f | %.4f | %d | %.1f (%.1f) |%n", line.encoder,
                        line.cpuMillis, line.leastCpuMillis, line.mostCpuMillis, line.kilobits, line.psnrY, line.ssimY,
                        line.skipped, line.idrFrames, line.mostIdrFrames);
            }
            tables.put(name, lines);
        }
        List<Wrapper> wrappers = new ArrayList<>();
        System.out.println();
        for (String name : ENCODERS.keySet().stream().sorted().toList()) {
            Wrapper wrapper = wrapper(name);
            System.out.printf("%s at 32x32: %.1f us of CPU and %d bytes of heap per frame%n", name, wrapper.cpuMicros,
                    wrapper.heapBytes);
            wrappers.add(wrapper);
        }
        tables.put("wrapper", wrappers);
        return tables;
    }

    private static Wrapper wrapper(String encoder) {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        FramePool pool = new FramePool(1, PixelFormat.I420, 32, 32, 64);
        int frames = 20_000;
        Wrapper last = null;
        try (VideoEncoder opened = factory(encoder + ":threads=1")
                        .open(new EncoderRequest(32, 32, PixelFormat.I420, FPS, 100_000), new Output(null))) {
            for (int round = 0; round < 4; round++) {
                long allocated = thread.getThreadAllocatedBytes(Thread.currentThread().getId());
                long start = thread.getCurrentThreadCpuTime();
                for (int i = 0; i < frames; i++) {
                    opened.encode(pool.acquire().stamp((round * frames + i) * FPS.intervalNanos(), i), false);
                }
                last = new Wrapper(encoder, (thread.getCurrentThreadCpuTime() - start) / 1e3 / frames,
                        (thread.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocated) / frames);
            }
        } catch (StageException e) {
            throw new IllegalArgumentException(encoder + ": " + e.getMessage(), e);
        }
        return last;
    }

    private List<Line> compare(Path raw) throws IOException, InterruptedException {
        MappedByteBuffer pictures;
        try (FileChannel channel = FileChannel.open(raw)) {
            pictures = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        }
        pictures.load();
        int count = settings.encoders.size();
        double[][] cpu = new double[count][settings.rounds];
        Line[] lines = new Line[count];
        double[][] quality = new double[count][];
        double frameBytes = settings.bitrateBps / FPS.fps() / 8;
        for (int round = 0; round < settings.rounds; round++) {
            for (int i = 0; i < count; i++) {
                Path stream = clips.directory().resolve("stream.h264");
                Pass pass = encode(settings.encoders.get(i), pictures, stream);
                cpu[i][round] = pass.cpuMillis;
                if (round == 0) {
                    Ffmpeg.Quality judged = pass.skipped == 0 ? Ffmpeg.quality(stream, raw, WIDTH, HEIGHT, 1) : Ffmpeg.Quality.UNKNOWN;
                    quality[i] = new double[] {judged.psnr(), judged.ssim()};
                }
                double[] sorted = Arrays.copyOf(cpu[i], round + 1);
                Arrays.sort(sorted);
                lines[i] = new Line(settings.encoders.get(i), sorted[sorted.length / 2], sorted[0], sorted[round],
                        8 * pass.bytes * FPS.fps() / (pictures.capacity() / FRAME_BYTES) / 1000, quality[i][0], quality[i][1],
                        pass.skipped, pass.idrBytes / frameBytes, pass.mostIdrBytes / frameBytes);
            }
        }
        return List.of(lines);
    }

    private Pass encode(String encoder, ByteBuffer pictures, Path stream) throws IOException {
        FramePool pool = new FramePool(1, PixelFormat.I420, WIDTH, HEIGHT, 64);
        long nanos = 0;
        int frames = pictures.capacity() / FRAME_BYTES;
        try (FileChannel file = FileChannel.open(stream, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            Output output = new Output(file);
            try (VideoEncoder opened = factory(encoder)
                    .open(new EncoderRequest(WIDTH, HEIGHT, PixelFormat.I420, FPS, settings.bitrateBps), output)) {
                for (int i = 0; i < frames; i++) {
                    FramePool.PooledFrame frame = pool.acquire();
                    frame.data().put(0, pictures, i * FRAME_BYTES, FRAME_BYTES);
                    frame.stamp(i * FPS.intervalNanos(), i);
                    long start = clock.nanos();
                    opened.encode(frame, false);
                    nanos += clock.nanos() - start;
                }
            } catch (StageException e) {
                throw new IllegalArgumentException(encoder + ": " + e.getMessage(), e);
            }
            return new Pass(nanos / 1e6 / frames, output.bytes, output.skipped,
                    (double) output.idrBytes / output.idrs, output.mostIdrBytes);
        }
    }

    static VideoEncoderFactory factory(String encoder) {
        String[] parts = encoder.split(":", 2);
        Map<String, Object> properties = new HashMap<>();
        for (String pair : parts.length == 1 ? new String[0] : parts[1].split(",")) {
            String[] setting = pair.split("=", 2);
            if (setting.length == 1) {
                throw new IllegalArgumentException(encoder + ": settings are key=value, separated by commas");
            }
            properties.put(setting[0], setting[1].replace('+', ' '));
        }
        return factory(parts[0], properties);
    }

    /** @param settings as in the encoder's .cfg file */
    static VideoEncoderFactory factory(String encoder, Map<String, Object> settings) {
        var make = ENCODERS.get(encoder);
        if (make == null) {
            throw new IllegalArgumentException("no encoder " + encoder + "; there are " + String.join(", ", ENCODERS.keySet()));
        }
        return make.apply(settings);
    }

    /** Counts, and writes the stream down unless there is no file. */
    private static final class Output implements EncodedSink {

        private final FileChannel file;
        private long bytes;
        private int idrs;
        private long idrBytes;
        private int mostIdrBytes;
        private int skipped;

        Output(FileChannel file) {
            this.file = file;
        }

        @Override
        public void onAccessUnit(ByteBuffer data, long captureNanos, boolean keyframe) {
            bytes += data.remaining();
            if (keyframe) {
                idrs++;
                idrBytes += data.remaining();
                mostIdrBytes = Math.max(mostIdrBytes, data.remaining());
            }
            if (file == null) {
                return;
            }
            try {
                file.write(data.duplicate());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void onSkipped(long captureNanos) {
            skipped++;
        }

        @Override
        public void onFailed(StageException cause) {
            throw new IllegalStateException(cause);
        }
    }
}
