package revcam.bench;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.browser.Product;
import revcam.capture.pattern.PatternPictures;
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

    /** Zooming fractal with a moving inset under noise: detail, motion and something hard to predict. */
    private static final List<String> SYNTHETIC = List.of(
            "-f", "lavfi", "-i", "mandelbrot=s=1280x720:r=30:start_scale=0.3:end_pts=400,gblur=sigma=1.5",
            "-f", "lavfi", "-i", "testsrc2=s=480x270:r=30",
            "-filter_complex", "[0][1]overlay=x='100+mod(4*n,700)':y='100+mod(n,300)',noise=alls=4:allf=t");

    private static final Pattern QUALITY = Pattern.compile("PSNR y:(\\S+)|SSIM Y:(\\S+)");

    private final Settings settings;
    private final Path directory = Product.root().resolve("itests/bench/target/clips");
    private final Memory clock = new Memory(16);
    private final Function clockGettime = NativeLibrary.getInstance("c").getFunction("clock_gettime");

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
        Files.createDirectories(directory);
        Map<String, List<?>> tables = new LinkedHashMap<>();
        for (String clip : settings.clipsOrStandard()) {
            String name = clip.contains("/") || clip.contains(".") ? "real footage" : clip;
            System.out.printf("%n%s, %dx%d, %d frames, %d kbit/s, median of %d%n%n", name, WIDTH, HEIGHT, settings.frames,
                    settings.bitrateBps / 1000, settings.rounds);
            System.out.println("| encoder | CPU ms per frame (least, most) | kbit/s | PSNR-Y dB | SSIM-Y | skipped "
                    + "| IDR picture in average frames (most) |");
            System.out.println("|---|---|---|---|---|---|---|");
            List<Line> lines = compare(raw(clip, name));
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
                Path stream = directory.resolve("stream.h264");
                Pass pass = encode(settings.encoders.get(i), pictures, stream);
                cpu[i][round] = pass.cpuMillis;
                if (round == 0) {
                    quality[i] = pass.skipped == 0 ? quality(stream, raw) : new double[] {Double.NaN, Double.NaN};
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
                    long start = cpuNanos();
                    opened.encode(frame, false);
                    nanos += cpuNanos() - start;
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
        var make = ENCODERS.get(parts[0]);
        if (make == null) {
            throw new IllegalArgumentException("no encoder " + parts[0] + "; there are " + String.join(", ", ENCODERS.keySet()));
        }
        Map<String, Object> properties = new HashMap<>();
        for (String pair : parts.length == 1 ? new String[0] : parts[1].split(",")) {
            String[] setting = pair.split("=", 2);
            if (setting.length == 1) {
                throw new IllegalArgumentException(encoder + ": settings are key=value, separated by commas");
            }
            properties.put(setting[0], setting[1].replace('+', ' '));
        }
        return make.apply(properties);
    }

    /** CPU time of all threads of this process: Java's own counter has steps of 10 ms. */
    private long cpuNanos() {
        int processCpuTime = 2;
        clockGettime.invokeInt(new Object[] {processCpuTime, clock});
        return clock.getNativeLong(0).longValue() * 1_000_000_000 + clock.getNativeLong(NativeLong.SIZE).longValue();
    }

    /** PSNR and SSIM of the luma, by FFmpeg's decoder and filters. */
    private static double[] quality(Path stream, Path raw) throws IOException, InterruptedException {
        String log = ffmpeg(List.of("-r", FPS.toString(), "-f", "h264", "-i", stream.toString(),
                "-r", FPS.toString(), "-f", "rawvideo", "-s", WIDTH + "x" + HEIGHT, "-pix_fmt", "yuv420p", "-i", raw.toString(),
                "-lavfi", "[0]split[a][b];[1]split[c][d];[a][c]psnr;[b][d]ssim", "-f", "null", "-"), "info");
        double[] quality = {Double.NaN, Double.NaN};
        for (Matcher matcher = QUALITY.matcher(log); matcher.find(); ) {
            int which = matcher.group(1) != null ? 0 : 1;
            quality[which] = Double.parseDouble(matcher.group(which + 1));
        }
        return quality;
    }

    /** The clip as raw I420, made when it is not there yet. */
    private Path raw(String clip, String name) throws IOException, InterruptedException {
        Path raw = directory.resolve(name.replace(' ', '-') + "-" + settings.frames + ".yuv");
        boolean file = !name.equals(clip);
        if (!file && Files.exists(raw) && Files.size(raw) == (long) settings.frames * FRAME_BYTES) {
            return raw;
        }
        if (name.equals("pattern")) {
            draw(raw);
            return raw;
        }
        List<String> arguments = new ArrayList<>();
        if (file) {
            if (!Files.isReadable(Path.of(clip))) {
                throw new IllegalArgumentException("there is no readable clip " + clip);
            }
            // Every picture once, whatever its time was: a camera does not repeat any.
            arguments.addAll(List.of("-i", clip, "-vf", "scale=" + WIDTH + ":" + HEIGHT, "-fps_mode", "passthrough"));
        } else if (name.equals("synthetic")) {
            arguments.addAll(SYNTHETIC);
        } else {
            throw new IllegalArgumentException("no clip " + clip + "; there are synthetic, pattern and files");
        }
        arguments.addAll(List.of("-frames:v", Integer.toString(settings.frames), "-pix_fmt", "yuv420p", "-f", "rawvideo", "-y",
                raw.toString()));
        ffmpeg(arguments, "error");
        if (Files.size(raw) < FRAME_BYTES) {
            throw new IllegalArgumentException("there is no picture in " + clip);
        }
        return raw;
    }

    private static String ffmpeg(List<String> arguments, String level) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ffmpeg", "-nostdin", "-hide_banner", "-v", level));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String log = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException("ffmpeg failed: " + log.strip());
        }
        return log;
    }

    private void draw(Path raw) throws IOException {
        try (FileChannel file = FileChannel.open(raw, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            PatternPictures.draw(WIDTH, HEIGHT, FPS.fps(), settings.frames, picture -> write(picture, file));
        }
    }

    private static void write(RawFrame frame, FileChannel file) {
        try {
            for (int plane = 0; plane < frame.format().planes(); plane++) {
                int row = frame.format().rowBytes(plane, WIDTH);
                for (int y = 0; y < frame.format().rows(plane, HEIGHT); y++) {
                    file.write(frame.data().duplicate().clear().slice(
                            frame.planeOffset(plane) + y * frame.planeStride(plane), row));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
