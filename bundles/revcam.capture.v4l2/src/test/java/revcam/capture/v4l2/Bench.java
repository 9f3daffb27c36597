package revcam.capture.v4l2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.FrameRate;
import revcam.v4l2.FakeDevice;
import revcam.v4l2.FakeKernel;

/** A machine with a camera that is plugged and unplugged. */
final class Bench {

    static final String BY_ID = "/dev/v4l/by-id/usb-Fake_Cam_1234-video-index0";

    final FakeKernel kernel;
    final Path root;

    Bench(Path root) {
        this(root, new FakeKernel());
    }

    Bench(Path root, FakeKernel kernel) {
        this.root = root;
        this.kernel = kernel;
    }

    /** At {@code /dev/video0} and under its name that stays. */
    FakeDevice plug(FakeDevice camera) throws IOException {
        plug("video0", camera);
        Files.createSymbolicLink(Files.createDirectories(root.resolve("dev/v4l/by-id")).resolve(
                BY_ID.substring(BY_ID.lastIndexOf('/') + 1)), Path.of("../../video0"));
        kernel.plug(BY_ID, camera);
        return camera.run();
    }

    /** Without a name that stays. */
    FakeDevice plug(String node, FakeDevice camera) throws IOException {
        Files.writeString(Files.createDirectories(root.resolve("sys/class/video4linux/" + node)).resolve("name"), "Fake\n");
        return kernel.plug("/dev/" + node, camera);
    }

    void unplug() throws IOException {
        Files.deleteIfExists(root.resolve(BY_ID.substring(1)));
        Files.deleteIfExists(root.resolve("sys/class/video4linux/video0/name"));
        Files.deleteIfExists(root.resolve("sys/class/video4linux/video0"));
        kernel.unplug(BY_ID);
        kernel.unplug("/dev/video0");
    }

    V4l2CaptureFactory factory(String... settings) {
        Map<String, Object> properties = new HashMap<>();
        for (String setting : settings) {
            properties.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        return new V4l2CaptureFactory(() -> kernel, root, properties);
    }

    static CaptureRequest request(String device, int width, int height, int fps) {
        return new CaptureRequest(device, width, height, FrameRate.of(fps));
    }

    void assertNothingIsLeft() {
        assertEquals(0, kernel.openDescriptors(), "descriptors");
        assertEquals(0, kernel.mappings(), "mappings");
    }
}
