package revcam.v4l2;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A device node that the system has, known without opening it.
 *
 * @param path such as {@code /dev/video0}; may be another device's after the next start or plug
 * @param name the driver's, such as {@code bcm2835-codec-encode}; empty if not told
 * @param stablePath a link in {@code /dev/v4l/by-id}, else in {@code /dev/v4l/by-path}, that stays that device's; else the path
 */
public record VideoNode(String path, String name, String stablePath) {

    /**
     * Everything in {@code /sys/class/video4linux} that is a video node, in the order of their numbers.
     *
     * @param root normally {@code /}; paths are given as they are below it
     */
    public static List<VideoNode> list(Path root) {
        Map<String, String> stable = new TreeMap<>();
        // By id wins, as it does not depend on the port.
        collectLinks(root, "dev/v4l/by-path", stable);
        collectLinks(root, "dev/v4l/by-id", stable);
        List<VideoNode> nodes = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.resolve("sys/class/video4linux"), "video*")) {
            for (Path entry : entries) {
                String file = entry.getFileName().toString();
                String path = "/dev/" + file;
                nodes.add(new VideoNode(path, read(entry.resolve("name")), stable.getOrDefault(file, path)));
            }
        } catch (IOException e) {
            // No video driver is loaded.
        }
        nodes.sort(Comparator.comparingInt(VideoNode::number).thenComparing(VideoNode::path));
        return nodes;
    }

    private int number() {
        String digits = path.replaceAll("\\D", "");
        return digits.isEmpty() || digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    }

    private static void collectLinks(Path root, String directory, Map<String, String> stable) {
        try (DirectoryStream<Path> links = Files.newDirectoryStream(root.resolve(directory))) {
            List<Path> sorted = new ArrayList<>();
            links.forEach(sorted::add);
            sorted.sort(Comparator.reverseOrder());
            for (Path link : sorted) {
                if (Files.isSymbolicLink(link)) {
                    stable.put(Files.readSymbolicLink(link).getFileName().toString(), "/" + directory + "/" + link.getFileName());
                }
            }
        } catch (IOException e) {
            // There are none without udev.
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public String toString() {
        return stablePath + (name.isEmpty() ? "" : " (" + name + ")");
    }
}
