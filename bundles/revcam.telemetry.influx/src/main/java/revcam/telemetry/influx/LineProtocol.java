package revcam.telemetry.influx;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;

/**
 * One sample as one line of InfluxDB's line protocol (docs.influxdata.com, "Line protocol"): all values as floats, because
 * a field that was a float once refuses integers, and the time in milliseconds.
 */
final class LineProtocol {

    /** Beyond it a double is no longer exact to the unit. */
    private static final double MAX_EXACT = 1L << 53;

    private LineProtocol() {}

    /** @return false, with nothing appended, when no value is known: a line without a field is an error */
    static boolean append(StringBuilder out, Sample sample) {
        int start = out.length();
        String name = withoutLastBackslashes(sample.measurement().name());
        if (name.isEmpty()) {
            return false;
        }
        // At the beginning of a line it would make a comment of it.
        out.append(name.charAt(0) == '#' ? "_" : "");
        escaped(out, name, false);
        // Sorted, as the database would otherwise have to.
        for (Map.Entry<String, String> tag : new TreeMap<>(sample.tags()).entrySet()) {
            String key = withoutLastBackslashes(tag.getKey());
            // What is another name without them stays another.
            while (!key.equals(tag.getKey()) && sample.tags().containsKey(key)) {
                key += "_";
            }
            String value = withoutLastBackslashes(tag.getValue());
            if (!key.isEmpty() && !value.isEmpty()) {
                out.append(',');
                escaped(out, key, true);
                out.append('=');
                escaped(out, value, true);
            }
        }
        boolean any = false;
        List<Metric> metrics = sample.measurement().metrics();
        for (int i = 0; i < metrics.size(); i++) {
            double value = sample.values()[i];
            String field = withoutLastBackslashes(metrics.get(i).name());
            if (Double.isFinite(value) && !field.isEmpty()) {
                out.append(any ? ',' : ' ');
                escaped(out, field, true);
                out.append('=');
                if (value == Math.rint(value) && Math.abs(value) <= MAX_EXACT) {
                    out.append((long) value);
                } else {
                    out.append(value);
                }
                any = true;
            }
        }
        if (!any) {
            out.setLength(start);
            return false;
        }
        out.append(' ').append(sample.wallMillis()).append('\n');
        return true;
    }

    /** The protocol has no way to write a backslash at the end of a name or a value. */
    private static String withoutLastBackslashes(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '\\') {
            end--;
        }
        return text.substring(0, end);
    }

    /**
     * Commas, blanks and, but for measurements, equals signs get a backslash. The protocol has no way to write the end of
     * a line within a tag: it becomes {@code \n} as people write it.
     */
    private static void escaped(StringBuilder out, String text, boolean equals) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case ',', ' ' -> out.append('\\').append(c);
                case '=' -> out.append(equals ? "\\=" : "=");
                default -> out.append(c);
            }
        }
    }
}
