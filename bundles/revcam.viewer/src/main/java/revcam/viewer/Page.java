package revcam.viewer;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Component;
import revcam.http.Exchanges;
import revcam.http.HttpPath;
import revcam.http.HttpProblem;

/**
 * Serves the page's files, which are those named here and no others. Browsers keep them and ask whether they are still
 * the same, so that a new version of this bundle shows at the next load.
 */
@Component(service = HttpHandler.class)
@HttpPath("/")
public final class Page implements HttpHandler {

    private static final String SCRIPT = "text/javascript; charset=utf-8";

    private static final Map<String, String> TYPES = Map.of(
            "index.html", "text/html; charset=utf-8",
            "viewer.css", "text/css; charset=utf-8",
            "viewer.js", SCRIPT,
            "whep.js", SCRIPT,
            "figures.js", SCRIPT,
            "latency.js", SCRIPT,
            "icon.svg", "image/svg+xml",
            "manifest.webmanifest", "application/manifest+json");

    private record Resource(byte[] bytes, String etag) {}

    private final Map<String, Resource> resources = new ConcurrentHashMap<>();

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String name = path.equals("/") ? "index.html" : path.substring(1);
        String type = TYPES.get(name);
        if (type == null) {
            throw new HttpProblem(404, "There is no such file; the page is at /.");
        }
        String method = exchange.getRequestMethod();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            throw new HttpProblem(405, "The page can only be read.").with("Allow", "GET, HEAD");
        }
        Resource resource = resources.computeIfAbsent(name, Page::load);
        Headers headers = exchange.getResponseHeaders();
        headers.set("Cache-Control", "no-cache");
        headers.set("ETag", resource.etag);
        if (exchange.getRequestHeaders().getOrDefault("If-None-Match", java.util.List.of()).contains(resource.etag)) {
            Exchanges.send(exchange, 304);
        } else {
            Exchanges.send(exchange, 200, type, resource.bytes);
        }
    }

    private static Resource load(String name) {
        try (InputStream in = Page.class.getResourceAsStream("page/" + name)) {
            byte[] bytes = in.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new Resource(bytes, '"' + HexFormat.of().formatHex(digest, 0, 12) + '"');
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(name, e);
        }
    }
}
