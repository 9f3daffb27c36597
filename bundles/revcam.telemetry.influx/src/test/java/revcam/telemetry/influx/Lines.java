package revcam.telemetry.influx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import revcam.testkit.TelemetryExporterConformance.Exported;

/** Reads the line protocol, as its documentation says. */
final class Lines {

    private Lines() {}

    static List<Exported> read(String text) {
        List<Exported> exported = new ArrayList<>();
        for (String line : text.split("\n")) {
            if (!line.isEmpty()) {
                List<String> parts = split(line, ' ');
                if (parts.size() != 3) {
                    throw new AssertionError(line);
                }
                List<String> series = split(parts.get(0), ',');
                Map<String, String> tags = new HashMap<>();
                for (String tag : series.subList(1, series.size())) {
                    List<String> pair = split(tag, '=');
                    tags.put(plain(pair.get(0)), plain(pair.get(1)));
                }
                Map<String, Double> values = new HashMap<>();
                for (String field : split(parts.get(1), ',')) {
                    List<String> pair = split(field, '=');
                    values.put(plain(pair.get(0)), Double.valueOf(pair.get(1)));
                }
                exported.add(new Exported(plain(series.get(0)), Long.parseLong(parts.get(2)), tags, values));
            }
        }
        return exported;
    }

    /** At separators without a backslash before them. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == separator && (i == 0 || text.charAt(i - 1) != '\\')) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static String plain(String escaped) {
        return escaped.replaceAll("\\\\([,= ])", "$1").replace("\\n", "\n");
    }
}
