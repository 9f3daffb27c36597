package revcam.capture.v4l2;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.VideoCaptureFactory;
import revcam.testkit.VideoCaptureConformance;
import revcam.v4l2.FakeDevice;
import revcam.v4l2.Fourcc;

/** Straight from the memory of the driver, which pads its rows. */
class LentFramesTest extends VideoCaptureConformance {

    @TempDir
    Path root;

    private Bench bench;

    @BeforeEach
    void plug() throws Exception {
        bench = new Bench(root);
        bench.plug(FakeDevice.camera("Fake Cam").strideAlignment(128).offer(Fourcc.NV12, 320, 240, 30));
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        bench.unplug();
        bench.assertNothingIsLeft();
    }

    @Override
    protected VideoCaptureFactory factory() {
        return bench.factory();
    }

    @Override
    protected CaptureRequest request() {
        return Bench.request("", 320, 240, 30);
    }
}
