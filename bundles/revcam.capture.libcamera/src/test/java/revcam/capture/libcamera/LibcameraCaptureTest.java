package revcam.capture.libcamera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.capture.VideoCapture;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.testkit.VideoCaptureConformance.Frames;

@Timeout(40)
class LibcameraCaptureTest {

    @TempDir
    Path directory;

    private FakeRpicamVid rpicam;
    private final Frames frames = new Frames();

    @BeforeEach
    void install() throws Exception {
        rpicam = new FakeRpicamVid(directory);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        frames.closeAll();
        for (ProcessHandle process : rpicam.processes()) {
            process.onExit().get(5, TimeUnit.SECONDS);
        }
    }

    private static void assertWhole(RawFrame frame) {
        byte letter = frame.data().get(0);
        assertTrue(letter >= 'A' && letter <= 'H', "a picture begins with " + letter);
        for (int plane = 0; plane < 3; plane++) {
            int row = frame.format().rowBytes(plane, frame.width());
            for (int y = 0; y < frame.format().rows(plane, frame.height()); y++) {
                int at = frame.planeOffset(plane) + y * frame.planeStride(plane);
                assertEquals(letter, frame.data().get(at), "plane " + plane + " row " + y);
                assertEquals(letter, frame.data().get(at + row - 1), "plane " + plane + " row " + y);
                if (frame.planeStride(plane) > row) {
                    assertEquals('#', frame.data().get(at + row), "padding of plane " + plane + " row " + y);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"320, 180, 320", "330, 182, 384", "1280, 720, 1280"})
    void picturesStayInStep(int width, int height, int stride) throws Exception {
        try (VideoCapture capture = rpicam.factory().open(FakeRpicamVid.request(width, height), frames)) {
            assertNotNull(capture);
            for (int i = 0; i < 12; i++) {
                try (RawFrame frame = frames.next()) {
                    assertEquals(stride, frame.planeStride(0));
                    assertWhole(frame);
                }
            }
        }
    }

    @Test
    void argumentsAreMadeOfTheSettings() throws Exception {
        LibcameraCaptureFactory factory = rpicam.factory("camera=1", "flip=both", "rotate=180", "exposure=12.5", "gain=2",
                "awb=Daylight", "focus=0.5");
        factory.open(FakeRpicamVid.request(320, 180), frames).close();
        assertEquals(List.of("--codec", "yuv420", "--output", "-", "--timeout", "0", "--nopreview", "--flush", "--camera", "1",
                "--width", "320", "--height", "180", "--framerate", "30.000", "--awb", "daylight", "--hflip", "--vflip",
                "--rotation", "180", "--shutter", "12500", "--gain", "2.000", "--autofocus-mode", "manual",
                "--lens-position", "0.500"), rpicam.arguments());
    }

    /** Whatever is written there, it is not an argument. */
    @ParameterizedTest
    @CsvSource({"awb, auto --output /tmp/x", "focus, manual; reboot", "flip, --hflip", "rotate, 90", "camera, -1", "command, -o",
        "strideAlignment, 63", "exposure, NaN", "gain, 1e9"})
    void aBadSettingIsRefused(String key, String value) throws Exception {
        LibcameraCaptureFactory factory = rpicam.factory();
        factory.modified(rpicam.properties(key + "=" + value));
        factory.open(FakeRpicamVid.request(320, 180), frames).close();
        assertEquals(List.of("--codec", "yuv420", "--output", "-", "--timeout", "0", "--nopreview", "--flush", "--camera", "0",
                "--width", "320", "--height", "180", "--framerate", "30.000", "--awb", "auto"), rpicam.arguments());
    }

    @ParameterizedTest
    @CsvSource({
        "none, UNAVAILABLE, ribbon cable",
        "busy, BUSY, another program",
        "dumb, UNAVAILABLE, ended with status 3",
        "size, UNAVAILABLE, cannot give 320x180 but 640x480",
    })
    void whyItDoesNotBeginIsSaid(String behaviour, Reason reason, String saying) throws Exception {
        rpicam.behave(behaviour);
        StageException refusal = assertThrows(StageException.class,
                () -> rpicam.factory().open(FakeRpicamVid.request(320, 180), frames));
        assertEquals(reason, refusal.reason(), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(saying), refusal.getMessage());
    }

    @Test
    void withoutTheCommandItSaysWhatToInstall() throws Exception {
        rpicam.factory().open(FakeRpicamVid.request(320, 180), frames).close();
        LibcameraCaptureFactory factory = new LibcameraCaptureFactory(Map.of("command", "no-such-command"));
        StageException refusal = assertThrows(StageException.class,
                () -> factory.open(FakeRpicamVid.request(320, 180), frames));
        assertEquals(Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("apt install rpicam-apps"), refusal.getMessage());
    }

    /** Within a picture: the next process begins a new one, and what was read of the old is not shown. */
    @Test
    void aProcessThatEndsIsStartedAgainWithASignMeanwhile() throws Exception {
        try (VideoCapture capture = rpicam.factory().open(FakeRpicamVid.request(320, 180), frames)) {
            assertNotNull(capture);
            frames.next().close();
            rpicam.behave("crash");
            awaitSign();
            rpicam.behave("well");
            awaitPicture();
            assertTrue(rpicam.starts() >= 2);
        }
    }

    @Test
    void aKilledProcessIsStartedAgain() throws Exception {
        try (VideoCapture capture = rpicam.factory().open(FakeRpicamVid.request(320, 180), frames)) {
            assertNotNull(capture);
            frames.next().close();
            rpicam.processes().get(0).destroyForcibly();
            awaitSign();
            awaitPicture();
            assertEquals(2, rpicam.starts());
        }
    }

    @Test
    void aSilentProcessIsReplaced() throws Exception {
        try (VideoCapture capture = rpicam.factory().open(FakeRpicamVid.request(320, 180), frames)) {
            assertNotNull(capture);
            frames.next().close();
            rpicam.behave("silent");
            awaitSign();
            rpicam.behave("well");
            awaitPicture();
            assertEquals(2, rpicam.starts());
        }
    }

    @Test
    void otherSettingsStartItAnew() throws Exception {
        LibcameraCaptureFactory factory = rpicam.factory();
        try (VideoCapture capture = factory.open(FakeRpicamVid.request(320, 180), frames)) {
            assertNotNull(capture);
            frames.next().close();
            factory.modified(rpicam.properties());
            factory.modified(rpicam.properties("flip=vertical"));
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (rpicam.starts() < 2) {
                assertTrue(System.nanoTime() < deadline, "it was not started anew");
                frames.next().close();
            }
            awaitPicture();
            assertEquals(2, rpicam.starts());
            assertTrue(rpicam.arguments().contains("--vflip"));
        }
    }

    @Test
    void closingEndsEvenAStubbornProcess() throws Exception {
        rpicam.behave("stubborn");
        VideoCapture capture = rpicam.factory().open(FakeRpicamVid.request(320, 180), frames);
        frames.next().close();
        capture.close();
        assertFalse(rpicam.processes().stream().anyMatch(ProcessHandle::isAlive));
    }

    private void awaitSign() throws InterruptedException {
        while (true) {
            try (RawFrame frame = frames.next()) {
                if (isSign(frame)) {
                    return;
                }
                assertWhole(frame);
            }
        }
    }

    private void awaitPicture() throws InterruptedException {
        while (true) {
            try (RawFrame frame = frames.next()) {
                if (!isSign(frame)) {
                    assertWhole(frame);
                    return;
                }
            }
        }
    }

    private static boolean isSign(RawFrame frame) {
        return frame.data().get(frame.planeOffset(1)) == (byte) 128;
    }
}
