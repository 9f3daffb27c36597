package revcam.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import revcam.http.Exchanges;
import revcam.http.HttpPath;
import revcam.http.Json;
import revcam.testkit.FakeExchange;

/** Whatever asks for whatever under whatever name, each request has one answer, and none of them is that we broke. */
class HttpFuzzTest {

    private static final InetSocketAddress REMOTE = new InetSocketAddress("192.0.2.7", 4711);
    private static final WebServer SERVER = server();

    private static WebServer server() {
        BundleContext context = (BundleContext) Proxy.newProxyInstance(HttpFuzzTest.class.getClassLoader(),
                new Class<?>[] {BundleContext.class}, (proxy, method, arguments) -> null);
        WebServer server = new WebServer(context, Map.of("port", 0, "listen", "127.0.0.1", "hosts", "camera.example"));
        server.mount(at("/", 1), exchange -> Exchanges.send(exchange, 200, "text/plain", "page"));
        server.mount(at("/api/streams", 2), exchange -> {
            boolean local = Exchanges.isLocal(exchange);
            assertTrue(!local, "another machine");
            Exchanges.send(exchange, Exchanges.isForeign(exchange, List.of()) ? 403 : 200, "text/plain",
                    Exchanges.contentType(exchange));
        });
        return server;
    }

    private static ServiceReference<HttpHandler> at(String path, int ranking) {
        @SuppressWarnings("unchecked")
        ServiceReference<HttpHandler> reference = (ServiceReference<HttpHandler>) Proxy.newProxyInstance(
                HttpFuzzTest.class.getClassLoader(), new Class<?>[] {ServiceReference.class}, (proxy, method, arguments) ->
                        switch (method.getName()) {
                            case "getProperty" -> arguments[0].equals(HttpPath.NAME) ? path : null;
                            case "compareTo" -> proxy == arguments[0] ? 0 : 1;
                            case "hashCode" -> ranking;
                            case "equals" -> proxy == arguments[0];
                            default -> null;
                        });
        return reference;
    }

    static Stream<byte[]> requests() {
        return Stream.of("GET /api/streams HTTP/1.1\nHost: 192.0.2.1:8080\nOrigin: http://evil.example\n\n",
                "POST /api/streams/x?y=z HTTP/1.1\nHost: camera.example\nContent-Type: application/sdp;x\n\nv=0",
                "POST /api/streams HTTP/1.1\nHost: evil.example\0\n\n",
                "HEAD /a%2fb/../c HTTP/1.1\nHost: [::1]:80\n\n", "OPTIONS //x HTTP/1.1\nHost: a:b:c\nHost: d\n\n",
                "GET /api/streams HTTP/1.1\nHost: localhost\nForwarded: for=1\nSec-Fetch-Site: cross-site\n\n")
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("requests")
    @FuzzTest(maxDuration = "5m")
    void request(byte[] data) throws IOException {
        FakeExchange exchange = FakeExchange.read(data, REMOTE);
        if (exchange == null) {
            return;
        }
        SERVER.handle(exchange);
        assertTrue(exchange.getResponseCode() >= 200 && exchange.getResponseCode() != 500,
                () -> exchange.getResponseCode() + " for " + exchange.getRequestURI());
        String host = exchange.getRequestHeaders().getFirst("Host");
        if (host != null && host.matches("evil\\.example(:\\d+)?")) {
            // 400 where what follows makes it no name at all.
            int status = exchange.getResponseCode();
            assertTrue(status == 403 || status == 400, () -> "DNS rebinding: " + status);
        }
        assertEquals("nosniff", exchange.getResponseHeaders().getFirst("X-Content-Type-Options"));
    }

    static Stream<byte[]> texts() {
        return Stream.of("main", "a \"b\" \\ \n\t\u0000", "\ud800x", "é\u2028").map(text -> text.getBytes(StandardCharsets.UTF_16BE));
    }

    /** Any text becomes a JSON string that stands for it. */
    @MethodSource("texts")
    @FuzzTest(maxDuration = "5m")
    void json(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_16BE);
        String json = new Json().object().field(text, text).field("n", data.length).end().toString();
        StringBuilder read = new StringBuilder();
        int at = 2;
        while (json.charAt(at) != '"') {
            char c = json.charAt(at++);
            assertTrue(c >= ' ' && !Character.isSurrogate(c), "raw");
            if (c == '\\') {
                char escape = json.charAt(at++);
                if (escape == 'u') {
                    read.append((char) Integer.parseInt(json.substring(at, at + 4), 16));
                    at += 4;
                } else {
                    assertTrue(escape == '"' || escape == '\\');
                    read.append(escape);
                }
            } else {
                read.append(c);
            }
        }
        assertEquals(text, read.toString());
    }
}
