package revcam.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What every handler does with an exchange. */
public final class Exchanges {

    /** A client that is still sending when it is refused reads the refusal only if its bytes are taken off the line. */
    private static final int DRAIN_BYTES = 1 << 20;

    private Exchanges() {}

    /** Answers with text in UTF-8 and ends the exchange. */
    public static void send(HttpExchange exchange, int status, String contentType, String body) throws IOException {
        send(exchange, status, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers and ends the exchange; a HEAD request gets the headers alone. */
    public static void send(HttpExchange exchange, int status, String contentType, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", contentType);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
                out.flush();
                drain(exchange.getRequestBody());
            }
        }
    }

    /** Answers with headers alone and ends the exchange. */
    public static void send(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
    }

    /**
     * The request's body.
     *
     * @throws HttpProblem 413 when it is longer
     */
    public static byte[] body(HttpExchange exchange, int maxBytes) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(maxBytes + 1);
        if (body.length > maxBytes) {
            throw new HttpProblem(413, "The body is longer than the " + maxBytes + " bytes that are taken here.")
                    .with("Connection", "close");
        }
        return body;
    }

    /** The media type of the request's body without its parameters, in lower case; empty when it names none. */
    public static String contentType(HttpExchange exchange) {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        return type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT);
    }

    /**
     * Whether a person or program on this machine asks, and nobody else through it: the peer is a loopback address, the
     * name asked for is this machine's own (a foreign one may be DNS rebinding), and no proxy says that it passes
     * something on.
     */
    public static boolean isLocal(HttpExchange exchange) {
        Headers headers = exchange.getRequestHeaders();
        return exchange.getRemoteAddress().getAddress().isLoopbackAddress()
                && isLoopbackName(hostName(headers.getFirst("Host")))
                && !headers.containsKey("Forwarded")
                && !headers.containsKey("X-Forwarded-For")
                && !headers.containsKey("X-Real-IP")
                && !headers.containsKey("Via");
    }

    /**
     * Whether a browser sends this for a page of another origin (RFC 6454), which must not act in its user's name.
     * Other programs do not say where they come from and are not meant.
     *
     * @param allowed origins that may, such as {@code https://home.example}
     */
    public static boolean isForeign(HttpExchange exchange, List<String> allowed) {
        Headers headers = exchange.getRequestHeaders();
        String origin = headers.getFirst("Origin");
        if (origin == null) {
            return "cross-site".equals(headers.getFirst("Sec-Fetch-Site"));
        }
        String scheme = exchange instanceof HttpsExchange ? "https://" : "http://";
        return !allowed.contains(origin) && !origin.equalsIgnoreCase(scheme + headers.getFirst("Host"));
    }

    /** The host of a Host header (RFC 9110, section 7.2) without its port, in lower case; empty for none. */
    public static String hostName(String header) {
        if (header == null) {
            return "";
        }
        try {
            String host = URI.create("http://" + header).getHost();
            return host == null ? "" : host.toLowerCase(java.util.Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static boolean isLoopbackName(String host) {
        return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.\\d{1,3}){3}");
    }

    private static void drain(InputStream in) throws IOException {
        byte[] buffer = new byte[8192];
        int total = 0;
        for (int n; total < DRAIN_BYTES && (n = in.read(buffer)) >= 0; total += n) {}
    }
}
