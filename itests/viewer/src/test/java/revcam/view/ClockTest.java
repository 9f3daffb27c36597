package revcam.view;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Product;

/**
 * The camera's clock jumps while somebody watches: by years, as on a board without a clock of its own that finds a time server,
 * and back. Faked for that one process by a library that is put before libc; CLOCK_MONOTONIC goes on, as it does when a real
 * clock is set.
 */
class ClockTest {

    private record Jump(String name, long seconds) {}

    private static final long YEAR_SECONDS = 365L * 24 * 3600;
    private static final List<Jump> JUMPS = List.of(new Jump("+10 years", 10 * YEAR_SECONDS),
            new Jump("-10 years", -10 * YEAR_SECONDS), new Jump("now", 0), new Jump("-1 hour", -3600), new Jump("now", 0));
    private static final int PICTURES = Integer.getInteger("revcam.clock.pictures", 90);
    private static final double LONGEST_GAP_MILLIS = 1_000;
    private static final Duration SEEN = Duration.ofSeconds(10);
    private static final long TOLERANCE_SECONDS = 300;

    @TempDir
    Path directory;

    @Test
    void whoWatchesDoesNotNotice() throws Exception {
        Path offset = directory.resolve("offset");
        set(offset, 0);
        List<String> prefix = List.of("env", "LD_PRELOAD=" + compile(), "FALSE_CLOCK=" + offset);
        try (Product product = Product.launch(prefix).awaitReady(); Watcher watcher = new Watcher(product.url(), null)) {
            watcher.await(60, 30);
            List<Executable> demands = new ArrayList<>();
            for (Jump jump : JUMPS) {
                watcher.takeLongestGapMillis();
                set(offset, jump.seconds);
                awaitSeen(product, jump);
                int before = watcher.pictures();
                long began = System.nanoTime();
                watcher.await(PICTURES, 30);
                double rate = (watcher.pictures() - before) / ((System.nanoTime() - began) / 1e9);
                double gap = watcher.takeLongestGapMillis();
                System.out.printf(Locale.ROOT, "clock at %s: %.1f pictures/s, longest gap %.0f ms%n", jump.name, rate, gap);
                demands.add(() -> assertTrue(rate > 24, jump.name + ": " + rate + " pictures/s"));
                demands.add(() -> assertTrue(gap < LONGEST_GAP_MILLIS, jump.name + ": " + gap + " ms without a picture"));
            }
            Figures figures = watcher.end();
            demands.add(() -> assertFalse(figures.cut(), "the viewer was cut off"));
            demands.add(() -> assertEquals(0, figures.switches(), "it had to join again"));
            demands.add(() -> assertEquals(0, figures.freezes(), "freezes"));
            assertAll(demands);
        }
    }

    private Path compile() throws IOException, InterruptedException {
        Path source = directory.resolve("false_clock.c");
        try (InputStream in = ClockTest.class.getResourceAsStream("false_clock.c")) {
            Files.copy(in, source);
        }
        Path library = directory.resolve("false_clock.so");
        Process compiler;
        try {
            compiler = new ProcessBuilder("cc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                    .inheritIO().start();
        } catch (IOException e) {
            assumeTrue(System.getenv("REVCAM_REQUIRE_TOOLS") != null, "there is no C compiler");
            throw e;
        }
        assertEquals(0, compiler.waitFor(), "cc");
        return library;
    }

    /** In place, since the camera has the file mapped. */
    private static void set(Path file, long seconds) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(seconds).flip();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(bytes, 0);
        }
    }

    /** Waits until the camera's clock is what it should be, by the Date of its web server. */
    private static void awaitSeen(Product product, Jump jump) throws IOException, InterruptedException {
        long until = System.nanoTime() + SEEN.toNanos();
        while (true) {
            HttpResponse<Void> response = HttpClient.newHttpClient().send(
                    HttpRequest.newBuilder(URI.create(product.url() + "api/streams")).timeout(SEEN).build(),
                    HttpResponse.BodyHandlers.discarding());
            Instant told = ZonedDateTime.parse(response.headers().firstValue("Date").orElseThrow(),
                    DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            long error = Duration.between(Instant.now(), told).toSeconds() - jump.seconds;
            if (Math.abs(error) < TOLERANCE_SECONDS) {
                return;
            }
            if (System.nanoTime() - until > 0) {
                throw new IOException("with the clock at " + jump.name + " the camera says " + told);
            }
            Thread.sleep(100);
        }
    }
}
