package revcam.telemetry.prometheus;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Unit;

/** Whatever streams and plug-ins are called, the page is what OpenMetrics 1.0 allows. */
class MetricsFuzzTest {

    private static final Pattern LINE = Pattern.compile("# (EOF|(TYPE|UNIT|HELP) [a-zA-Z_:][a-zA-Z0-9_:]* .*)"
            + "|[a-zA-Z_:][a-zA-Z0-9_:]*(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\\n]|\\\\[\"\\\\n])*\",?)*\\})? \\S+( \\S+)?", Pattern.DOTALL);

    static Stream<byte[]> names() {
        return Stream.of("viewer\0stream\0front \"yard\"\\\n\0rtt", "a.b\0le\0x\0sum_total", "9\0__name__\0\0_bucket", "é\0a-b\0v\0total")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("names")
    @FuzzTest(maxDuration = "5m")
    void page(byte[] data) throws IOException {
        String[] parts = new String(data, StandardCharsets.UTF_8).split("\0", -1);
        if (parts.length != 4) {
            return;
        }
        Map<String, String> tags = new HashMap<>(Map.of("stream", "main"));
        tags.put(parts[1], parts[2]);
        PrometheusExporter exporter = new PrometheusExporter(Map.of());
        for (Metric.Kind kind : Metric.Kind.values()) {
            exporter.export(List.of(new Sample(Measurement.of(parts[0],
                    new Metric(parts[3], kind, Unit.values()[data.length % Unit.values().length], parts[2])),
                    1_700_000_000_000L, 0, tags, new double[] {data.length})));
        }
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        new OpenMetricsTextFormatWriter(false, false).write(page, exporter.snapshots(), EscapingScheme.UNDERSCORE_ESCAPING);
        for (String line : page.toString(StandardCharsets.UTF_8).split("\n")) {
            assertTrue(LINE.matcher(line).matches(), line);
        }
    }
}
