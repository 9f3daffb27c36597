package revcam.api.telemetry;

import java.util.Map;

/**
 * One sampling of a measurement.
 *
 * @param wallMillis when, Unix time in milliseconds
 * @param nanos when, {@link System#nanoTime()}
 * @param tags what it belongs to, such as {@code stream=main}, {@code viewer=3}, {@code type=key}; few and of few values
 * @param values one per metric of the measurement, in its order; NaN where unknown. Not to be changed.
 */
public record Sample(Measurement measurement, long wallMillis, long nanos, Map<String, String> tags, double[] values) {

    public Sample {
        if (values.length != measurement.metrics().size()) {
            throw new IllegalArgumentException(measurement.name() + " has " + measurement.metrics().size()
                    + " metrics, not " + values.length);
        }
    }
}
