package revcam.telemetry.influx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Unit;
import revcam.testkit.TelemetryExporterConformance.Exported;

/** Whatever streams and plug-ins are called, each sample is one line that is read as that sample. */
class LineProtocolFuzzTest {

    static Stream<byte[]> names() {
        return Stream.of("viewer\0stream\0front yard\0rtt", "a,b=c d\0k=\\\0v\\\0m\\ x", "#x\0\0\n\0\r", "m\0k\0\\\0f")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("names")
    @FuzzTest(maxDuration = "5m")
    void line(byte[] data) {
        String[] parts = new String(data, StandardCharsets.UTF_8).split("\0", -1);
        if (parts.length != 4) {
            return;
        }
        Map<String, String> tags = new HashMap<>();
        tags.put(parts[1], parts[2]);
        tags.put("stream", "main");
        Measurement measurement = Measurement.of(parts[0], Metric.gauge(parts[3], Unit.COUNT, ""));
        StringBuilder out = new StringBuilder();
        double value = data.length + 0.5;
        if (!LineProtocol.append(out, new Sample(measurement, 1_700_000_000_000L, 0, tags, new double[] {value}))) {
            assertEquals("", out.toString());
            return;
        }
        assertFalse(out.toString().startsWith("#"), "a comment");
        List<Exported> read = Lines.read(out.toString());
        assertEquals(1, read.size());
        Exported line = read.get(0);
        assertFalse(line.measurement().isEmpty() || line.tags().containsKey("") || line.tags().containsValue("")
                || line.values().containsKey(""), out::toString);
        assertEquals(List.of(value), List.copyOf(line.values().values()));
        assertEquals(1_700_000_000_000L, line.wallMillis());
        if (!parts[1].equals("stream")) {
            assertEquals("main", line.tags().get("stream"));
        }
    }
}
