package revcam.api.telemetry;

import java.util.Objects;

/**
 * One number that a {@link Measurement} carries.
 *
 * @param name snake_case, without the unit
 * @param kind how values over time relate
 */
public record Metric(String name, Kind kind, Unit unit, String description) {

    /** How values over time relate. */
    public enum Kind {
        /** A value at one moment. */
        GAUGE,
        /** A running total since the source started. */
        COUNTER,
        /** One observation of a distribution. */
        OBSERVATION
    }

    public Metric {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(unit);
    }

    public static Metric gauge(String name, Unit unit, String description) {
        return new Metric(name, Kind.GAUGE, unit, description);
    }

    public static Metric counter(String name, Unit unit, String description) {
        return new Metric(name, Kind.COUNTER, unit, description);
    }

    public static Metric observation(String name, Unit unit, String description) {
        return new Metric(name, Kind.OBSERVATION, unit, description);
    }
}
