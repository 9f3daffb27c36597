package revcam.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Unit;

class TelemetryHistoryTest {

    private static final long SECOND = 1_000_000_000;
    private static final double MS = 1e6;
    private static final Map<String, String> MAIN = Map.of("stream", "main");

    private static final Measurement FRAME = gauges("frame", "capture", "wait", "encode", "packetise", "size");
    private static final Measurement STREAM = gauges("stream", "captured", "encoded", "target", "encoded_rate");
    private static final Measurement VIEWER = gauges("viewer", "sent_bytes", "rtt", "loss");
    private static final Measurement HEALTH = gauges("health", "temperature", "process_cpu");

    private final TelemetryHistory history = new TelemetryHistory();

    private static Measurement gauges(String name, String... metrics) {
        return new Measurement(name, Arrays.stream(metrics).map(m -> Metric.gauge(m, Unit.COUNT, m)).toList());
    }

    private static Sample sample(Measurement measurement, long nanos, Map<String, String> tags, double... values) {
        return new Sample(measurement, 0, nanos, tags, values);
    }

    private static Sample viewer(String stream, String viewer, long nanos, double... values) {
        return sample(VIEWER, nanos, Map.of("stream", stream, "viewer", viewer), values);
    }

    private JsonObject read(long after, long nowNanos) {
        StringWriter text = new StringWriter();
        try (JsonWriter out = new JsonWriter(text)) {
            history.write(out, after, nowNanos);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return JsonParser.parseString(text.toString()).getAsJsonObject();
    }

    private static List<Double> curve(JsonObject answer, String name) {
        return values(answer.getAsJsonObject("streams").getAsJsonObject("main").getAsJsonArray(name));
    }

    private static List<Double> values(JsonArray curve) {
        List<Double> values = new ArrayList<>();
        for (JsonElement value : curve) {
            values.add(value.isJsonNull() ? null : value.getAsDouble());
        }
        return values;
    }

    @Test
    void framesBecomeTheMeanOfTheirSecond() {
        history.export(List.of(), 10 * SECOND);
        history.export(List.of(sample(FRAME, 0, MAIN, MS, 0, 4 * MS, 0, 9), sample(FRAME, 0, MAIN, 2 * MS, 0, 8 * MS, 0, 9)),
                11 * SECOND);
        JsonObject answer = read(10, 11 * SECOND + 250_000_000);
        assertEquals(11, answer.get("last").getAsLong());
        assertEquals(1, answer.get("count").getAsLong());
        assertEquals(250, answer.get("age").getAsLong());
        assertEquals(List.of(1.5), curve(answer, "capture"));
        assertEquals(List.of(6.0), curve(answer, "encode"));
        history.export(List.of(), 12 * SECOND);
        assertFalse(read(11, 12 * SECOND).getAsJsonObject("streams").getAsJsonObject("main").has("encode"),
                "a second without frames has no latency");
    }

    @Test
    void totalsBecomeRatesAndViewersAreAddedUp() {
        for (int second = 10; second <= 12; second++) {
            long nanos = second * SECOND;
            history.export(List.of(
                    sample(STREAM, nanos, MAIN, 30 * second, 29 * second, 2e6, 1.9e6),
                    viewer("main", "1", nanos, 1_000 * second, 5 * MS, 0.01),
                    viewer("main", "2", nanos, 2_000 * second, 9 * MS, 0)), nanos);
        }
        JsonObject answer = read(Long.MIN_VALUE, 12 * SECOND);
        assertEquals(TelemetryHistory.SECONDS, answer.get("count").getAsInt());
        List<Double> sent = curve(answer, "sent");
        assertEquals(TelemetryHistory.SECONDS, sent.size());
        assertEquals(null, sent.get(sent.size() - 3), "one total is no rate");
        assertEquals(24_000, sent.get(sent.size() - 1));
        assertEquals(List.of(24_000.0), curve(read(11, 12 * SECOND), "sent"));
        assertEquals(List.of(30.0), curve(read(11, 12 * SECOND), "captured_fps"));
        assertEquals(List.of(29.0), curve(read(11, 12 * SECOND), "encoded_fps"));
        assertEquals(List.of(9.0), curve(read(11, 12 * SECOND), "rtt"), "the worst counts");
        assertEquals(List.of(0.01), curve(read(11, 12 * SECOND), "loss"), "the worst counts");
    }

    @Test
    void whatNobodyTellsAnyMoreEnds() {
        history.export(List.of(viewer("main", "1", 10 * SECOND, 1, 5 * MS, 0)), 10 * SECOND);
        for (int second = 11; second <= 14; second++) {
            history.export(List.of(sample(STREAM, second * SECOND, MAIN, 1, 1, 1, 1)), second * SECOND);
        }
        assertEquals(Arrays.asList(5.0, 5.0, 5.0, 5.0, null), curve(read(9, 14 * SECOND), "rtt"));
    }

    @Test
    void aBatchThatComesLateStandsForTwoSecondsAndAGapStaysEmpty() {
        history.export(List.of(sample(HEALTH, 10 * SECOND, Map.of(), 40, 0.5)), 10 * SECOND + 990_000_000);
        history.export(List.of(sample(HEALTH, 12 * SECOND, Map.of(), 42, 0.5)), 12 * SECOND);
        history.export(List.of(sample(HEALTH, 17 * SECOND, Map.of(), 44, 0.5)), 17 * SECOND);
        assertEquals(Arrays.asList(40.0, 42.0, 42.0, null, null, null, null, 44.0),
                values(read(9, 17 * SECOND).getAsJsonObject("machine").getAsJsonArray("temperature")));
    }

    @Test
    void fiveMinutesLaterTheRingHasForgotten() {
        history.export(List.of(sample(STREAM, SECOND, MAIN, 1, 1, 1, 1), sample(HEALTH, SECOND, Map.of(), 40, 1)), SECOND);
        long later = SECOND * (TelemetryHistory.SECONDS + 5);
        history.export(List.of(), later);
        JsonObject answer = read(Long.MIN_VALUE, later);
        assertEquals(0, answer.getAsJsonObject("streams").size());
        assertEquals(0, answer.getAsJsonObject("machine").size());
    }

    @Test
    void whoAsksForSomethingImpossibleGetsEverything() {
        assertEquals(0, read(Long.MIN_VALUE, 0).get("count").getAsInt());
        history.export(List.of(), -7 * SECOND); // nanoTime has any origin
        for (long after : new long[] {Long.MIN_VALUE, -1_000, -5, Long.MAX_VALUE}) {
            assertEquals(TelemetryHistory.SECONDS, read(after, -7 * SECOND).get("count").getAsInt(), "after " + after);
        }
        assertEquals(0, read(-7, -7 * SECOND).get("count").getAsInt());
    }

    @Test
    void streamsAndViewersWithoutEndTakeNoMemoryWithoutEnd() {
        List<Sample> batch = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            batch.add(sample(STREAM, SECOND, Map.of("stream", "s" + i), 1, 1, 1, 1));
        }
        history.export(batch, SECOND);
        assertEquals(TelemetryHistory.MAX_STREAMS, read(0, SECOND).getAsJsonObject("streams").size());
    }

    @Test
    void aDeclarationThatHasOtherMetricsIsReadByName() {
        history.export(List.of(sample(HEALTH, SECOND, Map.of(), 40, 0.5)), SECOND);
        history.export(List.of(sample(gauges("health", "process_cpu", "temperature"), 2 * SECOND, Map.of(), 0.5, 41)), 2 * SECOND);
        history.export(List.of(sample(gauges("health", "load"), 3 * SECOND, Map.of(), 1)), 3 * SECOND);
        assertEquals(Arrays.asList(40.0, 41.0, null),
                values(read(0, 3 * SECOND).getAsJsonObject("machine").getAsJsonArray("temperature")));
    }

    /** A second of one stream with four viewers: 30 frames and 120 deliveries. */
    @Test
    void costsLittle() {
        Measurement delivery = gauges("delivery", "queue", "pace", "send", "latency");
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<List<Sample>> batches = new ArrayList<>();
        for (int second = 1; second <= 400; second++) {
            List<Sample> batch = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                batch.add(i % 5 == 0 ? sample(FRAME, second * SECOND, MAIN, i, i, i, i, i)
                        : sample(delivery, second * SECOND, MAIN, i, i, i, i));
            }
            batch.add(sample(STREAM, second * SECOND, MAIN, second, second, 1, 1));
            batches.add(batch);
        }
        for (int i = 0; i < 200; i++) {
            history.export(batches.get(i), (i + 1) * SECOND);
        }
        long thread = Thread.currentThread().getId();
        long allocated = threads.getThreadAllocatedBytes(thread);
        long cpu = threads.getCurrentThreadCpuTime();
        for (int i = 200; i < 400; i++) {
            history.export(batches.get(i), (i + 1) * SECOND);
        }
        double micros = (threads.getCurrentThreadCpuTime() - cpu) / 1e3 / 200;
        double bytes = (threads.getThreadAllocatedBytes(thread) - allocated) / 200.0;
        System.out.printf("history: %.0f us of CPU and %.0f bytes for a second with four viewers%n", micros, bytes);
        assertTrue(micros < 1_000, micros + " us");
        assertTrue(bytes < 16_384, bytes + " bytes");
    }
}
