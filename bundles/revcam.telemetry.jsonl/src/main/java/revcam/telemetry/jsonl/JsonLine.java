package revcam.telemetry.jsonl;

import java.util.List;
import java.util.Map;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;

/**
 * One sample as one object of RFC 8259: {@code t} is Unix time in milliseconds, {@code m} the measurement, then come its
 * tags as strings and its metrics as numbers. What is unknown is left out, for JSON has no NaN.
 */
final class JsonLine {

    /** Beyond it a double is no longer exact to the unit. */
    private static final double MAX_EXACT = 1L << 53;

    private JsonLine() {}

    static void append(StringBuilder out, Sample sample) {
        out.append("{\"t\":").append(sample.wallMillis()).append(",\"m\":");
        string(out, sample.measurement().name());
        for (Map.Entry<String, String> tag : sample.tags().entrySet()) {
            key(out, tag.getKey());
            string(out, tag.getValue());
        }
        List<Metric> metrics = sample.measurement().metrics();
        for (int i = 0; i < metrics.size(); i++) {
            double value = sample.values()[i];
            if (Double.isFinite(value)) {
                key(out, metrics.get(i).name());
                if (value == Math.rint(value) && Math.abs(value) <= MAX_EXACT) {
                    out.append((long) value);
                } else {
                    out.append(value);
                }
            }
        }
        out.append("}\n");
    }

    private static void key(StringBuilder out, String name) {
        out.append(',');
        string(out, name);
        out.append(':');
    }

    /** RFC 8259, section 7. */
    private static void string(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
