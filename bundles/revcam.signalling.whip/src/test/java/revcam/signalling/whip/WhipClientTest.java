package revcam.signalling.whip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WhipClientTest {

    private static final String TOKEN = "s3cret-token";

    private Endpoint endpoint;

    @BeforeEach
    void open() throws IOException {
        endpoint = new Endpoint();
    }

    @AfterEach
    void close() {
        endpoint.close();
    }

    private WhipClient client() {
        return client(endpoint.url("/whip"));
    }

    private static WhipClient client(String url) {
        return new WhipClient(URI.create(url), TOKEN, null, 20_000);
    }

    private Refusal refused(Endpoint.Turn turn) {
        endpoint.turns.add(turn);
        return assertThrows(Refusal.class, () -> client().publish("offer"));
    }

    @Test
    void postsTheOfferAndResolvesTheLocation() throws Exception {
        Reply.Session session = client().publish("the offer");
        assertEquals(new Endpoint.Request("POST", "/whip", "Bearer " + TOKEN, "application/sdp", "the offer"), endpoint.await());
        assertEquals(Endpoint.ANSWER, session.answer());
        assertEquals(URI.create(endpoint.url("/sessions/1")), session.url());
        client().end(session.url());
        assertEquals(new Endpoint.Request("DELETE", "/sessions/1", "Bearer " + TOKEN, null, ""), endpoint.await());
    }

    @ParameterizedTest
    @CsvSource({"400, false, ''", "401, true, set token", "403, true, may not publish", "404, true, no endpoint of that path",
            "405, true, no WHIP endpoint", "406, true, cannot use what is offered", "409, false, publishes there already",
            "410, true, check url", "415, true, application/sdp", "422, true, cannot use what is offered",
            "429, false, too many requests", "500, false, ''", "502, false, ''", "503, false, takes nobody",
            "301, true, set url to where it leads", "302, true, set url to where it leads", "204, true, no WHIP endpoint",
            "200, true, no WHIP endpoint"})
    void eachRefusalSaysWhatToDo(int status, boolean lasting, String advice) {
        Refusal refusal = refused(Endpoint.status(status, null, null, status == 204 || status == 200 ? "" : "because " + TOKEN));
        assertTrue(refusal.getMessage().startsWith("it answered " + status), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(advice), refusal.getMessage());
        assertEquals(lasting || status == 400, refusal.isLasting(), refusal.getMessage());
        assertFalse(refusal.getMessage().contains(TOKEN), refusal.getMessage());
    }

    @Test
    void whatTheServerSaysIsShownWithoutSecretsAndControls() {
        Refusal refusal = refused(exchange -> Endpoint.send(exchange, 403, "no \u001b[31m" + TOKEN + " for /whip\n" + "x".repeat(5_000)));
        assertTrue(refusal.getMessage().contains("it says: no  [31m(secret) for (secret) xxx"), refusal.getMessage());
        assertTrue(refusal.getMessage().length() < 400, refusal.getMessage());
    }

    @Test
    void retryAfterIsSecondsOrADateAndBounded() {
        assertEquals(7_000, refused(Endpoint.status(503, "Retry-After", "7", "")).afterMillis());
        assertEquals(3_600_000, refused(Endpoint.status(429, "Retry-After", "99999999", "")).afterMillis());
        assertEquals(0, refused(Endpoint.status(503, "Retry-After", "soon", "")).afterMillis());
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(Instant.now().plusSeconds(100).atOffset(ZoneOffset.UTC));
        long millis = refused(Endpoint.status(503, "Retry-After", date, "")).afterMillis();
        assertTrue(millis > 90_000 && millis <= 100_000, millis + " ms");
        assertEquals(0, refused(Endpoint.status(503, "Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT", "")).afterMillis());
    }

    @Test
    void aRedirectionOfTheSameServerTakesTheTokenAlong() throws Exception {
        endpoint.turns.add(Endpoint.status(308, "Location", "/elsewhere", ""));
        Reply.Session session = client().publish("offer");
        assertEquals("/whip", endpoint.await().path());
        assertEquals(new Endpoint.Request("POST", "/elsewhere", "Bearer " + TOKEN, "application/sdp", "offer"), endpoint.await());
        assertEquals(URI.create(endpoint.url("/sessions/1")), session.url());
    }

    @Test
    void anotherServerNeverGetsTheToken() throws Exception {
        try (Endpoint other = new Endpoint()) {
            endpoint.turns.add(Endpoint.status(307, "Location", other.url("/there"), ""));
            Reply.Session session = client().publish("offer");
            assertEquals(new Endpoint.Request("POST", "/there", null, "application/sdp", "offer"), other.await());
            client().end(session.url());
            assertEquals(new Endpoint.Request("DELETE", "/sessions/1", null, null, ""), other.await());

            endpoint.turns.add(exchange -> Endpoint.created(exchange, other.url("/abroad"), Endpoint.ANSWER));
            client().end(client().publish("offer").url());
            assertNull(other.await().authorization());
        }
    }

    @Test
    void redirectionsComeToAnEnd() {
        for (int i = 0; i < 7; i++) {
            endpoint.turns.add(Endpoint.status(307, "Location", "/again", ""));
        }
        Refusal refusal = assertThrows(Refusal.class, () -> client().publish("offer"));
        assertTrue(refusal.getMessage().contains("redirected more than 5 times"), refusal.getMessage());
        assertEquals(6, endpoint.requests.size());
    }

    @Test
    void aLocationThatLeadsNowhereIsRefused() {
        for (String location : List.of("ftp://h/x", "http://u:p@h/x", "http:///x", "::", "http://h:99999/")) {
            Refusal refusal = refused(Endpoint.status(307, "Location", location, ""));
            assertTrue(refusal.getMessage().contains("Location"), location + ": " + refusal.getMessage());
        }
        assertTrue(refused(Endpoint.status(307, null, null, "")).getMessage().contains("Location"));
    }

    @Test
    void aRedirectionFromTlsToNoneIsRefused() throws Exception {
        Reply reply = new Reply(URI.create("https://h/whip"), 307, "http://h/whip", null, null, new byte[0]);
        assertTrue(assertThrows(Refusal.class, reply::target).getMessage().contains("without TLS"));
        assertEquals(URI.create("https://h/a"),
                new Reply(URI.create("http://h/whip"), 307, "https://h/a", null, null, new byte[0]).target());
    }

    @Test
    void anAnswerThatIsNoneEndsTheSessionThatCameWithIt() throws Exception {
        Refusal refusal = refused(exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.getResponseHeaders().set("Location", "/sessions/9");
            Endpoint.send(exchange, 201, "<html>");
        });
        assertTrue(refusal.getMessage().contains("text/html, not application/sdp"), refusal.getMessage());
        endpoint.await();
        assertEquals("/sessions/9", endpoint.await().path());
    }

    @Test
    void anEndlessAnswerIsCutOff() {
        Refusal refusal = refused(exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/sdp");
            exchange.sendResponseHeaders(201, 0);
            byte[] much = new byte[8_192];
            try (OutputStream out = exchange.getResponseBody()) {
                while (true) {
                    out.write(much);
                }
            } catch (IOException e) {
                // It has heard enough.
            }
        });
        assertTrue(refusal.getMessage().contains("more than 65536 bytes"), refusal.getMessage());
    }

    @Test
    void withoutALocationThatCanBeUsedThereIsASessionAllTheSame() throws Exception {
        for (String location : new String[] {null, "ftp://h/x", "::"}) {
            endpoint.turns.add(exchange -> Endpoint.created(exchange, location, Endpoint.ANSWER));
            assertNull(client().publish("offer").url());
        }
    }

    @Test
    void aServerThatSaysAByteAtATimeDoesNotHoldUsUp() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread dripping = new Thread(() -> {
                try (Socket socket = server.accept()) {
                    byte[] header = "HTTP/1.1 201 Created\r\nX-Endless: ".getBytes(StandardCharsets.US_ASCII);
                    socket.getOutputStream().write(header);
                    while (true) {
                        socket.getOutputStream().write('x');
                        Thread.sleep(50);
                    }
                } catch (IOException | InterruptedException e) {
                    // It has gone.
                }
            });
            dripping.setDaemon(true);
            dripping.start();
            long began = System.nanoTime();
            IOException failure = assertThrows(IOException.class,
                    () -> new WhipClient(url(server), TOKEN, null, 2_000).publish("offer"));
            assertTrue(failure.getMessage().contains("no answer within 2 s"), failure.toString());
            assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(8));
        }
    }

    @Test
    void whatIsNoWebServerIsSaidToBeNone() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread speaking = new Thread(() -> {
                try (Socket socket = server.accept()) {
                    socket.getOutputStream().write("SSH-2.0-OpenSSH_9.2\r\n".getBytes(StandardCharsets.US_ASCII));
                    // Closed before all was read it would be reset, and the client might not hear what was said.
                    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                    // It has gone.
                }
            });
            speaking.setDaemon(true);
            speaking.start();
            IOException failure = assertThrows(IOException.class,
                    () -> client(url(server).toString()).publish("offer"));
            assertTrue(failure.getMessage().contains("no web server"), failure.toString());
        }
    }

    private static URI url(ServerSocket server) {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/whip");
    }

    /** A server that was asked to close a connection does, sooner or later: a request that is sent by it then is lost. */
    @Test
    void noRequestComesByAConnectionThatIsToBeClosed() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        AtomicInteger connections = new AtomicInteger();
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread accepting = new Thread(() -> {
                try {
                    while (true) {
                        Socket socket = server.accept();
                        connections.incrementAndGet();
                        Thread serving = new Thread(() -> serve(socket, requests));
                        serving.setDaemon(true);
                        serving.start();
                    }
                } catch (IOException e) {
                    // The test is over.
                }
            });
            accepting.setDaemon(true);
            accepting.start();
            assertEquals(Endpoint.ANSWER, client(url(server).toString()).publish("offer").answer());
        }
        assertEquals(2, requests.get());
        assertEquals(2, connections.get());
    }

    /** Redirects the first request, accepts the second, and leaves the connection open. */
    private static void serve(Socket socket, AtomicInteger requests) {
        try (Scanner scanner = new Scanner(socket.getInputStream(), StandardCharsets.US_ASCII)) {
            while (scanner.findWithinHorizon("\r\n\r\noffer", 0) != null) {
                String answer = requests.incrementAndGet() == 1
                        ? "HTTP/1.1 307 Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
                        : "HTTP/1.1 201 Created\r\nLocation: /sessions/1\r\nContent-Type: application/sdp\r\nContent-Length: "
                                + Endpoint.ANSWER.length() + "\r\n\r\n" + Endpoint.ANSWER;
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            // It has gone.
        }
    }

    @TempDir
    Path directory;

    @Test
    void tlsIsVerifiedAndACertificateCanBeAdded() throws Exception {
        Path right = certificate("right", "ip:127.0.0.1");
        Path other = certificate("other", "dns:other.example");
        try (Endpoint secured = Endpoint.secured(directory.resolve("right.p12"), "password")) {
            URI url = URI.create(secured.url("/whip"));
            for (Path trusted : new Path[] {null, other}) {
                IOException failure =
                        assertThrows(IOException.class, () -> new WhipClient(url, TOKEN, trusted, 20_000).publish("offer"));
                assertTrue(failure.getMessage().contains("set certificate"), failure.getMessage());
            }
            assertEquals(0, secured.requests.size(), "nothing was said to it");
            assertEquals(Endpoint.ANSWER, new WhipClient(url, TOKEN, right, 20_000).publish("offer").answer());
            Files.writeString(right, "nothing");
            IOException failure = assertThrows(IOException.class, () -> new WhipClient(url, TOKEN, right, 20_000).publish("offer"));
            assertTrue(failure.getMessage().contains("holds none that can be read"), failure.getMessage());
        }
        try (Endpoint secured = Endpoint.secured(directory.resolve("other.p12"), "password")) {
            IOException failure = assertThrows(IOException.class,
                    () -> new WhipClient(URI.create(secured.url("/whip")), TOKEN, other, 20_000).publish("offer"));
            assertTrue(failure.getMessage().contains("127.0.0.1"), "for another name: " + failure.getMessage());
            assertEquals(0, secured.requests.size());
        }
    }

    private Path certificate(String name, String subject) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Path pem = directory.resolve(name + ".pem");
        keytool("-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=" + name, "-ext", "san=" + subject, "-keystore",
                store.toString(), "-storepass", "password", "-storetype", "PKCS12");
        keytool("-exportcert", "-alias", "a", "-rfc", "-file", pem.toString(), "-keystore", store.toString(), "-storepass",
                "password");
        return pem;
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }
}
