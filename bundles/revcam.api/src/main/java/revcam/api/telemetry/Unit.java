package revcam.api.telemetry;

/** Units of metrics; the names are those that OpenMetrics puts behind a metric's name. */
public enum Unit {
    NANOSECONDS, BYTES, BITS_PER_SECOND, FRAMES, PACKETS, RATIO, COUNT, CELSIUS, HERTZ, DECIBEL_MILLIWATTS;

    public String suffix() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
