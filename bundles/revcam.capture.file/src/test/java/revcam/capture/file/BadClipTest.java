package revcam.capture.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.FrameRate;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.testkit.VideoCaptureConformance.Frames;

/** What a person reads who names the wrong clip. */
class BadClipTest {

    @TempDir
    Path directory;

    @Test
    void noName() {
        assertRefused(Reason.UNSUPPORTED, "file:PATH", "");
    }

    @Test
    void noFile() {
        assertRefused(Reason.UNAVAILABLE, "no clip", directory.resolve("missing.mp4"));
    }

    @Test
    void anAddressIsAMissingFile() {
        assertRefused(Reason.UNAVAILABLE, "no clip", "http://127.0.0.1:1/clip.mp4");
        assertRefused(Reason.UNAVAILABLE, "no clip", "-version");
    }

    @Test
    void directory() {
        assertRefused(Reason.UNAVAILABLE, "not a file", directory);
    }

    @Test
    void emptyFile() throws IOException {
        assertRefused(Reason.UNAVAILABLE, "empty", Files.createFile(directory.resolve("empty.mp4")));
    }

    @Test
    void garbage() throws IOException {
        byte[] garbage = new byte[5000];
        Arrays.fill(garbage, (byte) 0xA5);
        assertRefused(Reason.UNAVAILABLE, "Invalid data", Files.write(directory.resolve("garbage.mp4"), garbage));
    }

    @Test
    void soundOnly() throws Exception {
        Path sound = directory.resolve("sound.wav");
        Clips.ffmpeg("-f", "lavfi", "-i", "sine", "-t", "0.1", sound.toString());
        assertRefused(Reason.UNAVAILABLE, "matches no streams", sound);
    }

    @Test
    void y4mThatEndsWithinAPicture() throws IOException {
        Path clip = Clips.y4m(directory.resolve("short.y4m"), 320, 180, 3);
        byte[] bytes = Files.readAllBytes(clip);
        Files.write(clip, Arrays.copyOf(bytes, bytes.length - 1000));
        assertRefused(Reason.UNAVAILABLE, "within picture 2", clip);
    }

    @Test
    void y4mWithoutPictures() throws IOException {
        assertRefused(Reason.UNAVAILABLE, "no picture", Clips.y4m(directory.resolve("none.y4m"), 320, 180, 0));
    }

    @Test
    void y4mOutOfStep() throws IOException {
        Path clip = Clips.y4m(directory.resolve("shifted.y4m"), 320, 180, 2);
        byte[] bytes = Files.readAllBytes(clip);
        int header = new String(bytes, 0, 100, java.nio.charset.StandardCharsets.US_ASCII).indexOf('\n') + 1;
        bytes[header] = 'X';
        assertRefused(Reason.UNAVAILABLE, "damaged", Files.write(clip, bytes));
    }

    @Test
    void y4mHeaderWithoutSize() throws IOException {
        assertRefused(Reason.UNAVAILABLE, "how wide",
                Files.writeString(directory.resolve("size.y4m"), "YUV4MPEG2 F30:1\nFRAME\n"));
        assertRefused(Reason.UNAVAILABLE, "W-5",
                Files.writeString(directory.resolve("size.y4m"), "YUV4MPEG2 W-5 H4 F30:1\nFRAME\n"));
    }

    @Test
    void noFfmpeg() throws Exception {
        Path clip = Clips.mp4(directory.resolve("clip.mp4"));
        StageException refusal = assertThrows(StageException.class, () ->
                Clips.factory(true, "", "no-such-command").open(Clips.request(clip, 320, 180), new Frames()));
        assertEquals(Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("apt-get install ffmpeg"), refusal.getMessage());
    }

    /** Where it is killed while somebody reads, Java says "Bad file descriptor" instead of the end. */
    @Test
    void anFfmpegThatDoesNotBeginIsNamed() {
        CountDownLatch killed = new CountDownLatch(1);
        InputStream nothing = new InputStream() {
            @Override
            public int read() throws IOException {
                try {
                    killed.await();
                } catch (InterruptedException e) {
                    throw new InterruptedIOException();
                }
                throw new IOException("Bad file descriptor");
            }

            @Override
            public void close() {
                killed.countDown();
            }
        };
        IOException refused = assertThrows(IOException.class, () -> new FfmpegClip(new FakeFfmpeg(nothing), directory.resolve("a.mp4"),
                new CaptureRequest("", 32, 32, FrameRate.of(30)), 1));
        assertTrue(refused.getMessage().startsWith("ffmpeg took more than 1 s to begin with"), refused.getMessage());
    }

    private static void assertRefused(Reason reason, String saying, Object source) {
        StageException refusal = assertThrows(
                StageException.class, () -> Clips.factory().open(Clips.request(source, 320, 180), new Frames()));
        assertEquals(reason, refusal.reason(), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(saying), refusal.getMessage());
    }
}
