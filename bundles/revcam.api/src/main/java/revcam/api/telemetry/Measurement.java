package revcam.api.telemetry;

import java.util.List;

/**
 * A named set of metrics that are sampled together: one line of JSON, one line of the InfluxDB protocol, one group of
 * Prometheus families. Declare it once, as a constant.
 *
 * @param name snake_case, such as {@code frame} or {@code viewer}
 * @param metrics in the order of {@link Sample#values}
 */
public record Measurement(String name, List<Metric> metrics) {

    public Measurement {
        metrics = List.copyOf(metrics);
    }

    public static Measurement of(String name, Metric... metrics) {
        return new Measurement(name, List.of(metrics));
    }
}
