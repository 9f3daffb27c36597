package revcam.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import revcam.api.media.RawFrame;
import revcam.browser.Product;
import revcam.capture.pattern.PatternPictures;

/** What encoders are given: pictures in files of raw I420, 30 a second, made when they are not there yet. */
final class Clips {

    static final int FPS = 30;

    /** What FFmpeg makes without any file of ours; {@code SIZE} stands for the size. */
    private static final Map<String, List<String>> MADE = Map.of(
            // Zooming fractal with a moving inset under noise: detail, motion and something hard to predict.
            "synthetic", List.of(
                    "-f", "lavfi", "-i", "mandelbrot=s=SIZE:r=30:start_scale=0.3:end_pts=400,gblur=sigma=1.5",
                    "-f", "lavfi", "-i", "testsrc2=s=480x270:r=30",
                    "-filter_complex", "[0][1]overlay=x='100+mod(4*n,700)':y='100+mod(n,300)',noise=alls=4:allf=t"),
            // Two scenes in turn, a hard cut every two seconds.
            "cuts", List.of(
                    "-f", "lavfi", "-i", "mandelbrot=s=SIZE:r=30:start_scale=0.3:end_pts=400,gblur=sigma=1.5",
                    "-f", "lavfi", "-i", "testsrc2=s=SIZE:r=30",
                    "-filter_complex", "[0][1]overlay=enable='gte(mod(t,4),2)',noise=alls=4:allf=t"));

    /** Pictures between two cuts of that scene. */
    static final int CUT_FRAMES = 60;

    private final Path directory = Product.root().resolve("itests/bench/target/clips");

    /** @param name synthetic, cuts, pattern, or what stands for a file */
    static boolean isFile(String name) {
        return !name.equals("pattern") && !MADE.containsKey(name);
    }

    Path directory() throws IOException {
        return Files.createDirectories(directory);
    }

    /**
     * @param clip synthetic, cuts, pattern or a file; a file is remade each time
     * @throws IllegalArgumentException there is no such clip
     */
    Path raw(String clip, int width, int height, int frames) throws IOException, InterruptedException {
        boolean file = isFile(clip);
        Path raw = directory().resolve((file ? "file" : clip) + "-" + width + "x" + height + "-" + frames + ".yuv");
        long bytes = (long) frames * width * height * 3 / 2;
        if (!file && Files.exists(raw) && Files.size(raw) == bytes) {
            return raw;
        }
        // Two benchmarks may want the same at once.
        Path part = Files.createTempFile(directory, "clip", ".part");
        try {
            make(clip, file, width, height, frames, part);
            if (Files.size(part) < bytes / frames) {
                throw new IllegalArgumentException("there is no picture in " + clip);
            }
            return Files.move(part, raw, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void make(String clip, boolean file, int width, int height, int frames, Path to)
            throws IOException, InterruptedException {
        if (clip.equals("pattern")) {
            draw(to, width, height, frames);
            return;
        }
        String size = width + "x" + height;
        List<String> arguments = new ArrayList<>();
        if (file) {
            if (!Files.isReadable(Path.of(clip))) {
                throw new IllegalArgumentException("there is no clip " + clip + ": there are pattern, "
                        + String.join(", ", MADE.keySet().stream().sorted().toList()) + " and files that can be read");
            }
            // Every picture once, whatever its time was: a camera does not repeat any.
            arguments.addAll(List.of("-i", clip, "-vf", "scale=" + width + ":" + height, "-fps_mode", "passthrough"));
        } else {
            MADE.get(clip).forEach(argument -> arguments.add(argument.replace("SIZE", size)));
        }
        arguments.addAll(List.of("-frames:v", Integer.toString(frames), "-pix_fmt", "yuv420p", "-f", "rawvideo", "-y",
                to.toString()));
        Ffmpeg.run(arguments, "error");
    }

    private static void draw(Path raw, int width, int height, int frames) throws IOException {
        try (FileChannel file = FileChannel.open(raw, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            PatternPictures.draw(width, height, FPS, frames, picture -> write(picture, file, width, height));
        }
    }

    private static void write(RawFrame frame, FileChannel file, int width, int height) {
        try {
            for (int plane = 0; plane < frame.format().planes(); plane++) {
                int row = frame.format().rowBytes(plane, width);
                for (int y = 0; y < frame.format().rows(plane, height); y++) {
                    file.write(frame.data().duplicate().clear().slice(
                            frame.planeOffset(plane) + y * frame.planeStride(plane), row));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
