package revcam.telemetry.prometheus;

import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.PrometheusNaming;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Unit;

/**
 * From the names and units of samples to those of OpenMetrics 1.0: {@code revcam_viewer_rtt_seconds}. Units are base
 * units, so times become seconds and bits a second bytes a second; counters get their {@code _total} from the writer.
 */
final class Names {

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double BITS_PER_BYTE = 8;

    private static final double[] SECONDS = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.033, 0.05, 0.1, 0.2, 0.5, 1};
    private static final double[] BYTES = {500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5};
    private static final double[] PACKETS = {1, 2, 5, 10, 20, 50, 100, 200, 500};
    private static final double[] RATIOS = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};
    private static final double[] OTHERS = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7};

    private Names() {}

    static MetricMetadata metadata(Measurement measurement, Metric metric) {
        String unit = unit(metric.unit());
        // Reserved suffixes, which a plug-in's names may have, go; the writer puts the right one behind a counter.
        String name = PrometheusNaming.sanitizeMetricName(PrometheusNaming.prometheusName(
                "revcam_" + measurement.name() + "_" + metric.name()));
        if (unit == null) {
            return new MetricMetadata(name, metric.description());
        }
        return new MetricMetadata(name.endsWith("_" + unit) ? name : name + "_" + unit, metric.description(),
                new io.prometheus.metrics.model.snapshots.Unit(unit));
    }

    private static String unit(Unit unit) {
        return switch (unit) {
            case NANOSECONDS -> "seconds";
            case BITS_PER_SECOND -> "bytes_per_second";
            case COUNT -> null;
            default -> unit.suffix();
        };
    }

    static double inBaseUnit(Unit unit, double value) {
        return switch (unit) {
            case NANOSECONDS -> value / NANOS_PER_SECOND;
            case BITS_PER_SECOND -> value / BITS_PER_BYTE;
            default -> value;
        };
    }

    /** Upper bounds of a histogram's buckets, in base units; one more, without a bound, comes after them. */
    static double[] bounds(Unit unit) {
        return switch (unit) {
            case NANOSECONDS -> SECONDS;
            case BYTES -> BYTES;
            case PACKETS -> PACKETS;
            case RATIO -> RATIOS;
            default -> OTHERS;
        };
    }
}
