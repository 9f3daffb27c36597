package revcam.api.telemetry;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** Takes samples from anyone; the engine's service. */
@ProviderType
public interface Telemetry {

    /**
     * Queues a sample for the exporters. Any thread; never blocks. When the exporters fall behind, samples are dropped
     * and counted, never video.
     */
    void publish(Sample sample);

    /**
     * The same for who must not allocate, as what comes with each picture on a media thread: nothing of the arguments is kept but
     * measurement and tags.
     *
     * @param wallMillis when, Unix time in milliseconds
     * @param nanos when, {@link System#nanoTime()}
     * @param values one per metric of the measurement, in its order; copied, so the array may be used again at once
     * @throws IllegalArgumentException they are not as many
     */
    default void publish(Measurement measurement, long wallMillis, long nanos, Map<String, String> tags, double[] values) {
        publish(new Sample(measurement, wallMillis, nanos, tags, values.clone()));
    }
}
