package revcam.telemetry.prometheus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Unit;
import revcam.http.AccessControl;
import revcam.http.HttpProblem;

class PrometheusExporterTest {

    private static final Measurement VIEWER = Measurement.of("viewer",
            Metric.counter("sent", Unit.PACKETS, "RTP packets"),
            Metric.counter("sent_bytes", Unit.BYTES, "RTP bytes"),
            Metric.gauge("target", Unit.BITS_PER_SECOND, "Target"),
            Metric.gauge("rtt", Unit.NANOSECONDS, "Round trip"),
            Metric.gauge("loss", Unit.RATIO, "Loss"),
            Metric.counter("pli", Unit.COUNT, "Picture loss indications"));
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0";

    private HttpServer server;
    private volatile AccessControl access = exchange -> { };
    private PrometheusExporter exporter;

    @BeforeEach
    void serve() throws Exception {
        exporter = new PrometheusExporter(Map.of("exclude", "secret"));
        serve(new MetricsPage(exporter, exchange -> access.check(exchange)));
    }

    private void serve(MetricsPage served) throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try {
                served.handle(exchange);
            } catch (HttpProblem problem) {
                problem.send(exchange);
            } finally {
                exchange.close();
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private HttpResponse<String> fetch(String method, String path, String accept) throws Exception {
        HttpRequest.Builder request = HttpRequest
                .newBuilder(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (accept != null) {
            request.header("Accept", accept);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String metrics() throws Exception {
        HttpResponse<String> answer = fetch("GET", "/metrics", OPEN_METRICS);
        assertEquals(200, answer.statusCode(), answer.body());
        return answer.body();
    }

    private static Sample viewer(String viewer, double... values) {
        return new Sample(VIEWER, 1, 1, Map.of("stream", "main", "viewer", viewer), values);
    }

    @Test
    void namesAndUnitsAreThoseOfOpenMetrics() throws Exception {
        exporter.export(List.of(viewer("v1", 12, 3400, 2_000_000, 12_500_000, 0.25, 3)));
        assertEquals("""
                # TYPE revcam_viewer_loss_ratio gauge
                # UNIT revcam_viewer_loss_ratio ratio
                # HELP revcam_viewer_loss_ratio Loss
                revcam_viewer_loss_ratio{stream="main",viewer="v1"} 0.25
                # TYPE revcam_viewer_pli counter
                # HELP revcam_viewer_pli Picture loss indications
                revcam_viewer_pli_total{stream="main",viewer="v1"} 3.0
                # TYPE revcam_viewer_rtt_seconds gauge
                # UNIT revcam_viewer_rtt_seconds seconds
                # HELP revcam_viewer_rtt_seconds Round trip
                revcam_viewer_rtt_seconds{stream="main",viewer="v1"} 0.0125
                # TYPE revcam_viewer_sent_bytes counter
                # UNIT revcam_viewer_sent_bytes bytes
                # HELP revcam_viewer_sent_bytes RTP bytes
                revcam_viewer_sent_bytes_total{stream="main",viewer="v1"} 3400.0
                # TYPE revcam_viewer_sent_packets counter
                # UNIT revcam_viewer_sent_packets packets
                # HELP revcam_viewer_sent_packets RTP packets
                revcam_viewer_sent_packets_total{stream="main",viewer="v1"} 12.0
                # TYPE revcam_viewer_target_bytes_per_second gauge
                # UNIT revcam_viewer_target_bytes_per_second bytes_per_second
                # HELP revcam_viewer_target_bytes_per_second Target
                revcam_viewer_target_bytes_per_second{stream="main",viewer="v1"} 250000.0
                # EOF
                """, metrics());
    }

    @Test
    void whoTakesNoOpenMetricsGetsTheOlderFormat() throws Exception {
        exporter.export(List.of(viewer("v1", 1, 1, 1, 1, 1, 1)));
        for (String accept : new String[] {null, "*/*", "text/html,application/xhtml+xml"}) {
            HttpResponse<String> answer = fetch("GET", "/metrics", accept);
            assertTrue(answer.headers().firstValue("Content-Type").orElseThrow().startsWith("text/plain; version=0.0.4"));
            assertTrue(answer.body().contains("\nrevcam_viewer_rtt_seconds{"), answer.body());
            assertFalse(answer.body().contains("# EOF"));
        }
        assertTrue(fetch("GET", "/metrics", OPEN_METRICS).headers().firstValue("Content-Type").orElseThrow()
                .startsWith("application/openmetrics-text; version=1.0.0"));
    }

    @Test
    void whatIsUnknownIsMissingAndNothingIsAnAnswerToo() throws Exception {
        assertEquals("# EOF\n", metrics());
        exporter.export(List.of(viewer("v1", Double.NaN, 5, Double.NaN, Double.NaN, Double.NaN, Double.NaN)));
        List<String> values = metrics().lines().filter(line -> !line.startsWith("#")).toList();
        assertEquals(List.of("revcam_viewer_sent_bytes_total{stream=\"main\",viewer=\"v1\"} 5.0"), values);
    }

    @Test
    void observationsAreCountedBySize() throws Exception {
        Measurement frame = Measurement.of("frame", Metric.observation("encode", Unit.NANOSECONDS, "Inside the encoder"));
        for (double millis : new double[] {0.1, 0.5, 7, 40, 5_000, Double.NaN}) {
            exporter.export(List.of(new Sample(frame, 1, 1, Map.of("type", "key"), new double[] {millis * 1e6})));
        }
        String text = metrics();
        assertTrue(text.contains("revcam_frame_encode_seconds_bucket{type=\"key\",le=\"5.0E-4\"} 2\n"), text);
        assertTrue(text.contains("_bucket{type=\"key\",le=\"0.01\"} 3\n"), text);
        assertTrue(text.contains("_bucket{type=\"key\",le=\"0.05\"} 4\n"), text);
        assertTrue(text.contains("_bucket{type=\"key\",le=\"+Inf\"} 5\n"), text);
        assertTrue(text.contains("_count{type=\"key\"} 5\n"), text);
        double sum = Double.parseDouble(text.lines().filter(line -> line.contains("_sum")).findFirst().orElseThrow()
                .replaceFirst(".*} ", ""));
        assertEquals(5.0476, sum, 1e-9);
    }

    @Test
    void tagsArriveWhateverIsInThem() throws Exception {
        exporter.export(List.of(viewer("T\u00fcr \"1\", \\ left\n=\ud83d\ude80", 1, 1, 1, 1, 1, 1)));
        assertTrue(metrics().contains("viewer=\"T\u00fcr \\\"1\\\", \\\\ left\\n=\ud83d\ude80\"} 1.0"), metrics());
    }

    /** Names of plug-ins that collide with each other or with what the format keeps for itself do not spoil the rest. */
    @Test
    void strangersNamesDoNoHarm() throws Exception {
        Metric total = Metric.gauge("sum_total", Unit.COUNT, "A reserved suffix");
        Metric other = Metric.counter("target", Unit.BITS_PER_SECOND, "The same family, another kind");
        exporter.export(List.of(
                viewer("v1", 1, 1, 1, 1, 1, 1),
                new Sample(Measurement.of("x-y z", total), 1, 1, Map.of("le", "1", "a.b", "2", "a_b", "3"), new double[] {4}),
                new Sample(Measurement.of("1x", Metric.observation("le", Unit.COUNT, "")), 1, 1, Map.of("le", "1", "", "e"),
                        new double[] {4}),
                new Sample(Measurement.of("viewer_", other), 1, 1, Map.of(), new double[] {4})));
        String text = metrics();
        assertTrue(text.contains("revcam_viewer_rtt_seconds"), text);
        assertTrue(text.matches("(?s).*\\nrevcam_x_y_z_sum\\{a_b=\"2\",a_b_=\"3\",le_=\"1\"} 4.0\\n.*"), text);
        assertTrue(text.endsWith("# EOF\n"));
    }

    @Test
    void whatIsExcludedIsNotShown() throws Exception {
        exporter.export(List.of(new Sample(Measurement.of("secret", Metric.gauge("x", Unit.COUNT, "")), 1, 1, Map.of(),
                new double[] {1})));
        assertEquals("# EOF\n", metrics());
        exporter.modified(Map.of());
        exporter.export(List.of(new Sample(Measurement.of("secret", Metric.gauge("x", Unit.COUNT, "")), 1, 1, Map.of(),
                new double[] {1})));
        assertTrue(metrics().contains("revcam_secret_x 1.0"));
    }

    @Test
    void onlyThoseWhoMayWatchMayRead() throws Exception {
        exporter.export(List.of(viewer("v1", 1, 1, 1, 1, 1, 1)));
        access = exchange -> {
            throw new HttpProblem(401, "no").with("WWW-Authenticate", "Bearer");
        };
        for (String path : new String[] {"/metrics", "/metrics/x"}) {
            HttpResponse<String> answer = fetch("GET", path, OPEN_METRICS);
            assertEquals(401, answer.statusCode());
            assertFalse(answer.body().contains("revcam_"));
        }
        stop();
        serve(new MetricsPage(exporter));
        assertEquals(503, fetch("GET", "/metrics", OPEN_METRICS).statusCode());
    }

    @Test
    void itCanOnlyBeRead() throws Exception {
        HttpResponse<String> post = fetch("POST", "/metrics", OPEN_METRICS);
        assertEquals(405, post.statusCode());
        assertEquals("GET, HEAD", post.headers().firstValue("Allow").orElseThrow());
        assertEquals(404, fetch("GET", "/metrics/viewer", OPEN_METRICS).statusCode());
        assertEquals(200, fetch("HEAD", "/metrics", OPEN_METRICS).statusCode());
    }
}
