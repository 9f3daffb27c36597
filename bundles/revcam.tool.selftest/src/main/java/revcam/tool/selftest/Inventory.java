package revcam.tool.selftest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import revcam.v4l2.BufferType;
import revcam.v4l2.Capability;
import revcam.v4l2.FormatDescription;
import revcam.v4l2.NativeSystemCalls;
import revcam.v4l2.SystemCalls;
import revcam.v4l2.V4l2Exception;
import revcam.v4l2.VideoDevice;
import revcam.v4l2.VideoNode;

/** What there is on this machine, as lines for a person. */
final class Inventory {

    private static final long RPICAM_SECONDS = 15;

    private Inventory() {}

    /** Every V4L2 video node: what it is and which formats it gives and takes. */
    static List<String> videoNodes() {
        List<String> lines = new ArrayList<>();
        for (VideoNode node : VideoNode.list(Path.of("/"))) {
            String line = node.path() + ", " + node.name() + ": ";
            try (VideoDevice device = VideoDevice.open(calls(), node.path())) {
                lines.add(line + describe(device));
            } catch (V4l2Exception e) {
                lines.add(line + e.getMessage());
            } catch (UnsupportedOperationException e) {
                return List.of("V4L2 cannot be used here: " + e.getMessage());
            }
        }
        return lines.isEmpty() ? List.of("no V4L2 video node") : lines;
    }

    private static SystemCalls calls() {
        return NativeSystemCalls.load();
    }

    private static String describe(VideoDevice device) throws V4l2Exception {
        Capability is = device.capability();
        if (is.isMemoryToMemory()) {
            boolean planar = is.isMemoryToMemoryMultiPlanar();
            return is.driver() + ", memory to memory, takes " + formats(device, planar ? BufferType.OUTPUT_MPLANE : BufferType.OUTPUT)
                    + ", gives " + formats(device, planar ? BufferType.CAPTURE_MPLANE : BufferType.CAPTURE);
        }
        return is.driver() + (is.isCapture() ? ", capture, gives "
                + formats(device, is.isCaptureMultiPlanar() ? BufferType.CAPTURE_MPLANE : BufferType.CAPTURE) : ", neither camera nor encoder");
    }

    private static String formats(VideoDevice device, BufferType type) throws V4l2Exception {
        return String.join(" ", device.formats(type).stream().map(FormatDescription::toString)
                .map(text -> text.substring(0, text.indexOf(" ("))).distinct().toList());
    }

    /** What rpicam-vid says there is; libcamera knows camera modules that V4L2 alone does not. */
    static List<String> cameraModules() throws InterruptedException {
        Path output = null;
        try {
            output = Files.createTempFile("revcam-selftest", ".txt");
            Process process = new ProcessBuilder("rpicam-vid", "--list-cameras").redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile()).redirectOutput(output.toFile()).start();
            if (!process.waitFor(RPICAM_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return List.of("rpicam-vid --list-cameras did not end within " + RPICAM_SECONDS + " s");
            }
            // "0 : imx219 [3280x2464 10-bit RGGB] (/base/soc/...)"
            List<String> cameras = Files.readAllLines(output).stream().filter(line -> line.matches("\\d+ : .*"))
                    .map(line -> "rpicam-vid: camera " + line.replaceAll(" \\(/base.*", "")).toList();
            return cameras.isEmpty() ? List.of("rpicam-vid: no camera") : cameras;
        } catch (IOException e) {
            return List.of("rpicam-vid is not installed");
        } finally {
            delete(output);
        }
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // It is small, and among the temporary files.
        }
    }

    /** File names, with versions, of the native libraries that are mapped into this process, but for JNA's own. */
    static Set<String> libraries() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            String file = line.substring(line.lastIndexOf('/') + 1);
            if (file.matches("[\\w.+-]*\\.so[\\d.]*")) {
                names.add(file);
            }
        }
        return names;
    }

    /** Name and value of what a report begins with. */
    static List<String[]> machine() {
        return List.of(
                new String[] {"Machine", first("/proc/device-tree/model", "no name") + ", "
                        + System.getProperty("os.arch") + ", " + Runtime.getRuntime().availableProcessors() + " cores"},
                new String[] {"System", release() + ", Linux " + System.getProperty("os.version")},
                new String[] {"Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version")});
    }

    private static String release() {
        try {
            for (String line : Files.readAllLines(Path.of("/etc/os-release"))) {
                if (line.startsWith("PRETTY_NAME=")) {
                    return line.substring("PRETTY_NAME=".length()).replace("\"", "");
                }
            }
        } catch (IOException e) {
            // said below
        }
        return "unknown";
    }

    private static String first(String file, String otherwise) {
        try {
            return Files.readString(Path.of(file)).replace("\0", "").strip();
        } catch (IOException e) {
            return otherwise;
        }
    }
}
