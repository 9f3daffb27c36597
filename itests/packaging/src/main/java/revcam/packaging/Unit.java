package revcam.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a systemd unit says, systemd.syntax(7): enough of it to start the service as systemd would. */
record Unit(Map<String, List<String>> assignments) {

    static Unit read(Path file) throws IOException {
        Map<String, List<String>> assignments = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            int equals = line.indexOf('=');
            if (equals > 0 && !line.startsWith("#")) {
                assignments.computeIfAbsent(line.substring(0, equals), unused -> new ArrayList<>()).add(line.substring(equals + 1));
            }
        }
        return new Unit(assignments);
    }

    /** The one value of a key. */
    String value(String key) {
        List<String> values = assignments.getOrDefault(key, List.of());
        if (values.size() != 1) {
            throw new IllegalStateException(key + " is there " + values.size() + " times");
        }
        return values.get(0);
    }
}
