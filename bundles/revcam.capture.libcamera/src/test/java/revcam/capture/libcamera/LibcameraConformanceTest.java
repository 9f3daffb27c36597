package revcam.capture.libcamera;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.VideoCaptureFactory;
import revcam.testkit.VideoCaptureConformance;

class LibcameraConformanceTest extends VideoCaptureConformance {

    @TempDir
    Path directory;

    @Override
    protected VideoCaptureFactory factory() throws Exception {
        return new FakeRpicamVid(directory).factory();
    }

    /** Not a multiple of 64 wide: rows are padded. */
    @Override
    protected CaptureRequest request() {
        return FakeRpicamVid.request(330, 180);
    }
}
