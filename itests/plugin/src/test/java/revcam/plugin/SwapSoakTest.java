package revcam.plugin;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Chromium;
import revcam.browser.Page;
import revcam.browser.Pause;
import revcam.browser.Product;
import revcam.browser.Watch;

/**
 * Random swaps of every stage, two viewers in a real browser, the whole product; {@code -Drevcam.swaps=1000} for the soak.
 * First those that must not lose a frame, in two thirds of the swaps, then sources as well, whose counters differ.
 */
class SwapSoakTest {

    private static final int SWAPS = Integer.getInteger("revcam.swaps", 60);
    private static final Duration PLAYING = Duration.ofSeconds(60);
    private static final Pattern GAP = Pattern.compile("the gap was ([0-9.]+) ms");
    private static final double INTERVAL_MILLIS = 1000 / 30.0;
    /** Above what the collector and a browser's statistics come and go with. */
    private static final int THREADS_MORE = 3;
    private static final int HEAP_MORE_KB = 4_000;

    private final Random random = new Random(3);
    private final Map<String, List<Double>> gaps = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();

    @TempDir
    Path directory;

    @Test
    void viewersNoticeNothing() throws Exception {
        Path clip = clip();
        try (Product product = Product.start("--size", "640x360"); Chromium chromium = Chromium.start()) {
            Path deploy = product.state().resolve("deploy");
            product.awaitShell("status");
            Jars.deploy(Jars.twin(bundle("revcam.packetiser.h264"), "revcam.packetiser", "h264", "twin",
                    directory.resolve("packetiser.jar")), deploy, "packetiser.jar");
            Jars.deploy(Jars.twin(bundle("revcam.congestion.fixed"), "revcam.congestion", "fixed", "twin",
                    directory.resolve("congestion.jar")), deploy, "congestion.jar");
            try (ShellPipe shell = new ShellPipe(product.state())) {
                awaitProviders(shell);
                Page first = chromium.open(product.url());
                first.awaitFrames(30, PLAYING);
                Page second = chromium.open(product.url());
                second.awaitFrames(30, PLAYING);
                first.reset();
                second.reset();
                // What the machine loses by itself, to be told apart.
                Pause.millis(5_000);
                double missingAnyway = (double) first.watch().gaps() / Math.max(1, first.watch().strips());
                first.reset();
                second.reset();

                Map<String, List<String>> seamless = Map.of(
                        "encoder", List.of("x264", "openh264"),
                        "packetiser", List.of("h264", "twin"),
                        "congestion", List.of("fixed", "twin"));
                soak(shell, seamless, 10); // classes are loaded, pools are filled
                int threads = threads(product);
                long heap = heapKilobytes(product);
                soak(shell, seamless, 2 * SWAPS / 3);
                Watch one = first.watch();
                Watch other = second.watch();
                soak(shell, Map.of("capture", List.of("pattern", "file:" + clip), "encoder", List.of("x264", "openh264")),
                        SWAPS / 3);
                shell.run("swap", "capture", "pattern");
                Watch oneAfter = first.watch();
                Watch otherAfter = second.watch();

                int threadsAfter = threads(product);
                long heapAfter = heapKilobytes(product);
                double swapsPerFrame = (double) (2 * SWAPS / 3 + 10) / one.strips();
                report(one, other, missingAnyway, threads, threadsAfter, heap, heapAfter);
                assertAll(
                        () -> assertEquals(List.of(), failures, "swaps that failed"),
                        () -> assertEquals(1, oneAfter.joins().size(), "connections of the first viewer"),
                        () -> assertEquals(1, otherAfter.joins().size(), "connections of the second viewer"),
                        () -> assertEquals(0, oneAfter.stats().packetsLost(), "RTP packets missing"),
                        () -> assertEquals(0, otherAfter.stats().packetsLost(), "RTP packets missing"),
                        () -> assertEquals(0, one.backwards() + other.backwards(), "frames that came twice or late"),
                        () -> assertTrue(one.gaps() <= (2 * missingAnyway + 0.05 * swapsPerFrame) * one.strips() + 5,
                                one.gaps() + " frames missing of " + one.strips() + ", " + missingAnyway + " for each anyway"),
                        () -> assertTrue(threadsAfter <= threads + THREADS_MORE, threads + " threads became " + threadsAfter),
                        () -> assertTrue(heapAfter <= heap + HEAP_MORE_KB, heap + " KB of heap became " + heapAfter));
            }
        }
    }

    private void soak(ShellPipe shell, Map<String, List<String>> choices, int swaps) throws IOException {
        List<String> roles = List.copyOf(new TreeMap<>(choices).keySet());
        Map<String, Integer> serving = new TreeMap<>();
        for (int i = 0; i < swaps; i++) {
            String role = roles.get(random.nextInt(roles.size()));
            int next = (serving.getOrDefault(role, 0) + 1) % choices.get(role).size();
            serving.put(role, next);
            String answer = shell.run("swap", role, "'" + choices.get(role).get(next) + "'");
            if (!answer.contains(" serves")) {
                failures.add(role + " " + choices.get(role).get(next) + ": " + answer.strip());
            }
            Matcher gap = GAP.matcher(answer);
            if (gap.find()) {
                gaps.computeIfAbsent(role, unused -> new ArrayList<>()).add(Double.parseDouble(gap.group(1)));
            }
            Pause.millis(random.nextInt(300));
        }
    }

    private void report(Watch one, Watch other, double missingAnyway, int threads, int threadsAfter, long heap, long heapAfter) {
        System.out.printf("%d swaps; %.2f %% of frames missing before any%n", SWAPS, 100 * missingAnyway);
        System.out.println("first viewer, no source changed: " + one);
        System.out.println("second viewer, no source changed: " + other);
        gaps.forEach((role, all) -> {
            double[] values = all.stream().mapToDouble(Double::doubleValue).toArray();
            System.out.printf("gap at a swap of %s, ms: p50 %.1f, p95 %.1f, p99 %.1f, most %.1f; of %d; two intervals are %.1f%n",
                    role, Watch.percentile(values, 0.5), Watch.percentile(values, 0.95), Watch.percentile(values, 0.99),
                    Watch.percentile(values, 1), values.length, 2 * INTERVAL_MILLIS);
        });
        System.out.printf("threads %d, then %d; heap after collection %d KB, then %d KB%n", threads, threadsAfter, heap, heapAfter);
    }

    private static void awaitProviders(ShellPipe shell) throws IOException {
        long end = System.nanoTime() + PLAYING.toNanos();
        while (!shell.run("why", "packetiser").contains("twin") || !shell.run("why", "congestion").contains("twin")) {
            assertTrue(System.nanoTime() < end, "the twins were not installed: " + shell.run("stages"));
            Pause.millis(200);
        }
    }

    /** A bundle of the product as it is shipped. */
    private static Path bundle(String name) throws IOException {
        try (Stream<Path> jars = Files.list(Product.root().resolve("launcher/target/revcam/media"))) {
            return jars.filter(jar -> jar.getFileName().toString().startsWith(name + "-")).findFirst().orElseThrow();
        }
    }

    private Path clip() throws Exception {
        Path clip = directory.resolve("clip.y4m");
        Process ffmpeg = new ProcessBuilder("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=30",
                "-frames:v", "60", "-pix_fmt", "yuv420p", clip.toString()).inheritIO().start();
        assertTrue(ffmpeg.waitFor(60, TimeUnit.SECONDS) && ffmpeg.exitValue() == 0, "ffmpeg makes a clip");
        return clip;
    }

    private static int threads(Product product) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(product.pid()), "task"))) {
            return (int) tasks.count();
        }
    }

    private static long heapKilobytes(Product product) throws Exception {
        jcmd(product, "GC.run");
        jcmd(product, "GC.run");
        // Young and old generation; what follows is metaspace.
        Matcher used = Pattern.compile("generation\\s+total \\d+K, used (\\d+)K").matcher(jcmd(product, "GC.heap_info"));
        long sum = 0;
        while (used.find()) {
            sum += Long.parseLong(used.group(1));
        }
        assertTrue(sum > 0, "no figure for the heap");
        return sum;
    }

    private static String jcmd(Product product, String command) throws Exception {
        Process jcmd = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(product.pid()), command).redirectErrorStream(true).start();
        String answer = new String(jcmd.getInputStream().readAllBytes());
        assertEquals(0, jcmd.waitFor(), answer);
        return answer;
    }
}
