package revcam.api.telemetry;

import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Carries samples out of the process; published as an OSGi service with the property {@link #NAME}. Every exporter
 * present gets every sample.
 */
@ConsumerType
public interface TelemetryExporter {

    /** Service property: the name that configuration and people use, such as {@code jsonl}. */
    String NAME = "revcam.telemetry";

    /**
     * Takes a batch, oldest first. Called on the telemetry thread, about once a second, so it may block briefly; the
     * list is borrowed, the samples may be kept.
     *
     * @throws IOException the batch is lost; it is logged once until a batch succeeds again
     */
    void export(List<Sample> batch) throws IOException;

    /**
     * Samples that {@link #export} accepted and that were lost all the same, since the start: for an exporter that sends
     * later. Called after {@link #export}, on the same thread.
     */
    default long lostSamples() {
        return 0;
    }
}
