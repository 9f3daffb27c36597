package revcam.capture.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.TimeStrip;
import revcam.testkit.VideoCaptureConformance;

class Y4mCaptureTest extends VideoCaptureConformance {

    @TempDir
    Path directory;

    @Override
    protected VideoCaptureFactory factory() {
        return Clips.factory();
    }

    @Override
    protected CaptureRequest request() throws Exception {
        return Clips.request(Clips.y4m(directory.resolve("clip.y4m"), 322, 182, 7), 322, 182);
    }

    @Test
    void counterNShowsPictureNModuloTheClip() throws Exception {
        int loops = 0;
        Frames frames = new Frames();
        try (VideoCapture capture = factory().open(request(), frames)) {
            assertNotNull(capture);
            for (int i = 0; i < 20; i++) {
                try (RawFrame frame = frames.next()) {
                    int picture = (int) (frame.sequence() % 7);
                    loops += picture == 6 ? 1 : 0;
                    byte[] samples = samples(frame);
                    int luma = 322 * 182;
                    assertEquals(32 + picture, samples[luma - 1]);
                    assertEquals(64 + picture, samples[luma + luma / 4 - 1]);
                    assertEquals(96 + picture, samples[luma + luma / 2 - 1]);
                    TimeStrip.Reading reading = TimeStrip.read(frame.data(), frame.planeOffset(0), frame.planeStride(0),
                            frame.width(), frame.height());
                    assertNotNull(reading);
                    assertEquals(frame.sequence(), reading.counter());
                    int latency = reading.latencyMillis(System.currentTimeMillis());
                    assertTrue(latency >= 0 && latency < 5000, latency + " ms");
                }
            }
        }
        assertTrue(loops >= 2, "it looped " + loops + " times");
        frames.closeAll();
    }

    @Test
    void withoutStripTheWholePictureIsTheClips() throws Exception {
        Frames frames = new Frames();
        CaptureRequest request = request();
        try (VideoCapture capture = Clips.factory(false, request.source(), "ffmpeg")
                        .open(Clips.request("", 322, 182), frames);
                RawFrame frame = frames.next()) {
            assertNotNull(capture);
            byte[] samples = samples(frame);
            for (int i = 0; i < 322 * 182; i++) {
                assertEquals(32, samples[i], "luma " + i);
            }
        }
        frames.closeAll();
    }

    @Test
    void aClipThatIsCutWhileItPlaysEndsTheSource() throws Exception {
        Frames frames = new Frames();
        CaptureRequest request = request();
        try (VideoCapture capture = factory().open(request, frames)) {
            assertNotNull(capture);
            frames.next().close();
            Files.write(Path.of(request.source()), new byte[10]);
            StageException end = frames.end();
            assertEquals(StageException.Reason.FAILED, end.reason());
            assertTrue(end.getMessage().contains("shortened"), end.getMessage());
        }
        frames.closeAll();
    }
}
