package revcam.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.VideoCapture;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.capture.v4l2.V4l2CaptureFactory;
import revcam.testkit.VideoCaptureConformance.Frames;
import revcam.v4l2.Control;
import revcam.v4l2.NativeSystemCalls;
import revcam.v4l2.V4l2Exception;
import revcam.v4l2.VideoDevice;

/** What becomes of a camera's faults, as vivid makes them. */
public class CameraFailures {

    private static final String CAMERA = "/dev/video1";
    private static final CaptureRequest REQUEST = new CaptureRequest("", 320, 180, FrameRate.of(30));
    /** Where no colour is, a chroma sample is 128. */
    private static final int COLOURFUL = 15;
    private static final double PATIENCE_SECONDS = 15;

    private final V4l2CaptureFactory factory = new V4l2CaptureFactory(Map.of("device", CAMERA, "format", "I420"));
    private final Frames frames = new Frames();

    @AfterEach
    void endLeases() {
        frames.closeAll();
    }

    /** ENODEV: the node stays as long as somebody has it open, and nobody can open it. */
    @Test
    void aCameraThatWasDisconnectedIsBackWithinTwoSeconds() throws Exception {
        try (VideoCapture capture = factory.open(REQUEST, frames)) {
            assertNotNull(capture);
            await("a picture", true);
            long back;
            try (VideoDevice other = VideoDevice.open(NativeSystemCalls.load(), CAMERA)) {
                inject(other, "Disconnect");
                await("the sign that there is no signal", false);
                V4l2Exception gone = assertThrows(V4l2Exception.class,
                        () -> VideoDevice.open(NativeSystemCalls.load(), CAMERA).close());
                assertTrue(gone.isGone(), gone.getMessage());
                back = System.nanoTime();
            }
            await("the camera again", true);
            double seconds = (System.nanoTime() - back) / 1e9;
            System.out.printf("CameraFailures: back after %.2f s%n", seconds);
            assertTrue(seconds < 2, "back after " + seconds + " s");
        }
    }

    /** EIO from VIDIOC_DQBUF, and POLLERR. */
    @Test
    void aFatalErrorWhileItStreamsIsOvercome() throws Exception {
        try (VideoCapture capture = factory.open(REQUEST, frames)) {
            assertNotNull(capture);
            await("a picture", true);
            try (VideoDevice other = VideoDevice.open(NativeSystemCalls.load(), CAMERA)) {
                inject(other, "Inject Fatal Streaming Error");
            }
            await("the sign that there is no signal", false);
            await("the camera again", true);
        }
    }

    /** EBUSY, from whichever call the driver answers so. */
    @Test
    void aCameraThatStreamsForSomebodyElseIsBusy() throws Exception {
        try (VideoCapture capture = factory.open(REQUEST, frames)) {
            assertNotNull(capture);
            await("a picture", true);
            StageException busy = assertThrows(StageException.class, () -> factory.open(REQUEST, new Frames()));
            assertEquals(Reason.BUSY, busy.reason(), busy.getMessage());
            assertTrue(busy.getMessage().contains("EBUSY") && busy.getMessage().contains("fuser"), busy.getMessage());
            await("pictures go on", true);
        }
    }

    private static void inject(VideoDevice camera, String name) throws V4l2Exception {
        Control control = camera.controls().stream().filter(it -> it.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalStateException(camera + " has no control '" + name + "'"));
        camera.setControl(control.id(), 1);
    }

    private void await(String what, boolean colourful) throws InterruptedException {
        for (long until = System.nanoTime() + (long) (PATIENCE_SECONDS * 1e9);;) {
            try (RawFrame frame = frames.next()) {
                if (isColourful(frame) == colourful) {
                    return;
                }
            }
            assertTrue(System.nanoTime() < until, () -> "within " + PATIENCE_SECONDS + " s: " + what);
        }
    }

    /** The camera shows bars of colours, and that there is no signal is said in grey. */
    private static boolean isColourful(RawFrame frame) {
        int columns = frame.width() / 2;
        int at = frame.planeOffset(1) + frame.height() / 4 * frame.planeStride(1);
        long sum = 0;
        for (int x = 0; x < columns; x++) {
            sum += Math.abs((frame.data().get(at + x) & 0xFF) - 128);
        }
        return sum > (long) COLOURFUL * columns;
    }
}
