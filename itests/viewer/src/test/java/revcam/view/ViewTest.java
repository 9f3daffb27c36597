package revcam.view;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.browser.Product;

/** The viewer as a process of its own, against the product and against servers that will not have it. */
class ViewTest {

    @TempDir
    Path directory;

    private record Answer(int status, String output, String errors) {}

    private Answer view(String... arguments) throws IOException {
        return view(List.of(), arguments);
    }

    private Answer view(List<String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("env"));
        command.addAll(environment);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), View.class.getName()));
        command.addAll(List.of(arguments));
        File output = directory.resolve("output").toFile();
        File errors = directory.resolve("errors").toFile();
        Process process = new ProcessBuilder(command).redirectOutput(output).redirectError(errors).start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("it does not end; it said " + Files.readString(errors.toPath()));
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return new Answer(process.exitValue(), Files.readString(output.toPath()), Files.readString(errors.toPath()));
    }

    @Test
    void theProductPlays() throws IOException {
        try (Product product = Product.start()) {
            Answer answer = view(product.url(), "--seconds", "5", "--json");
            assertEquals(0, answer.status(), answer.errors());
            JsonObject figures = JsonParser.parseString(answer.output()).getAsJsonObject();
            System.out.println(figures);
            assertAll(
                    () -> assertEquals("video/H264", figures.get("codec").getAsString()),
                    () -> assertEquals(1280, figures.get("width").getAsInt()),
                    () -> assertTrue(figures.get("fps").getAsDouble() > 27, "frames a second"),
                    () -> assertEquals(figures.get("frames").getAsInt(), figures.get("stripFrames").getAsInt(), "strips"),
                    () -> assertTrue(figures.get("latencyP50Millis").getAsDouble() > 0, "latency"),
                    () -> assertTrue(figures.get("latencyP50Millis").getAsDouble() < 300, "latency"),
                    () -> assertEquals(0, figures.get("packetsLost").getAsInt()),
                    () -> assertTrue(figures.get("bitrateBps").getAsDouble() > 500_000, "bitrate"),
                    () -> assertFalse(figures.get("cut").getAsBoolean()));
            // It said DELETE: nobody waits for it to fall silent.
            product.awaitStream(stream -> stream.get("viewers").getAsInt() == 0, Duration.ofSeconds(2));

            Answer table = view(product.url(), "--seconds=1");
            assertEquals(0, table.status(), table.errors());
            assertTrue(table.output().contains("1280x720 video/H264"), table.output());
            assertEquals("", table.errors());

            Answer none = view(product.url() + "whep/cellar");
            assertEquals(1, none.status());
            assertTrue(none.errors().contains("refused with 404") && none.errors().contains("/api/streams"), none.errors());

            Answer nowhere = view(product.url() + "other");
            assertEquals(1, nowhere.status());
            assertTrue(nowhere.errors().contains("refused with 40"), nowhere.errors());
        }
    }

    @Test
    void libwebrtcsOwnEnginePlaysWhenThereIsNoEncoder() throws IOException {
        try (Product product = Product.start("--engine", "revcam,libwebrtc", "--encoder", "none")) {
            Answer answer = view(product.url(), "--seconds", "4", "--json");
            assertEquals(0, answer.status(), answer.errors());
            JsonObject figures = JsonParser.parseString(answer.output()).getAsJsonObject();
            System.out.println(figures);
            assertTrue(figures.get("fps").getAsDouble() > 20, answer.output());
            assertTrue(figures.get("stripFrames").getAsInt() > 0.9 * figures.get("frames").getAsInt(), answer.output());
        }
    }

    /** The library as it is, but for the name of one that it is linked with: what the loader says is the loader's. */
    @Test
    void aMissingLibraryIsNamedWithWhatInstallsIt() throws IOException {
        String file = "libwebrtc-java-linux-" + (System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64") + ".so";
        byte[] library;
        try (InputStream in = ViewTest.class.getResourceAsStream("/" + file)) {
            library = in.readAllBytes();
        }
        String text = new String(library, StandardCharsets.ISO_8859_1);
        assertTrue(text.contains("\0libXcomposite.so.1\0"), "it is linked with other libraries now");
        Files.write(directory.resolve(file), text.replace("\0libXcomposite.so.1\0", "\0libXcomposita.so.1\0")
                .getBytes(StandardCharsets.ISO_8859_1));
        Answer answer = view(List.of("JDK_JAVA_OPTIONS=-Djava.library.path=" + directory), "http://127.0.0.1:9/");
        assertEquals(1, answer.status());
        assertTrue(answer.errors().contains("revcam: libwebrtc needs libXcomposita.so.1, which this machine has not; install it "
                + "with: apt-get install --no-install-recommends libpulse0 "), answer.errors());
    }

    /** The shell exchanges the engine under a viewer that has no page, and it says so. */
    @Test
    void anotherEngineTakesOverWhileItWatches() throws Exception {
        try (Product product = Product.start("--engine", "revcam,libwebrtc")) {
            product.awaitShell("status");
            Thread swapping = new Thread(() -> {
                try {
                    product.awaitStream(stream -> stream.get("viewers").getAsInt() == 1, Duration.ofSeconds(30));
                    product.awaitShell("swap", "engine", "libwebrtc");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            swapping.start();
            Answer answer = view(product.url(), "--seconds", "10", "--json");
            swapping.join();
            assertEquals(0, answer.status(), answer.errors());
            JsonObject figures = JsonParser.parseString(answer.output()).getAsJsonObject();
            System.out.println(figures);
            assertEquals(1, figures.get("switches").getAsInt(), answer.output());
            assertFalse(figures.get("cut").getAsBoolean());
            assertTrue(figures.get("fps").getAsDouble() > 20, answer.output());
        }
    }

    @Test
    void whoeverIsNotThereIsNamed() throws IOException {
        Answer answer = view("http://127.0.0.1:9/");
        assertEquals(1, answer.status());
        assertTrue(answer.errors().contains("no server answers at http://127.0.0.1:9"), answer.errors());
    }

    @Test
    void aTokenIsAskedForAndSent() throws Exception {
        List<String> seen = new ArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            seen.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            exchange.getRequestBody().readAllBytes();
            byte[] body = "{\"detail\":\"who are you?\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(401, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://localhost:" + server.getAddress().getPort();
            Answer without = view(List.of("REVCAM_TOKEN="), url);
            assertEquals(1, without.status());
            assertTrue(without.errors().contains("--token") && without.errors().contains("who are you?"), without.errors());
            Answer wrong = view(url, "--token", "t0ken");
            assertTrue(wrong.errors().contains("the token is not the camera's"), wrong.errors());
            view(List.of("REVCAM_TOKEN=secret"), url);
            assertEquals(List.of("null", "Bearer t0ken", "Bearer secret"), seen);
        } finally {
            server.stop(0);
        }
    }

    /** An answer in order, from a camera that cannot be reached. */
    @Test
    void withoutVideoItSaysSoInTime() throws IOException {
        try (Product product = Product.start("--size", "320x180")) {
            long began = System.nanoTime();
            Answer answer = view(product.url(), "--timeout", "2", "--via", "127.0.0.1:9");
            assertEquals(1, answer.status());
            assertTrue(answer.errors().contains("no video within 2.0 s: there is no way to the camera's media"), answer.errors());
            assertTrue(System.nanoTime() - began < 15e9, "it took too long");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://pi:8080, http://pi:8080/whep", "http://pi:8080/, http://pi:8080/whep",
        "http://pi:8080/#token=abc, http://pi:8080/whep", "http://pi/whep/yard?engine=libwebrtc, http://pi/whep/yard?engine=libwebrtc",
        "http://pi:8080/?engine=libwebrtc&codec=VP8, http://pi:8080/whep?engine=libwebrtc&codec=VP8"})
    void thePagesAddressWillDo(String url, URI endpoint) {
        assertEquals(endpoint, View.endpoint(url));
    }

    @Test
    void whatIsMisusedIsNamed() {
        for (String[] wrong : new String[][] {{"pi"}, {"ftp://pi/"}, {"http://pi/", "--seconds", "0"}, {"http://pi/", "--seconds"},
            {"http://pi/", "--via", "9"}, {"http://pi/", "http://pi/"}, {"--json"}, {"http://pi/", "--colour", "red"}}) {
            assertThrows(IllegalArgumentException.class, () -> View.parse(wrong), String.join(" ", wrong));
        }
    }
}
