package revcam.guest;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import revcam.browser.Product;
import revcam.view.Figures;
import revcam.view.Playback;

/**
 * The whole product on the Java and the libraries of another architecture, by emulation of its instructions alone: structures,
 * calling conventions and native libraries are that one's, the kernel is this machine's. With -Drevcam.architectures=true.
 */
@EnabledIfSystemProperty(named = "revcam.architectures", matches = "true")
class ArchitectureTest {

    @ParameterizedTest
    @ValueSource(strings = {"arm64", "armhf"})
    void theProductPlays(String architecture) throws Exception {
        String home = tree(architecture);
        long began = System.nanoTime();
        try (Product product = Product.launch(prefix(architecture, home), "--encoder", "x264", "--size", "320x180", "--fps", "10",
                "--bitrate", "300k")) {
            product.awaitReady(Duration.ofSeconds(2 * Patience.SECONDS));
            System.out.printf("%s: ready after %.1f s%n", architecture, (System.nanoTime() - began) / 1e9);
            try (Playback playback = Patience.join(URI.create(product.url()).resolve("whep"), null, (nanos, picture) -> {},
                    product::logText)) {
                Figures figures = playback.watch(5, Patience.SECONDS);
                System.out.print(architecture + ":\n" + figures.table());
                assertAll(() -> assertEquals("video/H264", figures.codec()), () -> assertEquals(320, figures.width()),
                        () -> assertTrue(figures.frames() > 5, figures::table),
                        () -> assertEquals(figures.frames(), figures.stripFrames(), "pictures that are the pattern"));
            }
            String log = product.logText();
            assertTrue(log.lines().noneMatch(line -> line.contains(" SEVERE ") || line.contains("Exception")), log);
            int status = product.end("TERM", Duration.ofSeconds(Patience.SECONDS));
            // The console's bundle hashes its password for longer than the launcher's ten seconds, interpreted and emulated.
            boolean late = architecture.equals("armhf") && product.logText().contains("a bundle did not stop within");
            assertEquals(late ? 1 : 0, status, "exit status");
        }
    }

    /**
     * For 32 bits, what is listed lies in memory (see in-memory), and nothing is compiled: where compiled code is given up, Java for
     * ARM has its processor raise SIGILL, on which it crashes under qemu-user.
     */
    private static List<String> prefix(String architecture, String home) {
        return architecture.equals("armhf")
                ? List.of(Guest.HERE.resolve("in-memory").toString(), Product.root().resolve("launcher/target/revcam").toString(),
                        home + "/root/usr/lib/jvm/java-17-openjdk-armhf/conf", "--", "env", "JAVA_HOME=" + home, "JAVA_TOOL_OPTIONS=-Xint")
                : List.of("env", "JAVA_HOME=" + home);
    }

    private static String tree(String architecture) throws IOException, InterruptedException {
        Process tree = new ProcessBuilder(Guest.HERE.resolve("tree").toString(), architecture)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String home = new String(tree.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return tree.waitFor() == 0 ? home : fail("no tree for " + architecture);
    }
}
