package revcam.telemetry.prometheus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Unit;

class SeriesTableTest {

    private static final long SECOND = 1_000_000_000;
    private static final Measurement VIEWER = Measurement.of("viewer", Metric.gauge("rtt", Unit.NANOSECONDS, "Round trip"));
    private static final Measurement DELIVERY =
            Measurement.of("delivery", Metric.observation("queue", Unit.NANOSECONDS, "In the queue"));
    private static final Measurement HEALTH = Measurement.of("health", Metric.gauge("load", Unit.COUNT, "Load"));

    private final SeriesTable table = new SeriesTable();
    private long now = Long.MAX_VALUE - 3 * SECOND; // nanoTime may overflow

    private void take(Measurement measurement, Map<String, String> tags) {
        table.take(new Sample(measurement, 1, 1, tags, new double[] {1}), now);
    }

    private List<String> series() {
        List<String> series = new ArrayList<>();
        for (MetricSnapshot family : table.snapshots(now)) {
            family.getDataPoints().forEach(point ->
                    series.add(family.getMetadata().getName() + point.getLabels().toString().replace("\"", "")));
        }
        return series;
    }

    @Test
    void seriesOfViewersThatLeftDisappear() {
        Map<String, String> one = Map.of("stream", "main", "viewer", "v1");
        Map<String, String> two = Map.of("stream", "main", "viewer", "v2");
        take(DELIVERY, Map.of("stream", "main", "viewer", "v1", "type", "key"));
        take(DELIVERY, Map.of("stream", "main", "viewer", "v2", "type", "key"));
        take(HEALTH, Map.of());
        for (int second = 0; second < 9; second++) {
            take(VIEWER, one);
            take(VIEWER, two);
            now += SECOND;
        }
        // No frames for a while are no reason to forget what was observed: the viewer is still there.
        for (int second = 0; second < 30; second++) {
            take(VIEWER, two);
            now += SECOND;
        }
        assertEquals(List.of("revcam_delivery_queue_seconds{stream=main,type=key,viewer=v2}", "revcam_health_load{}",
                "revcam_viewer_rtt_seconds{stream=main,viewer=v2}"), series());
        now += 11 * SECOND;
        assertEquals(List.of("revcam_health_load{}"), series());
    }

    @Test
    void whatIsMeasuredSeldomStaysUntilItIsDueThrice() {
        take(HEALTH, Map.of());
        now += 299 * SECOND;
        assertEquals(1, series().size());
        now += 2 * SECOND;
        assertEquals(List.of(), series());
        take(HEALTH, Map.of());
        now += 200 * SECOND;
        take(HEALTH, Map.of());
        now += 599 * SECOND;
        assertEquals(1, series().size());
        now += 2 * SECOND;
        assertEquals(List.of(), series());
    }

    @Test
    void tagsThatNeverRepeatAreBounded() {
        for (int i = 0; i < 3 * SeriesTable.MAX_SERIES; i++) {
            take(HEALTH, Map.of("when", Integer.toString(i)));
        }
        assertEquals(SeriesTable.MAX_SERIES, series().size());
        assertEquals(2 * SeriesTable.MAX_SERIES, table.refused());
        now += 301 * SECOND;
        take(VIEWER, Map.of("viewer", "v1"));
        assertEquals(1, series().size());
    }

    @Test
    void aReplacedBundleMayMeasureSomethingElse() {
        take(HEALTH, Map.of());
        Measurement next = Measurement.of("health", Metric.counter("load", Unit.COUNT, "Load"),
                Metric.gauge("uptime", Unit.NANOSECONDS, "Since the start"));
        table.take(new Sample(next, 1, 1, Map.of(), new double[] {5, 6}), now);
        assertEquals(List.of("revcam_health_load{}", "revcam_health_uptime_seconds{}"), series());
    }

    /** A page for four viewers: what it costs. */
    @Test
    void aPageIsCheap() throws IOException {
        for (int viewer = 0; viewer < 4; viewer++) {
            for (String type : new String[] {"key", "delta"}) {
                for (String name : new String[] {"a", "b", "c", "d"}) {
                    take(Measurement.of(name, DELIVERY.metrics().get(0)),
                            Map.of("stream", "main", "viewer", "v" + viewer, "type", type));
                }
            }
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        OpenMetricsTextFormatWriter writer = new OpenMetricsTextFormatWriter(false, false);
        int bytes = 0;
        long cpu = 0;
        long allocated = 0;
        for (int round = 0; round < 600; round++) {
            if (round == 500) {
                cpu = threads.getCurrentThreadCpuTime();
                allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            }
            MetricSnapshots snapshots = table.snapshots(now);
            ByteArrayOutputStream body = new ByteArrayOutputStream(64 * 1024);
            writer.write(body, snapshots, EscapingScheme.UNDERSCORE_ESCAPING);
            bytes = body.size();
        }
        double micros = (threads.getCurrentThreadCpuTime() - cpu) / 1e3 / 100;
        long garbage = (threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocated) / 100;
        System.out.printf("metrics: %d bytes, %.0f us of CPU and %d bytes of garbage a page%n", bytes, micros, garbage);
        assertTrue(micros < 50_000, micros + " us a page");
    }
}
