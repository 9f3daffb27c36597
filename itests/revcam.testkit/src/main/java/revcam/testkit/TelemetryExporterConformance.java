package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;
import revcam.api.telemetry.Unit;

/** What every {@link TelemetryExporter} owes the engine. */
public abstract class TelemetryExporterConformance {

    private static final Measurement VIEWER = Measurement.of("viewer",
            Metric.gauge("rtt", Unit.NANOSECONDS, "Round trip"),
            Metric.counter("sent", Unit.BYTES, "Sent"),
            Metric.observation("loss", Unit.RATIO, "Loss"));

    /**
     * What arrived at the other side.
     *
     * @param values by the metric's name; those that were unknown are missing
     */
    public record Exported(String measurement, long wallMillis, Map<String, String> tags, Map<String, Double> values) {}

    /** The provider under test, exporting every measurement to a place of the test's own. */
    protected abstract TelemetryExporter exporter() throws Exception;

    /** All that has arrived at that place, oldest first, read by means other than the provider's. */
    protected abstract List<Exported> exported() throws Exception;

    /** Makes the place unable to take anything, or able again. */
    protected abstract void setBroken(boolean broken) throws Exception;

    /** Batches that it keeps for better times while the place takes nothing: an error is due for those that come then. */
    protected int batchesKept() {
        return 0;
    }

    @Test
    void samplesArriveInOrderOverBatches() throws Exception {
        TelemetryExporter exporter = exporter();
        List<Exported> expected = new ArrayList<>();
        for (int batch = 0; batch < 5; batch++) {
            List<Sample> samples = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                long t = 1_795_000_000_000L + 1000L * batch + i;
                samples.add(sample(t, Map.of("viewer", "3"), i, batch, 0.5));
                expected.add(new Exported(
                        "viewer", t, Map.of("viewer", "3"), Map.of("rtt", (double) i, "sent", (double) batch, "loss", 0.5)));
            }
            exporter.export(samples);
        }
        assertEquals(expected, exported());
    }

    @Test
    void valuesArriveExactly() throws Exception {
        double[] values = {
            0, -1, 1e-9, 0.1, 1 / 3.0, 123_456_789_012_345L, (1L << 53) - 1, 1L << 60, 1e300, Double.MIN_VALUE, Double.MAX_VALUE
        };
        TelemetryExporter exporter = exporter();
        List<Sample> batch = new ArrayList<>();
        for (double value : values) {
            batch.add(sample(1, Map.of(), value, -value, value));
        }
        exporter.export(batch);
        List<Exported> exported = exported();
        assertEquals(values.length, exported.size());
        for (int i = 0; i < values.length; i++) {
            // Negative zero is zero to every reader.
            assertEquals(values[i], exported.get(i).values().get("rtt"), 0.0);
            assertEquals(-values[i], exported.get(i).values().get("sent"), 0.0);
        }
    }

    @Test
    void whatIsUnknownIsMissing() throws Exception {
        exporter().export(List.of(sample(1, Map.of(), Double.NaN, 7, Double.POSITIVE_INFINITY)));
        assertEquals(List.of(new Exported("viewer", 1, Map.of(), Map.of("sent", 7.0))), exported());
    }

    @Test
    void tagsArriveWhateverIsInThem() throws Exception {
        Map<String, String> tags = Map.of("stream", "T\u00fcr \"1\", \\ left\n=\t\u0001 \ud83d\ude80");
        exporter().export(List.of(sample(1, tags, 1, 2, 3)));
        assertEquals(tags, exported().get(0).tags());
    }

    @Test
    void nothingIsNoError() throws Exception {
        exporter().export(List.of());
    }

    @Test
    void anErrorIsToldForEveryBatchAndPassesByItself() throws Exception {
        TelemetryExporter exporter = exporter();
        exporter.export(List.of(sample(1, Map.of(), 1, 1, 1)));
        setBroken(true);
        for (int i = 0; i < batchesKept(); i++) {
            try {
                exporter.export(List.of(sample(2, Map.of(), 2, 2, 2)));
            } catch (IOException e) {
                // It kept less than it may.
            }
        }
        for (int i = 0; i < 2; i++) {
            assertThrows(IOException.class, () -> exporter.export(List.of(sample(2, Map.of(), 2, 2, 2))));
        }
        setBroken(false);
        List<Sample> last = List.of(sample(3, Map.of(), 3, 3, 3));
        if (batchesKept() == 0) {
            exporter.export(last);
        } else {
            exportOnceThereIsRoom(exporter, last);
        }
        List<Exported> exported = exported();
        assertEquals(3, exported.get(exported.size() - 1).wallMillis());
    }

    private static void exportOnceThereIsRoom(TelemetryExporter exporter, List<Sample> batch) throws Exception {
        IOException full = null;
        for (int i = 0; i < 500; i++) {
            try {
                exporter.export(batch);
                return;
            } catch (IOException e) {
                full = e;
                Thread.sleep(10);
            }
        }
        throw full;
    }

    private static Sample sample(long wallMillis, Map<String, String> tags, double... values) {
        return new Sample(VIEWER, wallMillis, wallMillis * 1_000_000, tags, values);
    }
}
