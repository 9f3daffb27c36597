package revcam.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.media.FrameRate;
import revcam.testkit.VideoEncoderConformance;
import revcam.testkit.VideoEncoderConformance.Recording;

/** From a camera's memory into the encoder's: in place, in whosever memory, else copied. */
public class M2mCamera {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 480;
    private static final FrameRate RATE = FrameRate.of(25);
    private static final int PICTURES = 20;

    @TempDir
    Path directory;

    /** As a camera interface's: device 1 of the guest. */
    @Test
    void contiguousMemoryIsReadInPlace() throws Exception {
        assertTrue(contrast("/dev/video1") > 30, "the picture is not the camera's: it was copied, not read in place");
    }

    /** As a USB camera's: device 0 of the guest. Its driver fills the encoder's memory after the first pictures. */
    @Test
    void scatteredMemoryIsReplacedByTheEncoders() throws Exception {
        assertTrue(contrast("/dev/video0") > 30, "the picture is not the camera's: it was copied, not read in place");
    }

    @Test
    void nothingIsAllocatedForAPicture() throws Exception {
        for (String camera : List.of("/dev/video0", "/dev/video1")) {
            assertEquals(0, CameraToEncoder.allocatedPerPicture(camera, 320, 180, FrameRate.of(60), 40),
                    () -> camera + ": bytes for a picture");
        }
    }

    /** Standard deviation of the luma of what comes out when the encoder can only see it in the camera's memory. */
    private double contrast(String camera) throws Exception {
        Recording recording = new Recording();
        CameraToEncoder.run(camera, WIDTH, HEIGHT, RATE, PICTURES, true, recording);
        byte[] pictures = VideoEncoderConformance.decode(recording.stream(), directory.resolve("camera.h264"));
        int size = WIDTH * HEIGHT * 3 / 2;
        assertEquals(PICTURES * size, pictures.length);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            int luma = pictures[(PICTURES - 1) * size + i] & 0xff;
            sum += luma;
            squares += luma * luma;
        }
        double mean = sum / (WIDTH * HEIGHT);
        return Math.sqrt(squares / (WIDTH * HEIGHT) - mean * mean);
    }
}
