package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;

/** {@code ./revcam run --tls on}: everything that is served, over HTTPS, with the certificate made at the start. */
class HttpsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void pagePicturesFiguresAndMetricsComeOverHttpsAndTheStateIsTheOwnersAlone() throws Exception {
        try (Product product = Product.start("--tls", "on", "--telemetry", "prometheus")) {
            assertTrue(product.output().get(0).startsWith("ready https://localhost:"), product.output().toString());
            Certificate certificate = read(product.state().resolve("tls.certificate.pem"));
            String key = Base64.getEncoder().encodeToString(
                    MessageDigest.getInstance("SHA-256").digest(certificate.getPublicKey().getEncoded()));
            HttpClient client = HttpClient.newBuilder().sslContext(trusting(certificate)).build();
            // A browser that has been told to trust this one certificate, and no other.
            try (Chromium chromium = Chromium.start(List.of(), List.of("--ignore-certificate-errors-spki-list=" + key))) {
                Page page = chromium.open(product.url());
                page.awaitFrames(60, PATIENCE);
                assertEquals("true", page.evaluate("isSecureContext && location.protocol == 'https:'").getAsString());
                awaitMetric(client, product, "revcam_playback_decoded");
            }
            assertEquals(List.of(), openToOthers(product.state()), "others may read or write");
            assertEquals(0, product.end("TERM"));
        }
    }

    /** The page's figures have been to /playback and come back at /metrics. */
    private static void awaitMetric(HttpClient client, Product product, String name) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        String metrics;
        do {
            HttpResponse<String> answer = client.send(HttpRequest.newBuilder(URI.create(product.url() + "metrics")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertEquals(200, answer.statusCode());
            assertTrue(System.nanoTime() - end < 0, "no " + name + " in " + (metrics = answer.body()));
            metrics = answer.body();
            Pause.millis(100);
        } while (!metrics.contains(name));
    }

    private static Certificate read(Path file) throws Exception {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static SSLContext trusting(Certificate certificate) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("camera", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    /** What in the state directory is not its owner's alone, beside what this test has put there itself. */
    private static List<String> openToOthers(Path state) throws IOException {
        try (Stream<Path> files = Files.walk(state)) {
            return files.filter(file -> !file.startsWith(state.resolve("configs")) && !file.equals(state.resolve("test.log")))
                    .filter(HttpsTest::isOpen).map(Path::toString).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isOpen(Path file) {
        try {
            String others = PosixFilePermissions.toString(Files.getPosixFilePermissions(file)).substring(3);
            return !others.equals("------") && !Files.isSymbolicLink(file);
        } catch (IOException e) {
            return false; // gone meanwhile
        }
    }
}
