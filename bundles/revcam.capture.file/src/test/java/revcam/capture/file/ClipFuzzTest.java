package revcam.capture.file;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;

/** A clip, or what ffmpeg gives for one, is played or refused in words. */
class ClipFuzzTest {

    private static final int SIDE = 32;
    private static final FrameRate RATE = FrameRate.of(30);
    private static final Path FILE = temporary();

    static Stream<byte[]> clips() {
        byte[] header = "YUV4MPEG2 W32 H32 F30:1 Ip A1:1 C420jpeg XYSCSS=420JPEG\n".getBytes(StandardCharsets.US_ASCII);
        byte[] clip = Arrays.copyOf(header, header.length + 2 * (6 + SIDE * SIDE * 3 / 2));
        System.arraycopy(Y4mHeader.FRAME, 0, clip, header.length, 6);
        System.arraycopy(Y4mHeader.FRAME, 0, clip, header.length + 6 + SIDE * SIDE * 3 / 2, 6);
        return Stream.of(clip, header, Arrays.copyOf(clip, clip.length - 1),
                "YUV4MPEG2 W99999 H99999 F1:999999999 C420\nFRAME\n".getBytes(StandardCharsets.US_ASCII));
    }

    @MethodSource("clips")
    @FuzzTest(maxDuration = "5m")
    void header(byte[] data) {
        try {
            Y4mHeader header = Y4mHeader.parse(data, Math.min(data.length, Y4mHeader.MAX_BYTES));
            assertTrue(header.width() > 0 && header.height() > 0 && header.bytes() <= data.length);
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains("header"));
        }
    }

    @MethodSource("clips")
    @FuzzTest(maxDuration = "5m")
    void file(byte[] data) throws IOException {
        Files.write(FILE, data);
        try (Y4mClip clip = new Y4mClip(FILE, Y4mHeader.parse(data, Math.min(data.length, Y4mHeader.MAX_BYTES)))) {
            assertTrue(clip.count() > 0);
            FramePool.PooledFrame frame = new FramePool(1, PixelFormat.I420, SIDE, SIDE, 1).acquire();
            Y4mHeader header = Y4mHeader.parse(data, Math.min(data.length, Y4mHeader.MAX_BYTES));
            if (header.width() == SIDE && header.height() == SIDE) {
                for (long number = 0; number < 3; number++) {
                    clip.read(frame, number);
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            assertNotNull(e.getMessage());
        }
    }

    /** A process for each would be a few in a second; real ones are in FfmpegCaptureTest. */
    @MethodSource("clips")
    @FuzzTest(maxDuration = "5m")
    void pipe(byte[] data) {
        try (FfmpegClip clip = new FfmpegClip(new FakeFfmpeg(new ByteArrayInputStream(data)), FILE,
                new CaptureRequest("", SIDE, SIDE, RATE), 10)) {
            FramePool.PooledFrame frame = new FramePool(1, PixelFormat.I420, SIDE, SIDE, 1).acquire();
            for (long number = 0; number < 3; number++) {
                clip.read(frame, number);
            }
        } catch (IOException | IllegalArgumentException e) {
            assertNotNull(e.getMessage());
        }
    }

    private static Path temporary() {
        try {
            Path file = Files.createTempFile(Path.of("target"), "clip", ".y4m").toAbsolutePath();
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
