package revcam.v4l2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VideoNodeTest {

    @TempDir
    Path root;

    @Test
    void nodesAreListedInOrderUnderTheNameThatStays() throws IOException {
        node("video10", "bcm2835-codec-decode\n");
        node("video2", "Fake Cam\n");
        node("video0", "Fake Cam\n");
        node("v4l-subdev0", "sensor\n");
        Files.createDirectories(root.resolve("sys/class/video4linux/video11"));
        link("by-id", "usb-Fake_Cam_1234-video-index0", "video0");
        link("by-path", "platform-usb-0:1.1:1.0-video-index0", "video0");
        link("by-path", "platform-bcm2835-codec-video-index0", "video10");
        assertEquals(List.of(
                new VideoNode("/dev/video0", "Fake Cam", "/dev/v4l/by-id/usb-Fake_Cam_1234-video-index0"),
                new VideoNode("/dev/video2", "Fake Cam", "/dev/video2"),
                new VideoNode("/dev/video10", "bcm2835-codec-decode", "/dev/v4l/by-path/platform-bcm2835-codec-video-index0"),
                new VideoNode("/dev/video11", "", "/dev/video11")), VideoNode.list(root));
    }

    @Test
    void aMachineWithoutVideoHasNone() {
        assertEquals(List.of(), VideoNode.list(root));
    }

    private void node(String file, String name) throws IOException {
        Files.writeString(Files.createDirectories(root.resolve("sys/class/video4linux/" + file)).resolve("name"), name);
    }

    private void link(String directory, String name, String target) throws IOException {
        Files.createSymbolicLink(Files.createDirectories(root.resolve("dev/v4l/" + directory)).resolve(name),
                Path.of("../../" + target));
    }
}
