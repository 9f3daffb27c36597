package revcam.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.ServiceReference;
import revcam.http.Exchanges;
import revcam.http.HttpEndpoint;
import revcam.http.HttpProblem;

class WebServerTest {

    private final ServedPort port = new ServedPort();
    private final BlockingQueue<HttpEndpoint> endpoints = port.endpoints;
    private final BlockingQueue<HttpEndpoint> withdrawn = port.withdrawn;
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        port.close();
    }

    @Test
    void handsRequestsToTheNearestHandlerAbove() throws Exception {
        start(Map.of());
        mount(1, text("root"), "/");
        mount(2, text("whep"), "/whep", "/api/time");
        assertEquals("whep", get("/whep").body());
        assertEquals("whep", get("/whep/main/viewers/1").body());
        assertEquals("whep", get("/api/time").body());
        assertEquals("root", get("/whepper").body());
        assertEquals("root", get("/api").body());
        assertEquals("root", get("/api//whep").body());
    }

    @Test
    void handlersComeAndGo() throws Exception {
        start(Map.of());
        HttpResponse<String> early = get("/");
        assertEquals(503, early.statusCode());
        assertEquals("1", header(early, "Retry-After"));
        assertEquals("1", header(early, "Refresh"));
        assertFalse(endpoint().serves("/"));
        var old = mount(1, text("old"), "/");
        var fresh = mount(2, text("new"), "/");
        assertEquals("new", get("/").body());
        port.server.unmount(fresh);
        assertEquals("old", get("/").body());
        port.server.unmount(old);
        assertEquals(503, get("/").statusCode());
    }

    @Test
    void answersProblemsAsJson() throws Exception {
        start(Map.of());
        mount(1, exchange -> {
            throw new HttpProblem(429, "Say \"please\"\n\u0001").with("Retry-After", "7");
        }, "/");
        HttpResponse<String> response = get("/");
        assertEquals(429, response.statusCode());
        assertEquals("7", header(response, "Retry-After"));
        assertEquals("application/problem+json", header(response, "Content-Type"));
        assertEquals("{\"title\":\"Too Many Requests\",\"status\":429,\"detail\":\"Say \\\"please\\\"\\u000a\\u0001\"}",
                response.body());
    }

    @Test
    void aHandlerThatFailsIsAnAnswerAndHarmsNobody() throws Exception {
        start(Map.of());
        mount(1, exchange -> {
            throw new IllegalStateException("broken on purpose");
        }, "/broken");
        mount(2, text("fine"), "/");
        HttpResponse<String> response = get("/broken");
        assertEquals(500, response.statusCode());
        assertFalse(response.body().contains("on purpose"), "what went wrong is for the log alone");
        assertEquals("fine", get("/").body());
    }

    @Test
    void everyAnswerCarriesTheSecurityHeaders() throws Exception {
        start(Map.of());
        HttpResponse<String> response = get("/nothing");
        assertTrue(header(response, "Content-Security-Policy").contains("default-src 'none'"));
        assertTrue(header(response, "Content-Security-Policy").contains("frame-ancestors 'none'"));
        assertEquals("nosniff", header(response, "X-Content-Type-Options"));
        assertEquals("no-referrer", header(response, "Referrer-Policy"));
        assertEquals("no-store", header(response, "Cache-Control"));
    }

    @Test
    void goesByItsOwnNamesOnly() throws Exception {
        start(Map.of("hosts", "camera.example.org, Camera.Fritz.Box"));
        mount(1, text("in"), "/");
        for (String host : List.of("localhost", "127.0.0.1", "192.168.1.20", "[::1]", "[fd00::2]", "zero.local",
                "camera.example.org", "CAMERA.fritz.box")) {
            assertEquals(200, status("GET / HTTP/1.1\r\nHost: " + host + ":8080\r\n\r\n"), host);
        }
        for (String host : List.of("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "local",
                "evil.example.org")) {
            assertEquals(403, status("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), host);
        }
        assertEquals(400, status("GET / HTTP/1.1\r\n\r\n"));
        assertEquals(400, status("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"));
        assertEquals(400, status("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"));
    }

    @Test
    void refusesLongBodiesAndReadsThemOffTheLine() throws Exception {
        start(Map.of());
        mount(1, exchange -> Exchanges.send(exchange, 200, "text/plain", Exchanges.body(exchange, 1000)), "/");
        assertEquals(200, post(new byte[1000]));
        assertEquals(413, post(new byte[1001]));
        // Closed with bytes unread, the connection would be reset and take the answer with it.
        assertEquals(413, status("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n"
                + "x".repeat(900_000)));
        assertEquals(200, post(new byte[0]));
    }

    @Test
    void survivesNonsense() throws Exception {
        start(Map.of());
        mount(1, text("fine"), "/");
        assertEquals(400, status("nonsense\r\n\r\n"));
        assertEquals(400, status("GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        String hugeHeader = "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(100_000) + "\r\n\r\n";
        assertTrue(status(hugeHeader) != 200, "100 kB of headers");
        assertEquals("fine", get("/").body());
    }

    @Test
    void slowRequestsLoseTheirConnection() throws Exception {
        start(Map.of("threads", 2));
        mount(1, text("fine"), "/");
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Socket socket = connect();
            socket.getOutputStream().write("POST / HTTP/1.1\r\nHost: ".getBytes(StandardCharsets.US_ASCII));
            slow.add(socket);
        }
        assertTimeoutPreemptively(Duration.ofSeconds(6), () -> {
            for (Socket socket : slow) {
                assertEquals(0, socket.getInputStream().readAllBytes().length);
            }
            assertEquals("fine", get("/").body());
        });
    }

    @Test
    void whoeverSendsNothingOrHalfABodyLosesTheConnection() throws Exception {
        start(Map.of("threads", 2));
        mount(1, exchange -> Exchanges.send(exchange, 200, "text/plain", Exchanges.body(exchange, 1000)), "/");
        mount(2, text("fine"), "/fine");
        List<Socket> slow = List.of(connect(),
                send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"),
                send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha"));
        for (Socket socket : slow) {
            socket.setSoTimeout(30_000);
            try {
                assertEquals(0, socket.getInputStream().readAllBytes().length);
            } catch (SocketException e) {
                // reset, with bytes unread
            }
        }
        assertEquals("fine", get("/fine").body());
    }

    @Test
    void tooMuchAtOnceIs503() throws Exception {
        start(Map.of("threads", 2));
        CountDownLatch busy = new CountDownLatch(2);
        CountDownLatch free = new CountDownLatch(1);
        mount(1, exchange -> {
            busy.countDown();
            try {
                free.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Exchanges.send(exchange, 200);
        }, "/");
        String request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            sockets.add(send(request));
        }
        assertTrue(busy.await(30, TimeUnit.SECONDS));
        // Two are served, eight wait; among the rest is one that is told so.
        for (int i = 0; i < 9; i++) {
            sockets.add(send(request));
        }
        String refused = assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            while (true) {
                for (Socket socket : sockets) {
                    if (socket.getInputStream().available() > 0) {
                        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    }
                }
                Thread.onSpinWait();
            }
        });
        assertTrue(refused.startsWith("HTTP/1.1 503"), refused);
        assertTrue(refused.contains("Retry-after: 1"), refused);
        free.countDown();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void aPortThatIsTakenIsTriedAgain() throws Exception {
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        start(Map.of("port", taken.getLocalPort(), "listen", "127.0.0.1"));
        assertNull(endpoints.peek());
        taken.close();
        HttpEndpoint endpoint = endpoints.poll(30, TimeUnit.SECONDS);
        assertEquals(URI.create("http://localhost:" + taken.getLocalPort() + "/"), endpoint.local());
        assertEquals(List.of(), endpoint.remote(), "nobody else can connect to a loopback address");
        port.close();
        assertEquals(endpoint, withdrawn.poll(30, TimeUnit.SECONDS));
    }

    @Test
    void anAddressThatIsNotOursIsNotReplacedByAll() throws Exception {
        start(Map.of("listen", "203.0.113.77"));
        assertNull(endpoints.peek());
    }

    @Test
    void aChangeMovesTheServerAndABadOneLeavesItWhereItIs() throws Exception {
        start(Map.of());
        mount(1, text("fine"), "/");
        int first = endpoints.take().local().getPort();
        ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        free.close();
        port.server.modified(Map.of("port", Integer.toString(free.getLocalPort()), "listen", "127.0.0.1"));
        assertEquals(first, withdrawn.take().local().getPort());
        assertEquals(free.getLocalPort(), endpoint().local().getPort());
        assertEquals("fine", get("/").body());

        port.server.modified(Map.of("port", "eighty", "listen", "127.0.0.1"));
        port.server.modified(Map.of("port", "65536", "listen", "127.0.0.1"));
        assertNull(withdrawn.peek());
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port.server.modified(Map.of("port", taken.getLocalPort(), "listen", "127.0.0.1"));
        }
        endpoints.take();
        assertEquals(free.getLocalPort(), endpoint().local().getPort());
        assertEquals("fine", get("/").body());
    }

    @Test
    void withoutAConfigurationNobodyElseIsServed() {
        port.startWith(Map.of());
        HttpEndpoint endpoint = endpoints.poll();
        assertTrue(endpoint == null || endpoint.remote().isEmpty(), "serves others");
    }

    private void start(Map<String, Object> settings) {
        port.start(settings);
    }

    private ServiceReference<HttpHandler> mount(int ranking, HttpHandler handler, String... paths) {
        return port.mount(ranking, handler, paths);
    }

    // ---- the client's part -----------------------------------------------------------------------------------------

    private static HttpHandler text(String text) {
        return exchange -> Exchanges.send(exchange, 200, "text/plain", text);
    }

    private HttpEndpoint endpoint() {
        return endpoints.element();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create(root() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private int post(byte[] body) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create(root() + "/"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private String root() {
        return "http://127.0.0.1:" + endpoint().local().getPort();
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", endpoint().local().getPort());
        socket.setSoTimeout(30_000);
        return socket;
    }

    private Socket send(String request) throws IOException {
        Socket socket = connect();
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** The status code of the answer; 0 when the connection is closed without one. */
    private int status(String request) throws IOException {
        try (Socket socket = send(request)) {
            byte[] start = socket.getInputStream().readNBytes(12);
            return start.length < 12 ? 0 : Integer.parseInt(new String(start, 9, 3, StandardCharsets.US_ASCII));
        } catch (SocketException e) {
            return 0;
        }
    }
}
