package revcam.telemetry.prometheus;

import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.Settings;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;

/**
 * Keeps what {@link MetricsPage} shows. A component of its own, without references: the engine refers to it, and the page to
 * those whom the engine serves.
 */
@Component(
        configurationPid = PrometheusExporter.PID,
        service = {TelemetryExporter.class, PrometheusExporter.class},
        property = TelemetryExporter.NAME + "=prometheus")
@Designate(ocd = PrometheusExporter.Config.class)
public final class PrometheusExporter implements TelemetryExporter {

    static final String PID = "revcam.telemetry.prometheus";

    private static final Logger LOG = LoggerFactory.getLogger(PrometheusExporter.class);

    /** Settings of this exporter. */
    @ObjectClassDefinition(name = "RevCam telemetry for Prometheus", description = "Samples at /metrics.")
    @interface Config {

        @AttributeDefinition(description = "Measurements that are not shown, separated by commas")
        String exclude() default "";
    }

    private final SeriesTable table = new SeriesTable();
    private volatile Set<String> excluded;
    private boolean overflowed; // the exporter's thread

    @Activate
    public PrometheusExporter(Map<String, Object> properties) {
        modified(properties);
    }

    @Modified
    void modified(Map<String, Object> properties) {
        excluded = Settings.read(PID, Config.class, properties, excluded,
                settings -> Set.copyOf(settings.list("exclude")), LOG::error);
    }

    @Override
    public void export(List<Sample> batch) {
        Set<String> hidden = excluded;
        long now = System.nanoTime();
        for (Sample sample : batch) {
            if (!hidden.contains(sample.measurement().name())) {
                table.take(sample, now);
            }
        }
        if (table.refused() > 0 && !overflowed) {
            overflowed = true;
            LOG.warn("{} shows the first {} combinations of measurement and tags, further ones are left out: does a plug-in"
                    + " put something into a tag that never repeats?", MetricsPage.PATH, SeriesTable.MAX_SERIES);
        }
    }

    @Override
    public long lostSamples() {
        return table.refused();
    }

    /** What there is to show now; any thread. */
    MetricSnapshots snapshots() {
        return table.snapshots(System.nanoTime());
    }
}
