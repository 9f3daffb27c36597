package revcam.whip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Configs;
import revcam.browser.Pause;
import revcam.browser.Product;

/** Pushed to aiortc, which decodes what it gets, and to pion. */
class WhipTest {

    /** The system's own, which its packages are for. */
    private static final String PYTHON = "/usr/bin/python3";
    private static final String PID = "revcam.signalling.whip";
    private static final String TOKEN = "a-token-that-no-log-may-show";

    @TempDir
    Path directory;

    /** Skips the test where aiortc is not installed, unless REVCAM_REQUIRE_TOOLS=1 says that it must be. */
    @BeforeAll
    static void needAiortc() throws Exception {
        boolean present = Files.isExecutable(Path.of(PYTHON))
                && new ProcessBuilder(PYTHON, "-c", "import aiortc, aiohttp").start().waitFor() == 0;
        assertFalse(!present && "1".equals(System.getenv("REVCAM_REQUIRE_TOOLS")), "python3-aiortc is not installed, and must be");
        Assumptions.assumeTrue(present, "python3-aiortc is not installed");
    }

    private static List<String> aiortc() {
        try {
            return List.of(PYTHON, Path.of(WhipTest.class.getResource("endpoint.py").toURI()).toString());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private Configs configs(String... settings) throws IOException {
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        configs.set(PID, "enabled", "true");
        configs.set("revcam.connectivity.lite", "silence", "5");
        for (int i = 0; i < settings.length; i += 2) {
            configs.set(PID, settings[i], settings[i + 1]);
        }
        return configs;
    }

    private static void awaitLog(Product product, Predicate<String> said) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!said.test(product.logText())) {
            assertTrue(System.nanoTime() - end < 0, product.logText());
            Pause.millis(50);
        }
    }

    @Test
    void thePictureArrivesAndComesBackAfterTheServerWasKilled() throws Exception {
        Endpoint endpoint = Endpoint.start(aiortc(), "--token", TOKEN);
        int port = endpoint.port();
        // By a redirection, which must take the token along.
        Configs configs = configs("url", "http://127.0.0.1:" + port + "/moved", "token", TOKEN);
        try (endpoint; Product product = Product.launch(configs, "--size", "640x360").awaitReady()) {
            String offer = endpoint.await(what -> what.has("offer")).get("sdp").getAsString();
            assertTrue(offer.contains("\r\na=sendonly\r\n") && offer.contains("\r\na=setup:actpass\r\n"), offer);
            JsonObject seen = endpoint.awaitFrames(31);
            assertEquals(640, seen.get("width").getAsInt());
            assertEquals(360, seen.get("height").getAsInt());
            product.awaitStream(stream -> stream.get("viewers").getAsInt() == 1, Duration.ofSeconds(5));

            long killedNanos = System.nanoTime();
            endpoint.kill();
            try (Endpoint again = Endpoint.start(aiortc(), "--token", TOKEN, "--port", Integer.toString(port))) {
                assertEquals(640, again.awaitFrames(11).get("width").getAsInt());
                System.out.printf("back %.1f s after the server was killed%n", (System.nanoTime() - killedNanos) / 1e9);

                assertEquals(0, product.end("TERM"));
                assertEquals(1, again.await(what -> what.has("deleted")).get("deleted").getAsInt());
            }
            assertFalse(product.logText().contains(TOKEN), product.logText());
        }
    }

    @Test
    void fullIceControlsAndViewersStayWithTheLiteOne() throws Exception {
        try (Endpoint endpoint = Endpoint.start(aiortc())) {
            Configs configs = configs("url", "http://127.0.0.1:" + endpoint.port() + "/whip");
            configs.set("revcam.transport.webrtc", "connectivity.offers", "ice4j");
            try (Product product = Product.launch(configs, "--size", "640x360", "--connectivity", "lite,ice4j").awaitReady()) {
                String offer = endpoint.await(what -> what.has("offer")).get("sdp").getAsString();
                assertFalse(offer.contains("a=ice-lite"), offer);
                assertEquals(640, endpoint.awaitFrames(11).get("width").getAsInt());
                product.awaitStream(stream -> stream.get("viewers").getAsInt() == 1, Duration.ofSeconds(5));
            }
            endpoint.await(what -> what.has("deleted"));
        }
    }

    @Test
    void aServerIsTrustedOnlyWithItsCertificateAndLetsInOnlyWithItsToken() throws Exception {
        Path certificate = directory.resolve("server.pem");
        Path key = directory.resolve("server.key");
        makeCertificate(certificate, key);
        try (Endpoint endpoint = Endpoint.start(aiortc(), "--token", TOKEN, "--certificate", certificate.toString(), "--key",
                        key.toString())) {
            Configs configs = configs("url", "https://127.0.0.1:" + endpoint.port() + "/whip", "token", "another", "retry.max", "1");
            try (Product product = Product.launch(configs, "--size", "640x360").awaitReady()) {
                awaitLog(product, log -> log.contains("signed by nobody that this machine trusts"));
                configs.set(PID, "certificate", certificate.toString());
                assertEquals(401, endpoint.await(what -> !what.has("listening")).get("refused").getAsInt(),
                        "nothing was said to it before");
                awaitLog(product, log -> log.contains("it answered 401"));
                configs.set(PID, "token", TOKEN);
                assertNotEquals(0, endpoint.awaitFrames(1).get("width").getAsInt());
                // Nothing is left of it, neither here nor there, when it is turned off.
                configs.set(PID, "enabled", "false");
                endpoint.await(what -> what.has("deleted"));
                product.awaitStream(stream -> stream.get("viewers").getAsInt() == 0, Duration.ofSeconds(5));
            }
        }
    }

    /** Built from the sources of golang-github-pion-webrtc.v3-dev; takes long enough to be asked for. */
    @Test
    @EnabledIfSystemProperty(named = "revcam.pion", matches = "true")
    void pionGetsThePictureInEitherDtlsRole() throws Exception {
        String pion = pion().toString();
        Path file = directory.resolve("received.h264");
        try (Endpoint active = Endpoint.start(List.of(pion), "--file", file.toString(), "--active");
                Endpoint passive = Endpoint.start(List.of(pion), "--file", file.toString());
                Endpoint lite = Endpoint.start(List.of(pion), "--lite")) {
            Configs configs = configs("url", "http://127.0.0.1:" + active.port() + "/whip", "retry.max", "1");
            try (Product product = Product.launch(configs, "--size", "640x360").awaitReady()) {
                assertTrue(active.await(what -> what.has("answer")).get("answer").getAsString().contains("a=setup:active"));
                active.awaitFrames(61);
                configs.set(PID, "url", "http://127.0.0.1:" + passive.port() + "/whip");
                active.await(what -> what.has("deleted"));
                assertEquals("640,360", probed(file));
                String answer = passive.await(what -> what.has("answer")).get("answer").getAsString();
                assertTrue(answer.contains("a=setup:passive") && answer.contains("transport-cc"), answer);
                passive.awaitFrames(61);
                configs.set(PID, "url", "http://127.0.0.1:" + lite.port() + "/whip");
                passive.await(what -> what.has("deleted"));
                assertEquals("640,360", probed(file));
                awaitLog(product, log -> log.contains("both sides are ice-lite"));
                lite.await(what -> what.has("deleted"));
            }
        }
    }

    /** Modules are off, since nothing is to be downloaded; then only what lies in a GOPATH may import what has a version. */
    private Path pion() throws Exception {
        Path sources = Files.createDirectories(directory.resolve("go/src/endpoint"));
        for (String name : new String[] {"go.mod", "endpoint.go"}) {
            Files.copy(Product.root().resolve("itests/whip/src/test/go").resolve(name), sources.resolve(name));
        }
        Path program = directory.resolve("endpoint");
        ProcessBuilder build = new ProcessBuilder("go", "build", "-o", program.toString(), ".").directory(sources.toFile())
                .inheritIO();
        build.environment().put("GO111MODULE", "off");
        build.environment().put("GOPATH", directory.resolve("go") + ":/usr/share/gocode");
        build.environment().put("GOCACHE", Product.root().resolve("itests/whip/target/go-cache").toString());
        assertEquals(0, build.start().waitFor());
        return program;
    }

    /** The size that FFmpeg reads from what was received. */
    private static String probed(Path file) throws Exception {
        Process probe = new ProcessBuilder("ffprobe", "-v", "error", "-f", "h264", "-select_streams", "v:0", "-show_entries",
                "stream=width,height", "-of", "csv=p=0", file.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        assertEquals(0, probe.waitFor());
        return said;
    }

    private static void makeCertificate(Path certificate, Path key) throws Exception {
        Path store = certificate.resolveSibling("server.p12");
        keytool("-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=server", "-ext", "san=ip:127.0.0.1", "-keystore",
                store.toString(), "-storepass", "password", "-storetype", "PKCS12");
        keytool("-exportcert", "-alias", "a", "-rfc", "-file", certificate.toString(), "-keystore", store.toString(),
                "-storepass", "password");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "password".toCharArray());
        }
        Files.writeString(key, "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(keys.getKey("a", "password".toCharArray()).getEncoded()) + "\n-----END PRIVATE KEY-----\n");
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        assertEquals(0, new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start().waitFor());
    }
}
