package revcam.telemetry.prometheus;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.Settings;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;
import revcam.http.AccessControl;
import revcam.http.Exchanges;
import revcam.http.HttpPath;
import revcam.http.HttpProblem;

/**
 * Shows the samples at {@code /metrics}, as OpenMetrics 1.0 to those who take it and in the older text format of
 * Prometheus to others, browsers among them. Who may read is {@link AccessControl}'s to say; while it is not there, nobody.
 */
@Component(
        configurationPid = PrometheusExporter.PID,
        service = {TelemetryExporter.class, HttpHandler.class},
        property = TelemetryExporter.NAME + "=prometheus")
@HttpPath(PrometheusExporter.PATH)
@Designate(ocd = PrometheusExporter.Config.class)
public final class PrometheusExporter implements TelemetryExporter, HttpHandler {

    static final String PID = "revcam.telemetry.prometheus";
    static final String PATH = "/metrics";

    private static final Logger LOG = LoggerFactory.getLogger(PrometheusExporter.class);
    /** Names keep to the old alphabet, whatever plug-ins call theirs, so that nothing has to be escaped. */
    private static final EscapingScheme ESCAPING = EscapingScheme.UNDERSCORE_ESCAPING;

    /** Settings of this exporter. */
    @ObjectClassDefinition(name = "RevCam telemetry for Prometheus", description = "Samples at /metrics.")
    @interface Config {

        @AttributeDefinition(description = "Measurements that are not shown, separated by commas")
        String exclude() default "";
    }

    private final SeriesTable table = new SeriesTable();
    private final ExpositionFormatWriter openMetrics = new OpenMetricsTextFormatWriter(false, false);
    private final ExpositionFormatWriter text = PrometheusTextFormatWriter.create();
    private volatile Set<String> excluded;
    private volatile int lastBytes = 4096;
    private boolean overflowed; // the exporter's thread

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile AccessControl access;

    @Activate
    public PrometheusExporter(Map<String, Object> properties) {
        modified(properties);
    }

    /** For tests. */
    PrometheusExporter(Map<String, Object> properties, AccessControl access) {
        this(properties);
        this.access = access;
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
                    + " put something into a tag that never repeats?", PATH, SeriesTable.MAX_SERIES);
        }
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        AccessControl present = access;
        if (present == null) {
            throw new HttpProblem(503, "Nobody is here yet who knows who may read this; try again in a moment.")
                    .with("Retry-After", "1");
        }
        present.check(exchange);
        if (!exchange.getRequestURI().getPath().equals(PATH)) {
            throw new HttpProblem(404, "There is only " + PATH + ".");
        }
        if (!exchange.getRequestMethod().equals("GET") && !exchange.getRequestMethod().equals("HEAD")) {
            throw new HttpProblem(405, "This can only be read.").with("Allow", "GET, HEAD");
        }
        String accept = exchange.getRequestHeaders().getFirst("Accept");
        ExpositionFormatWriter writer = accept != null && openMetrics.accepts(accept) ? openMetrics : text;
        ByteArrayOutputStream body = new ByteArrayOutputStream(lastBytes + lastBytes / 8);
        writer.write(body, table.snapshots(System.nanoTime()), ESCAPING);
        lastBytes = body.size();
        exchange.getResponseHeaders().set("Vary", "Accept");
        Exchanges.send(exchange, 200, writer.getContentType(), body.toByteArray());
    }
}
