package revcam.capture.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.testkit.VideoCaptureConformance;

class FfmpegCaptureTest extends VideoCaptureConformance {

    @TempDir
    static Path directory;

    @Override
    protected VideoCaptureFactory factory() {
        return Clips.factory();
    }

    @Override
    protected CaptureRequest request() throws Exception {
        Path clip = directory.resolve("clip.mp4");
        return Clips.request(Files.exists(clip) ? clip : Clips.mp4(clip), 640, 360);
    }

    /** 4:3 in 16:9: 80 black columns on either side, and a loop is longer than the clip's 6 pictures at 12 a second. */
    @Test
    void theClipIsFittedIntoThePictureAndLooped() throws Exception {
        Frames frames = new Frames();
        try (VideoCapture capture = Clips.factory(false, "", "ffmpeg").open(request(), frames)) {
            assertNotNull(capture);
            for (int i = 0; i < 35; i++) {
                try (RawFrame frame = frames.next()) {
                    byte[] luma = samples(frame);
                    int middle = 180 * 640;
                    assertTrue(luma[middle + 70] <= 18 && luma[middle + 570] <= 18, "no bars in frame " + i);
                    int sum = 0;
                    for (int x = 90; x < 550; x++) {
                        sum += luma[middle + x] & 0xFF;
                    }
                    assertTrue(sum / 460 > 40, "frame " + i + " is black");
                }
            }
        }
        frames.closeAll();
    }

    @Test
    void closingEndsTheProcess() throws Exception {
        Frames frames = new Frames();
        VideoCapture capture = factory().open(request(), frames);
        frames.next().close();
        List<ProcessHandle> children = ProcessHandle.current().children().toList();
        assertEquals(1, children.size());
        capture.close();
        children.get(0).onExit().get(10, TimeUnit.SECONDS);
        frames.closeAll();
    }

    @Test
    void aKilledProcessEndsTheSource() throws Exception {
        Frames frames = new Frames();
        try (VideoCapture capture = factory().open(request(), frames)) {
            assertNotNull(capture);
            frames.next().close();
            ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
            StageException end = frames.end();
            assertEquals(StageException.Reason.FAILED, end.reason());
            assertTrue(end.getMessage().contains("clip.mp4"), end.getMessage());
        }
        frames.closeAll();
    }

    /** A name that another program would take for an option or a protocol is a file here. */
    @Test
    void aNameIsOnlyEverAFile() throws Exception {
        Path clip = Clips.mp4(directory.resolve("concat:-i.mp4"));
        Frames frames = new Frames();
        try (VideoCapture capture = factory().open(Clips.request(clip, 320, 240), frames);
                RawFrame frame = frames.next()) {
            assertNotNull(capture);
            assertEquals(320, frame.width());
        }
        frames.closeAll();
    }
}
