package revcam.shell;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;

/**
 * Figures of the last seconds, taken from the telemetry by being an exporter for as long as somebody looks. So nothing is
 * kept, and nothing is spent, while nobody does.
 */
final class LiveFigures implements TelemetryExporter, AutoCloseable {

    /** Where to get one; it collects from now on. */
    interface Source {
        LiveFigures open();
    }

    /** The name under which it collects. */
    static final String EXPORTER = "shell";

    /** Seconds of samples that are summed up: short enough to follow what happens, enough for a 95th percentile. */
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** The engine counts once a second: two counts make a rate, and the batches come up to a second late. */
    private static final long BOUND_NANOS = TimeUnit.MILLISECONDS.toNanos(3_500);
    private static final String[] LATENCIES = {
        "frame.capture", "frame.wait", "frame.encode", "frame.packetise",
        "delivery.queue", "delivery.pace", "delivery.send", "delivery.latency"};

    private final List<Sample> samples = new ArrayList<>(); // guarded by this, oldest first
    private int batches; // guarded by this
    private int seen; // of them, by whoever waits; guarded by this
    private ServiceRegistration<TelemetryExporter> registration;

    static Source of(BundleContext context) {
        return () -> {
            LiveFigures figures = new LiveFigures();
            figures.registration = context.registerService(TelemetryExporter.class, figures,
                    new Hashtable<>(Map.of(TelemetryExporter.NAME, EXPORTER)));
            return figures;
        };
    }

    @Override
    public synchronized void export(List<Sample> batch) {
        samples.addAll(batch);
        long newest = samples.isEmpty() ? 0 : samples.get(samples.size() - 1).nanos();
        samples.removeIf(sample -> newest - sample.nanos() > WINDOW_NANOS);
        batches++;
        notifyAll();
    }

    /** Waits for the next batch, and the first time for one more, within reason. */
    synchronized void await() throws InterruptedException {
        int wanted = Math.max(2, seen + 1);
        long end = System.nanoTime() + BOUND_NANOS;
        for (long left = BOUND_NANOS; batches < wanted && left > 0; left = end - System.nanoTime()) {
            wait(left / 1_000_000 + 1);
        }
        seen = batches;
    }

    synchronized void print(String stream, PrintStream out, int width) {
        List<Sample> own = samples.stream().filter(sample -> stream.equals(sample.tags().get("stream"))).toList();
        List<Sample> counts = of(own, "stream");
        if (counts.isEmpty()) {
            out.println(stream + ": the telemetry has brought no figures; why exporter says whether '" + EXPORTER
                    + "' may serve");
            return;
        }
        Sample last = counts.get(counts.size() - 1);
        out.println(stream + ", " + Text.count(value(last, "viewers")) + " watching"
                + (value(last, "viewers") == 0 ? "; nothing is encoded meanwhile" : ""));
        print(streamLines(counts, last), out, width);
        print(latencyLines(own), out, width);
        print(viewerLines(of(own, "viewer")), out, width);
    }

    private static Table streamLines(List<Sample> counts, Sample last) {
        Table table = new Table("", "");
        table.row("  frames", "captured " + perSecond(counts, "captured") + ", encoded " + perSecond(counts, "encoded")
                + ", key " + Text.count(growth(counts, "keyframes")) + " in " + span(counts));
        table.row("  bitrate", "target " + Text.kilobits(value(last, "target")) + ", encoded "
                + Text.kilobits(value(last, "encoded_rate")));
        StringBuilder drops = new StringBuilder();
        for (Metric metric : last.measurement().metrics()) {
            boolean drop = metric.name().startsWith("dropped_") || metric.name().startsWith("skipped_");
            double growth = drop ? growth(counts, metric.name()) : 0;
            if (growth > 0) {
                drops.append(drops.isEmpty() ? "" : ", ").append(Text.count(growth)).append(' ')
                        .append(metric.name().replace('_', ' ').replaceFirst("dropped ", ""));
            }
        }
        table.row("  drops", drops.isEmpty() ? "none" : drops.toString());
        return table;
    }

    private static Table latencyLines(List<Sample> samples) {
        Table table = new Table("  LATENCY", ">P50", ">P95", "WHAT");
        for (String name : LATENCIES) {
            String measurement = name.substring(0, name.indexOf('.'));
            String metric = name.substring(name.indexOf('.') + 1);
            double[] values = of(samples, measurement).stream().mapToDouble(sample -> value(sample, metric))
                    .filter(value -> !Double.isNaN(value)).sorted().toArray();
            if (values.length > 0) {
                table.row("  " + metric, Text.millis(percentile(values, 0.5)), Text.millis(percentile(values, 0.95)),
                        description(samples, measurement, metric));
            }
        }
        return table;
    }

    private static Table viewerLines(List<Sample> samples) {
        Table table = new Table("  VIEWER", ">TARGET", ">SENT", ">RTT", ">LOSS", ">JITTER", ">NACKED", ">DROPPED");
        for (String viewer : new TreeSet<>(samples.stream().map(sample -> sample.tags().getOrDefault("viewer", "")).toList())) {
            List<Sample> own = samples.stream().filter(sample -> viewer.equals(sample.tags().get("viewer"))).toList();
            Sample last = own.get(own.size() - 1);
            table.row("  " + viewer, Text.kilobits(value(last, "target")), Text.kilobits(8 * rate(own, "sent_bytes")),
                    Text.millis(value(last, "rtt")), Text.percent(value(last, "loss")), Text.millis(value(last, "jitter")),
                    Text.count(growth(own, "nacked")),
                    Text.count(growth(own, "dropped_awaiting_key") + growth(own, "dropped_overrun")));
        }
        return table;
    }

    /** A table that has only its headings says nothing. */
    private static void print(Table table, PrintStream out, int width) {
        List<String> lines = table.lines(width);
        if (lines.size() > 1) {
            lines.forEach(out::println);
        }
    }

    private static List<Sample> of(List<Sample> samples, String measurement) {
        return samples.stream().filter(sample -> sample.measurement().name().equals(measurement)).toList();
    }

    /** NaN where the measurement has no such metric. */
    private static double value(Sample sample, String metric) {
        List<Metric> metrics = sample.measurement().metrics();
        for (int i = 0; i < metrics.size(); i++) {
            if (metrics.get(i).name().equals(metric)) {
                return sample.values()[i];
            }
        }
        return Double.NaN;
    }

    private static String description(List<Sample> samples, String measurement, String metric) {
        return of(samples, measurement).get(0).measurement().metrics().stream()
                .filter(each -> each.name().equals(metric)).findFirst().orElseThrow().description().toLowerCase(Locale.ROOT);
    }

    private static double growth(List<Sample> samples, String counter) {
        return value(samples.get(samples.size() - 1), counter) - value(samples.get(0), counter);
    }

    private static double seconds(List<Sample> samples) {
        return (samples.get(samples.size() - 1).nanos() - samples.get(0).nanos()) / 1e9;
    }

    /** NaN from fewer than two samples. */
    private static double rate(List<Sample> samples, String counter) {
        return samples.size() < 2 ? Double.NaN : growth(samples, counter) / seconds(samples);
    }

    private static String perSecond(List<Sample> samples, String counter) {
        return Text.number(rate(samples, counter)) + "/s";
    }

    private static String span(List<Sample> samples) {
        return Text.number(seconds(samples)) + " s";
    }

    /** Nearest rank. */
    private static double percentile(double[] sorted, double fraction) {
        return sorted[Math.max(0, (int) Math.ceil(fraction * sorted.length) - 1)];
    }

    @Override
    public void close() {
        if (registration != null) {
            registration.unregister();
        }
    }
}
