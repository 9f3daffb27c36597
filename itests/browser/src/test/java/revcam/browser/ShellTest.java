package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@code ./revcam shell}, as scripts use it. */
class ShellTest {

    @Test
    void runsCommandsOfTheRunningProductAndOfNoOther() throws IOException {
        try (Product product = Product.start()) {
            assertTrue(product.awaitShell("status").startsWith("main  "));
            Product.ShellAnswer stages = product.shell("stages; why encoder");
            assertEquals(0, stages.status(), stages.errors());
            assertTrue(stages.output().contains("x264"), stages.output());
            assertEquals("", stages.errors());

            Product.ShellAnswer misused = product.shell("swap", "encoder");
            assertEquals(1, misused.status());
            assertEquals("", misused.output());
            assertTrue(misused.errors().startsWith("the PROVIDER is missing; usage: swap ROLE PROVIDER"), misused.errors());

            Product.ShellAnswer refused = product.shell("swap", "encoder", "no such; thing");
            assertEquals(1, refused.status());
            assertTrue(refused.errors().contains("no such; thing"), refused.errors());

            assertEquals(0, product.end("TERM"), "exit status while the shell's socket was in use");
            Files.createDirectories(product.state());
            Product.ShellAnswer gone = product.shell("status");
            assertEquals(1, gone.status());
            assertTrue(gone.errors().contains("no RevCam is running with this state directory"), gone.errors());
        }
    }

    @Test
    void statsShowWhatAViewerGets() throws IOException {
        try (Product product = Product.start("--size", "320x180"); Chromium chromium = Chromium.start()) {
            chromium.open(product.url()).awaitFrames(30, Duration.ofSeconds(15));
            product.awaitShell("status");
            String stats = product.awaitShell("stats");
            System.out.print(stats);
            assertTrue(stats.startsWith("main, 1 watching"), stats);
            assertTrue(stats.lines().anyMatch(line -> line.matches(" +frames +captured [23]\\d\\.\\d/s, encoded [23]\\d\\.\\d/s, .*")), stats);
            assertTrue(stats.lines().anyMatch(line -> line.matches(" +encode +[\\d.]+ ms +[\\d.]+ ms .*")), stats);
            assertTrue(stats.contains("VIEWER"), stats);
        }
    }
}
