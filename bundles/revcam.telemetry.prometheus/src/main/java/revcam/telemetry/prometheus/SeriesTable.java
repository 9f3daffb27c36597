package revcam.telemetry.prometheus;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.PrometheusNaming;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Metric.Kind;
import revcam.api.telemetry.Sample;

/**
 * What there is to fetch: of gauges and counters the latest value, of observations a histogram. All that belongs to a
 * viewer goes ten seconds after its last sample; anything else after five minutes, as Prometheus itself would forget it,
 * or after three of its intervals when those are longer. Told the time; thread-safe.
 */
final class SeriesTable {

    /** More than four streams with ten viewers each have; beyond it, tags are out of hand and new ones are not taken. */
    static final int MAX_SERIES = 512;

    private static final String STREAM = "stream";
    private static final String VIEWER = "viewer";
    private static final long VIEWER_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long OTHERS_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final int INTERVALS = 3;
    private static final Set<String> TAKEN_LABELS = Set.of("le", "quantile");
    private static final String NAMELESS_LABEL = "tag";

    private record Key(String measurement, Map<String, String> tags) {}

    /** Whose end is the end of its series. */
    private static final class Source {
        final long patienceNanos;
        final int intervals;
        long seenNanos;
        long intervalNanos;

        /** @param intervals between its samples that it may stay away, should that be longer */
        Source(long patienceNanos, int intervals, long now) {
            this.patienceNanos = patienceNanos;
            this.intervals = intervals;
            seenNanos = now;
        }

        void seen(long now) {
            intervalNanos = now - seenNanos;
            seenNanos = now;
        }

        boolean isGone(long now) {
            return now - seenNanos > Math.max(patienceNanos, intervals * intervalNanos);
        }
    }

    /** One measurement with one set of tags. */
    private static final class Series {
        final Measurement measurement;
        final Labels labels;
        final Source source;
        final double[] latest;
        final Histogram[] histograms;

        Series(Measurement measurement, Labels labels, Source source) {
            this.measurement = measurement;
            this.labels = labels;
            this.source = source;
            latest = new double[measurement.metrics().size()];
            histograms = new Histogram[latest.length];
            for (int i = 0; i < latest.length; i++) {
                Metric metric = measurement.metrics().get(i);
                histograms[i] = metric.kind() == Kind.OBSERVATION ? new Histogram(metric.unit()) : null;
            }
        }

        void take(double[] values) {
            for (int i = 0; i < values.length; i++) {
                double value = Names.inBaseUnit(measurement.metrics().get(i).unit(), values[i]);
                latest[i] = value;
                if (histograms[i] != null && Double.isFinite(value)) {
                    histograms[i].observe(value);
                }
            }
        }
    }

    private final Map<Key, Series> series = new LinkedHashMap<>();
    private final Map<Key, Source> viewers = new HashMap<>();
    private long refused;

    synchronized void take(Sample sample, long now) {
        Key key = new Key(sample.measurement().name(), sample.tags());
        Series known = series.get(key);
        // A bundle that was replaced may measure something else under the old name.
        if (known == null || !known.measurement.equals(sample.measurement())) {
            if (known == null && series.size() >= MAX_SERIES) {
                expire(now);
                if (series.size() >= MAX_SERIES) {
                    refused++;
                    return;
                }
            }
            known = new Series(sample.measurement(), labels(sample.tags()), source(sample, now));
            series.put(key, known);
        }
        known.source.seen(now);
        known.take(sample.values());
    }

    /** Samples that were not taken because there are too many combinations of tags. */
    synchronized long refused() {
        return refused;
    }

    private Source source(Sample sample, long now) {
        Map<String, String> tags = sample.tags();
        if (!tags.containsKey(VIEWER)) {
            return new Source(OTHERS_NANOS, INTERVALS, now);
        }
        Key viewer = new Key(tags.getOrDefault(STREAM, ""), Map.of(VIEWER, tags.get(VIEWER)));
        return viewers.computeIfAbsent(viewer, key -> new Source(VIEWER_NANOS, 0, now));
    }

    private static Labels labels(Map<String, String> tags) {
        Labels.Builder labels = Labels.builder();
        Set<String> names = new HashSet<>();
        for (Map.Entry<String, String> tag : new TreeMap<>(tags).entrySet()) {
            String name = label(tag.getKey());
            // Two tags may come to one name; those that a histogram uses itself are taken.
            while (TAKEN_LABELS.contains(name) || !names.add(name)) {
                name += "_";
            }
            labels.label(name, tag.getValue());
        }
        return labels.build();
    }

    private static String label(String tag) {
        if (tag.isEmpty()) {
            return NAMELESS_LABEL;
        }
        // Metrics may have colons in their names, labels not; and two underscores in front are Prometheus's own.
        String name = PrometheusNaming.prometheusName(PrometheusNaming.sanitizeLabelName(tag)).replace(':', '_')
                .replaceFirst("^__+", "_");
        return name.equals("_") ? NAMELESS_LABEL : name;
    }

    private void expire(long now) {
        series.values().removeIf(each -> each.source.isGone(now));
        viewers.values().removeIf(source -> source.isGone(now));
    }

    synchronized MetricSnapshots snapshots(long now) {
        expire(now);
        Map<String, List<Series>> byMeasurement = new TreeMap<>();
        for (Series each : series.values()) {
            byMeasurement.computeIfAbsent(each.measurement.name(), name -> new ArrayList<>()).add(each);
        }
        Map<String, MetricSnapshot> families = new LinkedHashMap<>();
        for (List<Series> group : byMeasurement.values()) {
            Measurement latest = group.get(group.size() - 1).measurement;
            // Of one name with two declarations, as while a bundle is replaced, the later counts.
            List<Series> alike = group.stream().filter(each -> each.measurement.equals(latest)).toList();
            for (int i = 0; i < latest.metrics().size(); i++) {
                MetricMetadata metadata = Names.metadata(latest, latest.metrics().get(i));
                MetricSnapshot family = family(metadata, latest.metrics().get(i).kind(), alike, i);
                if (family != null) {
                    families.putIfAbsent(metadata.getPrometheusName(), family);
                }
            }
        }
        return new MetricSnapshots(families.values());
    }

    /** Null when nothing is known of it. */
    private static MetricSnapshot family(MetricMetadata metadata, Kind kind, List<Series> group, int index) {
        switch (kind) {
            case COUNTER -> {
                List<CounterDataPointSnapshot> points = new ArrayList<>();
                for (Series each : group) {
                    if (each.latest[index] >= 0) {
                        points.add(new CounterDataPointSnapshot(each.latest[index], each.labels, null, 0));
                    }
                }
                return points.isEmpty() ? null : new CounterSnapshot(metadata, points);
            }
            case GAUGE -> {
                List<GaugeDataPointSnapshot> points = new ArrayList<>();
                for (Series each : group) {
                    if (!Double.isNaN(each.latest[index])) {
                        points.add(new GaugeDataPointSnapshot(each.latest[index], each.labels, null));
                    }
                }
                return points.isEmpty() ? null : new GaugeSnapshot(metadata, points);
            }
            default -> {
                List<HistogramDataPointSnapshot> points = new ArrayList<>();
                for (Series each : group) {
                    Histogram histogram = each.histograms[index];
                    points.add(HistogramDataPointSnapshot.builder().classicHistogramBuckets(histogram.buckets())
                            .sum(histogram.sum()).labels(each.labels).build());
                }
                return new HistogramSnapshot(metadata, points);
            }
        }
    }
}
