package revcam.telemetry.influx;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;

/** Takes what is posted, and answers as told. */
final class FakeDatabase implements AutoCloseable {

    record Post(String method, String path, String query, String authorization, boolean gzipped, String body) {}

    final List<Post> posts = new CopyOnWriteArrayList<>();
    final StringBuffer taken = new StringBuffer();
    volatile int status = 204;
    volatile String answer = "";
    volatile String retryAfter;
    volatile int mostBytes = Integer.MAX_VALUE;
    private final HttpServer server;

    FakeDatabase() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        boolean gzipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        try (exchange; InputStream in = exchange.getRequestBody()) {
            byte[] bytes = (gzipped ? new GZIPInputStream(in) : in).readAllBytes();
            String body = new String(bytes, StandardCharsets.UTF_8);
            posts.add(new Post(exchange.getRequestMethod(), exchange.getRequestURI().getPath(),
                    exchange.getRequestURI().getRawQuery(), exchange.getRequestHeaders().getFirst("Authorization"), gzipped,
                    body));
            int now = bytes.length > mostBytes ? 413 : status;
            if (now == 204) {
                taken.append(body);
                exchange.sendResponseHeaders(204, -1);
                return;
            }
            if (retryAfter != null) {
                exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            if (now == 401) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"InfluxDB\"");
            }
            if (now == 307) {
                exchange.getResponseHeaders().set("Location", url() + "/elsewhere");
            }
            byte[] text = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(now, text.length == 0 ? -1 : text.length);
            if (text.length > 0) {
                exchange.getResponseBody().write(text);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
