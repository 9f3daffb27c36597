package revcam.hotswap;

import java.time.Duration;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.ServiceRegistration;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Stage;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;

/** A good exporter, which counts the samples of each stream. */
final class Collector implements TelemetryExporter, AutoCloseable {

    static final String NAME_HERE = "collector";
    /** Exporters are everybody's: whoever changes them is the only one. */
    static final String EXPORTERS = "the exporters";

    private final Map<String, Integer> samples = new ConcurrentHashMap<>();
    private final ServiceRegistration<TelemetryExporter> registration;

    Collector() {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(NAME, NAME_HERE);
        registration = Wait.CONTEXT.registerService(TelemetryExporter.class, this, properties);
    }

    static Pipeline pipeline() throws InterruptedException {
        return Wait.service(Pipeline.class, "(objectClass=revcam.api.telemetry.Telemetry)");
    }

    static Stage stage(Pipeline pipeline) {
        return Wait.told(pipeline).get(0);
    }

    @Override
    public void export(List<Sample> batch) {
        batch.forEach(sample -> samples.merge(sample.tags().getOrDefault("stream", ""), 1, Integer::sum));
    }

    /** More samples of this stream arrive, in more than one batch. */
    void goesOn(String stream, Duration patience) throws Exception {
        for (int i = 0; i < 2; i++) {
            int before = samples.getOrDefault(stream, 0);
            Wait.until("that samples of " + stream + " are exported", patience,
                    () -> samples.getOrDefault(stream, 0) > before ? null : "none after " + before);
        }
    }

    @Override
    public void close() {
        registration.unregister();
    }
}
