package revcam.stream;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Sample;

/**
 * Samples on their way to the exporters, bounded. Many threads put them in, one takes them out. Places are used again, so that
 * who puts values in allocates nothing once so many have been waiting at a time before; the sample is made by who takes it out.
 */
final class SampleQueue {

    /** More places than that are made when they are needed, and not kept. */
    private static final int KEPT = 1024;

    /** One sample, or what one is made of. Belongs to whoever has it out of either queue. */
    private static final class Place {
        private Sample sample;
        private Measurement measurement;
        private long wallMillis;
        private long nanos;
        private Map<String, String> tags;
        /** Grows to what was the most; {@link #count} of them are this sample's. */
        private double[] values = {};
        private int count;

        void fill(Measurement measurement, long wallMillis, long nanos, Map<String, String> tags, double[] values) {
            this.measurement = measurement;
            this.wallMillis = wallMillis;
            this.nanos = nanos;
            this.tags = tags;
            count = values.length;
            if (this.values.length < count) {
                this.values = new double[count];
            }
            System.arraycopy(values, 0, this.values, 0, count);
        }

        Sample take() {
            Sample taken = sample != null
                    ? sample
                    : new Sample(measurement, wallMillis, nanos, tags, Arrays.copyOf(values, count));
            clear();
            return taken;
        }

        void clear() {
            sample = null;
            measurement = null;
            tags = null;
        }
    }

    private final BlockingQueue<Place> waiting;
    private final BlockingQueue<Place> free = new ArrayBlockingQueue<>(KEPT);

    SampleQueue(int capacity) {
        waiting = new ArrayBlockingQueue<>(capacity);
    }

    /** @return false when there is no room */
    boolean offer(Sample sample) {
        Place place = place();
        place.sample = sample;
        return offer(place);
    }

    /** The values are copied. @return false when there is no room */
    boolean offer(Measurement measurement, long wallMillis, long nanos, Map<String, String> tags, double[] values) {
        if (values.length != measurement.metrics().size()) {
            throw new IllegalArgumentException(measurement.name() + " has " + measurement.metrics().size()
                    + " metrics, not " + values.length);
        }
        Place place = place();
        place.fill(measurement, wallMillis, nanos, tags, values);
        return offer(place);
    }

    private Place place() {
        Place place = free.poll();
        return place == null ? new Place() : place;
    }

    private boolean offer(Place place) {
        if (waiting.offer(place)) {
            return true;
        }
        place.clear();
        free.offer(place);
        return false;
    }

    /** Takes all that wait, oldest first. */
    void drainTo(Collection<Sample> batch) {
        for (Place place; (place = waiting.poll()) != null; ) {
            batch.add(place.take());
            free.offer(place);
        }
    }
}
