package revcam.telemetry.prometheus;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import revcam.http.AccessControl;
import revcam.http.Exchanges;
import revcam.http.HttpPath;
import revcam.http.HttpProblem;

/**
 * Shows the samples at {@code /metrics}, as OpenMetrics 1.0 to those who take it and in the older text format of
 * Prometheus to others, browsers among them. Who may read is {@link AccessControl}'s to say; while it is not there, nobody.
 */
@Component(service = HttpHandler.class)
@HttpPath(MetricsPage.PATH)
public final class MetricsPage implements HttpHandler {

    static final String PATH = "/metrics";

    /** Names keep to the old alphabet, whatever plug-ins call theirs, so that nothing has to be escaped. */
    private static final EscapingScheme ESCAPING = EscapingScheme.UNDERSCORE_ESCAPING;

    private final PrometheusExporter exporter;
    private final ExpositionFormatWriter openMetrics = new OpenMetricsTextFormatWriter(false, false);
    private final ExpositionFormatWriter text = PrometheusTextFormatWriter.create();
    private volatile int lastBytes = 4096;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile AccessControl access;

    @Activate
    public MetricsPage(@Reference PrometheusExporter exporter) {
        this.exporter = exporter;
    }

    /** For tests. */
    MetricsPage(PrometheusExporter exporter, AccessControl access) {
        this(exporter);
        this.access = access;
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
        writer.write(body, exporter.snapshots(), ESCAPING);
        lastBytes = body.size();
        exchange.getResponseHeaders().set("Vary", "Accept");
        Exchanges.send(exchange, 200, writer.getContentType(), body.toByteArray());
    }
}
