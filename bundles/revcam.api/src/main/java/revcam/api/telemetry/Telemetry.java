package revcam.api.telemetry;

import org.osgi.annotation.versioning.ProviderType;

/** Takes samples from anyone; the engine's service. */
@ProviderType
public interface Telemetry {

    /**
     * Queues a sample for the exporters. Any thread; never blocks. When the exporters fall behind, samples are dropped
     * and counted, never video.
     */
    void publish(Sample sample);
}
