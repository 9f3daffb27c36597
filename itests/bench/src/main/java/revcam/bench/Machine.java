package revcam.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the figures were measured; they mean little elsewhere. */
final class Machine {

    private Machine() {}

    static String describe() throws IOException {
        String model = value(Path.of("/proc/cpuinfo"), "model name", ":");
        String system = value(Path.of("/etc/os-release"), "PRETTY_NAME", "=").replace("\"", "");
        return Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.arch")
                + (model.isEmpty() ? "" : " (" + model + ")") + ", " + system + ", Linux "
                + System.getProperty("os.version") + ", Java " + Runtime.version();
    }

    private static String value(Path file, String key, String separator) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(separator) + 1).strip())
                .findFirst().orElse("");
    }
}
