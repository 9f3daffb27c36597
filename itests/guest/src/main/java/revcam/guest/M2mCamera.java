package revcam.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.capture.v4l2.V4l2CaptureFactory;
import revcam.encoder.v4l2m2m.V4l2M2mEncoderFactory;
import revcam.testkit.VideoEncoderConformance;
import revcam.testkit.VideoEncoderConformance.Recording;

/** From a camera's memory into the encoder's: in place where the kernel allows it, else copied. */
public class M2mCamera {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 480;
    private static final FrameRate RATE = FrameRate.of(25);
    private static final int PICTURES = 20;

    @TempDir
    Path directory;

    /** A frame with what {@code data()} shows replaced: only who reads the DMA-BUF itself sees the picture. */
    private static final class Blinded implements RawFrame {
        private final RawFrame frame;
        private final ByteBuffer blank;

        Blinded(RawFrame frame) {
            this.frame = frame;
            blank = ByteBuffer.allocateDirect(frame.data().capacity());
        }

        @Override
        public ByteBuffer data() {
            return blank;
        }

        @Override
        public PixelFormat format() {
            return frame.format();
        }

        @Override
        public int width() {
            return frame.width();
        }

        @Override
        public int height() {
            return frame.height();
        }

        @Override
        public int planeOffset(int plane) {
            return frame.planeOffset(plane);
        }

        @Override
        public int planeStride(int plane) {
            return frame.planeStride(plane);
        }

        @Override
        public int dmabufFd() {
            return frame.dmabufFd();
        }

        @Override
        public long captureNanos() {
            return frame.captureNanos();
        }

        @Override
        public long sequence() {
            return frame.sequence();
        }

        @Override
        public void close() {
            frame.close();
        }
    }

    /** Gives the encoder, which it opens with the first frame, one frame at a time. */
    private static final class Feeder implements FrameSink {
        private final Recording recording;
        private final boolean blind;
        private volatile VideoEncoder encoder;
        private volatile StageException problem;
        private volatile int given;

        Feeder(Recording recording, boolean blind) {
            this.recording = recording;
            this.blind = blind;
        }

        @Override
        public boolean wanted() {
            return given < PICTURES && recording.units.size() + recording.skipped.size() == given;
        }

        @Override
        public void onFrame(RawFrame frame) {
            if (!wanted()) {
                frame.close();
                return;
            }
            try {
                if (encoder == null) {
                    encoder = new V4l2M2mEncoderFactory(Map.of()).open(
                            new EncoderRequest(frame.width(), frame.height(), frame.format(), RATE, 2_000_000), recording);
                }
                assertTrue(frame.dmabufFd() >= 0, "the capture exports its memory");
                given++;
                encoder.encode(blind ? new Blinded(frame) : frame, false);
            } catch (StageException e) {
                problem = e;
                frame.close();
            }
        }

        @Override
        public void onEnded(StageException cause) {
            problem = cause;
        }
    }

    /** As a camera interface's: device 1 of the guest. */
    @Test
    void contiguousMemoryIsReadInPlace() throws Exception {
        assertTrue(contrast("/dev/video1", true) > 30, "the picture is not the camera's: it was copied, not read in place");
    }

    /** As a USB camera's: device 0 of the guest. */
    @Test
    void scatteredMemoryIsCopied() throws Exception {
        assertTrue(contrast("/dev/video0", false) > 30);
    }

    /** Standard deviation of the luma of what comes out. */
    private double contrast(String camera, boolean blind) throws Exception {
        Recording recording = new Recording();
        Feeder feeder = new Feeder(recording, blind);
        VideoCapture capture = new V4l2CaptureFactory(Map.of("device", camera, "format", "I420"))
                .open(new CaptureRequest("", WIDTH, HEIGHT, RATE), feeder);
        try {
            for (long until = System.nanoTime() + 15_000_000_000L; recording.units.size() < PICTURES;) {
                assertNull(feeder.problem, () -> feeder.problem.getMessage());
                assertNull(recording.failure, () -> recording.failure.getMessage());
                assertTrue(System.nanoTime() < until, () -> recording.units.size() + " pictures in 15 s");
                LockSupport.parkNanos(5_000_000);
            }
        } finally {
            capture.close();
        }
        feeder.encoder.close();
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
