package revcam.capture.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.FrameRate;

/** Clips and configurations for tests. */
final class Clips {

    private Clips() {}

    /** Frame {@code i} has {@code 32 + i} in all of Y, {@code 64 + i} in U and {@code 96 + i} in V. */
    static Path y4m(Path path, int width, int height, int frames) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(("YUV4MPEG2 W" + width + " H" + height + " F30:1 Ip A1:1 C420jpeg XYSCSS=420JPEG\n")
                .getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < frames; i++) {
            out.write("FRAME\n".getBytes(StandardCharsets.US_ASCII));
            byte[] plane = new byte[width * height];
            Arrays.fill(plane, (byte) (32 + i));
            out.write(plane);
            Arrays.fill(plane, (byte) (64 + i));
            out.write(plane, 0, plane.length / 4);
            Arrays.fill(plane, (byte) (96 + i));
            out.write(plane, 0, plane.length / 4);
        }
        return Files.write(path, out.toByteArray());
    }

    /** Half a second of ffmpeg's test picture. */
    static Path mp4(Path path) throws Exception {
        ffmpeg("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=12", "-t", "0.5", "-pix_fmt", "yuv420p", path.toString());
        return path;
    }

    static void ffmpeg(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("ffmpeg", "-nostdin", "-loglevel", "error", "-y"));
        command.addAll(List.of(arguments));
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IllegalStateException("ffmpeg ended with " + status);
        }
    }

    static CaptureRequest request(Object source, int width, int height) {
        return new CaptureRequest(source.toString(), width, height, FrameRate.of(30));
    }

    static FileCaptureFactory factory() {
        return factory(true, "", "ffmpeg");
    }

    static FileCaptureFactory factory(boolean timeStrip, String source, String ffmpeg) {
        return new FileCaptureFactory(Map.of("timeStrip", timeStrip, "source", source, "ffmpeg", ffmpeg));
    }
}
