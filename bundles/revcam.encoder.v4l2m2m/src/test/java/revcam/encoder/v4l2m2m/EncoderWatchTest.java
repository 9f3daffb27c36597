package revcam.encoder.v4l2m2m;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.v4l2.Errno;
import revcam.v4l2.FakeDevice;
import revcam.v4l2.FakeKernel;
import revcam.v4l2.Fourcc;

/** When the encoder is published. */
class EncoderWatchTest {

    private static final long MILLIS = 20;

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel();
    private final CountDownLatch found = new CountDownLatch(1);
    private EncoderWatch watch;

    @AfterEach
    void end() {
        watch.deactivate();
        assertEquals(0, kernel.openDescriptors());
    }

    private FakeDevice plug(String node, FakeDevice device) throws IOException {
        kernel.plug("/dev/" + node, device);
        Path entry = Files.createDirectories(root.resolve("sys/class/video4linux").resolve(node));
        Files.writeString(entry.resolve("name"), node + "\n");
        return device;
    }

    private static FakeDevice encoder() {
        return FakeDevice.memoryToMemory("Fake Codec").offer(Fourcc.YUV420, 640, 480).offer(Fourcc.H264, 640, 480);
    }

    private void watch(String device) {
        watch = new EncoderWatch(() -> kernel, root, Map.of("device", device), found::countDown, MILLIS);
    }

    private boolean isFound(long millis) throws InterruptedException {
        return found.await(millis, TimeUnit.MILLISECONDS);
    }

    @Test
    void aDeviceThatIsThereIsFoundAtOnce() throws Exception {
        plug("video0", FakeDevice.camera("Fake Camera").offer(Fourcc.YUYV, 640, 480, 30));
        plug("video11", encoder());
        watch("");
        assertTrue(isFound(0));
    }

    @Test
    void aDeviceThatComesIsFound() throws Exception {
        plug("video0", FakeDevice.camera("Fake Camera").offer(Fourcc.YUYV, 640, 480, 30));
        watch("");
        assertTrue(!isFound(5 * MILLIS), "a camera is no encoder");
        plug("video11", encoder());
        assertTrue(isFound(5_000));
    }

    @Test
    void aDeviceThatMayNotBeOpenedYetIsLookedAtAgain() throws Exception {
        FakeDevice device = plug("video11", encoder());
        device.fail("open", Errno.EACCES);
        watch("");
        assertTrue(!isFound(5 * MILLIS));
        device.fail("open", null);
        assertTrue(isFound(5_000));
    }

    @Test
    void whoNamesADeviceIsToldWhatIsWrongWithIt() throws Exception {
        watch("/dev/video9");
        assertTrue(isFound(0));
    }
}
