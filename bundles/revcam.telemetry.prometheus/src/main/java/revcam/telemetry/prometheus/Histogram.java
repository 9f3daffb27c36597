package revcam.telemetry.prometheus;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import java.util.Arrays;
import revcam.api.telemetry.Unit;

/** Observations, counted by size since the first. Not thread-safe. */
final class Histogram {

    private final double[] bounds;
    private final long[] counts;
    private double sum;

    Histogram(Unit unit) {
        bounds = Names.bounds(unit);
        counts = new long[bounds.length + 1];
    }

    /** @param value in the base unit */
    void observe(double value) {
        int bucket = Arrays.binarySearch(bounds, value);
        counts[bucket < 0 ? -bucket - 1 : bucket]++;
        sum += value;
    }

    double sum() {
        return sum;
    }

    ClassicHistogramBuckets buckets() {
        double[] all = Arrays.copyOf(bounds, counts.length);
        all[bounds.length] = Double.POSITIVE_INFINITY;
        return ClassicHistogramBuckets.of(all, counts);
    }
}
