package revcam.signalling.whip;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A WHIP endpoint of loopback that answers as it is told, and by default as RFC 9725 says. */
final class Endpoint implements AutoCloseable {

    static final String ANSWER = "v=0 the answer";

    record Request(String method, String path, String authorization, String contentType, String body) {}

    /** What is done with one POST. */
    interface Turn {
        void take(HttpExchange exchange) throws IOException;
    }

    final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    final Deque<Turn> turns = new ConcurrentLinkedDeque<>();
    private final HttpServer server;
    private final ExecutorService executor = Executors.newCachedThreadPool();

    Endpoint() throws IOException {
        this(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    }

    private Endpoint(HttpServer server) {
        this.server = server;
        server.createContext("/", this::handle);
        server.setExecutor(executor);
        server.start();
    }

    /** With TLS, by a key store that keytool made. */
    static Endpoint secured(Path keyStore, String password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            store.load(in, password.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        return new Endpoint(server);
    }

    String url(String path) {
        return (server instanceof HttpsServer ? "https" : "http") + "://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    int port() {
        return server.getAddress().getPort();
    }

    Request await() throws InterruptedException {
        Request request = requests.poll(10, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("no request");
        }
        return request;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(new Request(exchange.getRequestMethod(), exchange.getRequestURI().toString(),
                exchange.getRequestHeaders().getFirst("Authorization"),
                exchange.getRequestHeaders().getFirst("Content-Type"), body));
        Turn turn = exchange.getRequestMethod().equals("POST") ? turns.poll() : null;
        if (turn != null) {
            turn.take(exchange);
        } else if (exchange.getRequestMethod().equals("POST")) {
            created(exchange, "/sessions/1", ANSWER);
        } else {
            exchange.sendResponseHeaders(200, -1);
        }
        exchange.close();
    }

    static void created(HttpExchange exchange, String location, String answer) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/sdp; charset=utf-8");
        if (location != null) {
            exchange.getResponseHeaders().set("Location", location);
        }
        send(exchange, 201, answer);
    }

    static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    static Turn status(int status, String header, String value, String text) {
        return exchange -> {
            if (header != null) {
                exchange.getResponseHeaders().set(header, value);
            }
            send(exchange, status, text);
        };
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
