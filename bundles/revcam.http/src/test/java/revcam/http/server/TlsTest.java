package revcam.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.http.Exchanges;
import revcam.http.HttpEndpoint;

/** HTTPS, with the Java runtime's own client and with sockets. */
class TlsTest {

    private static final int PATIENCE_SECONDS = 30;
    /** Type of a TLS record (RFC 8446, section 5.1). */
    private static final byte ALERT = 21;

    /** Two certificates with their keys, as somebody would bring them. */
    @TempDir
    private static Path own;

    @TempDir
    private Path directory;

    private final ServedPort port = new ServedPort();

    @BeforeAll
    static void makeCertificates() throws IOException {
        SelfSigned.make(new HostNames(List.of("camera.example.org")), List.of(), own.resolve("first.pem"), own.resolve("first.key"));
        SelfSigned.make(new HostNames(List.of()), List.of(InetAddress.getByName("fd00::2")),
                own.resolve("second.pem"), own.resolve("second.key"));
    }

    @BeforeEach
    void mountSomething() {
        port.mount(1, exchange -> Exchanges.send(exchange, Exchanges.isForeign(exchange, List.of()) ? 403 : 200,
                "text/plain", Exchanges.body(exchange, 1000)), "/");
    }

    @AfterEach
    void stop() {
        port.close();
    }

    @Test
    void aCertificateIsMadeOnceForThisMachinesNames() throws Exception {
        HttpEndpoint endpoint = start(Map.of("state", directory.toString()));
        assertEquals("https", endpoint.local().getScheme());
        Path made = directory.resolve("tls.certificate.pem");
        // The client checks that the certificate is good for the name or address in the URL.
        for (String host : List.of("localhost", "127.0.0.1", "[::1]")) {
            if (!host.equals("[::1]")) {
                assertEquals(200, get(made, URI.create("https://" + host + ":" + endpoint.local().getPort() + "/")), host);
            }
            assertTrue(names(certificate(made)).contains(host.equals("[::1]") ? "0:0:0:0:0:0:0:1" : host), host);
        }
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("tls.key.pem"))));
        assertEquals(-1, certificate(made).getBasicConstraints(), "it could sign others");

        byte[] first = Files.readAllBytes(made);
        port.close();
        endpoint = start(Map.of("state", directory.toString()));
        assertEquals(200, get(made, endpoint.local()));
        assertEquals(new String(first, StandardCharsets.US_ASCII), Files.readString(made), "made anew, and trusted by nobody");

        port.close();
        Files.writeString(directory.resolve("tls.key.pem"), "torn");
        assertEquals(200, get(made, start(Map.of("state", directory.toString())).local()));
        assertNotEquals(new String(first, StandardCharsets.US_ASCII), Files.readString(made));
    }

    @Test
    void namesAndAddressesAreInTheCertificate() throws Exception {
        List<String> names = names(certificate(own.resolve("first.pem")));
        assertTrue(names.containsAll(List.of("camera.example.org", "localhost", "127.0.0.1")), names.toString());
        String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip().toLowerCase(java.util.Locale.ROOT);
        if (host.matches("[a-z][a-z0-9-]*")) {
            assertTrue(names.contains(host + ".local"), names.toString());
        }
        assertTrue(names(certificate(own.resolve("second.pem"))).contains("fd00:0:0:0:0:0:0:2"));
    }

    @Test
    void aRenewedCertificateServesFromThenOnAndABadOneDoesNot() throws Exception {
        bring("first");
        HttpEndpoint endpoint = start(supplied());
        int bound = endpoint.local().getPort();
        assertEquals(certificate(own.resolve("first.pem")), shown(bound));

        bring("second");
        awaitShown(bound, certificate(own.resolve("second.pem")));

        Files.copy(own.resolve("first.pem"), directory.resolve("chain.pem"), StandardCopyOption.REPLACE_EXISTING);
        TimeUnit.MILLISECONDS.sleep(1_100); // longer than it looks away; what follows holds either way
        assertEquals(certificate(own.resolve("second.pem")), shown(bound), "its key is not there yet");
        Files.delete(directory.resolve("private.pem"));
        assertEquals(certificate(own.resolve("second.pem")), shown(bound));

        bring("first");
        awaitShown(bound, certificate(own.resolve("first.pem")));
    }

    @Test
    void withoutAUsableCertificateNothingIsServedUntilItIsThere() throws Exception {
        Files.copy(own.resolve("first.pem"), directory.resolve("chain.pem"));
        Files.copy(own.resolve("second.key"), directory.resolve("private.pem"));
        port.start(withTls(supplied()));
        assertNull(port.endpoints.poll(), "served with a key that is not the certificate's");
        bring("second");
        HttpEndpoint endpoint = port.endpoints.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertEquals(200, get(own.resolve("second.pem"), endpoint.local()));
    }

    @Test
    void halfAPairDoesNotKeepTheServerFromStarting() throws Exception {
        for (String half : List.of("certificate", "key")) {
            assertEquals("http", start(Map.of("tls", "off", half, own.resolve("first.pem").toString())).local().getScheme());
            port.close();
        }
    }

    @Test
    void whatIsWrongWithTheFilesIsSaid() throws Exception {
        Path chain = own.resolve("first.pem");
        Path key = own.resolve("first.key");
        Path text = Files.writeString(directory.resolve("text"), "no PEM");
        Path old = Files.writeString(directory.resolve("old"), "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
        Path missing = directory.resolve("missing");
        Certificate.read(chain, key);
        assertSaid("there is no file " + missing, missing, key);
        assertSaid("there is no file " + missing, chain, missing);
        assertSaid(text + " holds no certificate", text, key);
        assertSaid("holds no certificate", key, key);
        assertSaid("openssl pkcs8 -topk8 -nocrypt -in KEY -out " + old, chain, old);
        assertSaid("is not that of the certificate", chain, own.resolve("second.key"));
        Certificate certificate = Certificate.read(chain, key);
        assertEquals("Certificate " + certificate.fingerprint(), certificate.toString(), "no key in a log");
    }

    @Test
    void oldCiphersAndPlainTextAreRefused() throws Exception {
        bring("first");
        HttpEndpoint endpoint = start(supplied());
        int bound = endpoint.local().getPort();
        handshake(bound, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        handshake(bound, "TLSv1.3", "TLS_AES_128_GCM_SHA256");
        assertThrows(SSLException.class, () -> handshake(bound, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"));
        try (Socket plain = new Socket("127.0.0.1", bound)) {
            plain.setSoTimeout(PATIENCE_SECONDS * 1_000);
            plain.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(plain.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertTrue(!answer.contains("200"), answer);
        } catch (SocketException e) {
            // reset: no answer either
        }
    }

    @Test
    void halfAHandshakeLosesTheConnection() throws Exception {
        bring("first");
        HttpEndpoint endpoint = start(supplied());
        int bound = endpoint.local().getPort();
        // As many as there are threads: a record's header, and then nothing of what it promises.
        List<Socket> slow = List.of(new Socket("127.0.0.1", bound), new Socket("127.0.0.1", bound));
        for (Socket socket : slow) {
            socket.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0});
        }
        for (Socket socket : slow) {
            socket.setSoTimeout(PATIENCE_SECONDS * 1_000);
            try (socket; InputStream in = socket.getInputStream()) {
                byte[] last = in.readAllBytes();
                assertTrue(last.length == 0 || last[0] == ALERT, "a handshake went on");
            } catch (SocketException e) {
                // reset: just as well
            }
        }
        assertEquals(200, get(own.resolve("first.pem"), endpoint.local()));
    }

    @Test
    void aPageOfTheSameHostWithoutTlsIsAnotherSite() throws Exception {
        bring("first");
        URI root = start(supplied()).local();
        assertEquals(200, get(own.resolve("first.pem"), root, "Origin", "https://localhost:" + root.getPort()));
        assertEquals(403, get(own.resolve("first.pem"), root, "Origin", "http://localhost:" + root.getPort()));
    }

    // ---- the server ------------------------------------------------------------------------------------------------

    private HttpEndpoint start(Map<String, Object> settings) throws InterruptedException {
        port.start(withTls(settings));
        return port.endpoints.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static Map<String, Object> withTls(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(Map.of("tls", "on", "threads", 2));
        all.putAll(settings);
        return all;
    }

    private Map<String, Object> supplied() {
        return Map.of("certificate", directory.resolve("chain.pem").toString(), "key", directory.resolve("private.pem").toString());
    }

    private void bring(String name) throws IOException {
        Files.copy(own.resolve(name + ".pem"), directory.resolve("chain.pem"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(own.resolve(name + ".key"), directory.resolve("private.pem"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void assertSaid(String expected, Path chain, Path key) {
        String said = assertThrows(IOException.class, () -> Certificate.read(chain, key)).getMessage();
        assertTrue(said.contains(expected), said);
    }

    // ---- the client ------------------------------------------------------------------------------------------------

    private static X509Certificate certificate(Path file) throws Exception {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static List<String> names(X509Certificate certificate) throws Exception {
        return certificate.getSubjectAlternativeNames().stream().map(each -> each.get(1).toString()).toList();
    }

    private static SSLContext trusting(X509Certificate... certificates) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < certificates.length; i++) {
            store.setCertificateEntry("trusted" + i, certificates[i]);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static int get(Path trusted, URI uri, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newBuilder().sslContext(trusting(certificate(trusted))).build()
                .send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    /** The certificate that somebody sees who connects now. */
    private static X509Certificate shown(int port) throws Exception {
        SSLContext context = trusting(certificate(own.resolve("first.pem")), certificate(own.resolve("second.pem")));
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private static void awaitShown(int port, X509Certificate expected) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!shown(port).equals(expected)) {
            assertTrue(System.nanoTime() - end < 0, "the renewed certificate is not shown");
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static void handshake(int port, String protocol, String suite) throws Exception {
        SSLContext context = trusting(certificate(own.resolve("first.pem")));
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {protocol});
            parameters.setCipherSuites(new String[] {suite});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
        }
    }
}
