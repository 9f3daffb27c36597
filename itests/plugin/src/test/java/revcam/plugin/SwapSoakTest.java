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
import java.util.Set;
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
 * Random swaps of every stage, two viewers in a real browser, the whole product; {@code -Drevcam.swaps=1000} for the soak, with
 * {@code -Drevcam.swaps.pause=100} for at most so many milliseconds between two. First those that must not lose a frame, in two
 * thirds of the swaps; then as long without any, but five minutes at most, to be compared with; then sources as well, whose
 * counters differ.
 */
class SwapSoakTest {

    private static final int SWAPS = Integer.getInteger("revcam.swaps", 39);
    private static final int LONGEST_PAUSE_MILLIS = Integer.getInteger("revcam.swaps.pause", 300);
    private static final long LONGEST_CONTROL_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final Duration PLAYING = Duration.ofSeconds(60);
    private static final Pattern GAP = Pattern.compile("the gap was ([0-9.]+) ms");
    private static final double INTERVAL_MILLIS = 1000 / 30.0;
    /** Above what the collector and a browser's statistics come and go with. */
    private static final int THREADS_MORE = 3;
    private static final int HEAP_MORE_KB = 4_000;

    private final Random random = new Random(3);
    private final Map<String, List<Double>> gaps = new TreeMap<>();
    private final Map<String, Integer> swapsOf = new TreeMap<>();
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
            // Both have the same configuration and so the same file: never side by side.
            product.awaitShell("swap", "exporter", "jsonl");
            Jars.deploy(Jars.twin(bundle("revcam.telemetry.jsonl"), "revcam.telemetry", "jsonl", "twin",
                    directory.resolve("telemetry.jar")), deploy, "telemetry.jar");
            awaitProviders(product);
            Page first = chromium.open(product.url());
            first.awaitFrames(30, PLAYING);
            Page second = chromium.open(product.url());
            second.awaitFrames(30, PLAYING);
            Map<String, List<String>> seamless = Map.of(
                    "encoder", List.of("x264", "openh264"),
                    "packetiser", List.of("h264", "twin"),
                    "congestion", List.of("fixed", "twin"),
                    "exporter", List.of("jsonl", "twin"));
            soak(product, seamless, 10); // classes are loaded, pools are filled
            int threads = threads(product);
            long heap = heapKilobytes(product);
            int swaps = 2 * SWAPS / 3;
            first.reset();
            second.reset();
            long began = System.nanoTime();
            soak(product, seamless, swaps);
            List<Watch> swapped = List.of(first.watch(), second.watch());
            long took = System.nanoTime() - began;
            long controlTakes = Math.min(took, LONGEST_CONTROL_NANOS);
            product.awaitShell("swap", "exporter", "jsonl");
            String counted = counted(product);

            first.reset();
            second.reset();
            Pause.millis(controlTakes / 1_000_000);
            List<Watch> control = List.of(first.watch(), second.watch());

            first.reset();
            second.reset();
            soak(product, Map.of("capture", List.of("pattern", "file:" + clip), "encoder", List.of("x264", "openh264")),
                    SWAPS / 3);
            product.awaitShell("swap", "capture", "pattern");
            List<Watch> sources = List.of(first.watch(), second.watch());

            int threadsAfter = threads(product);
            long heapAfter = heapKilobytes(product);
            System.out.println("counted by then: " + counted);
            report(swapped, control, sources, threads, threadsAfter, heap, heapAfter);
            List<Watch> all = Stream.of(swapped, control, sources).flatMap(List::stream).toList();
            int missing = missing(swapped);
            double anyway = missing(control) * (double) took / controlTakes;
            assertAll(
                    () -> assertEquals(List.of(), failures, "swaps that failed"),
                    () -> assertEquals(Set.of("capture", "congestion", "encoder", "exporter", "packetiser"), swapsOf.keySet(), "stages swapped"),
                    () -> all.forEach(watch -> assertEquals(1, watch.joins().size(), "connections of a viewer")),
                    () -> all.forEach(watch -> assertEquals(0, watch.stats().packetsLost(), "RTP packets missing")),
                    () -> assertEquals(0, swapped.stream().mapToInt(Watch::backwards).sum(), "frames that came twice or late"),
                    // For each of the two viewers; what the machine loses comes in bursts.
                    () -> assertTrue(missing <= 2 * (anyway + 0.05 * swaps + 5),
                            missing + " frames missing with " + swaps + " swaps, " + Math.round(anyway) + " in that time without"),
                    () -> assertTrue(threadsAfter <= threads + THREADS_MORE, threads + " threads became " + threadsAfter),
                    () -> assertTrue(heapAfter <= heap + HEAP_MORE_KB, heap + " KB of heap became " + heapAfter));
        }
    }

    private void soak(Product product, Map<String, List<String>> choices, int swaps) throws IOException {
        List<String> roles = List.copyOf(new TreeMap<>(choices).keySet());
        Map<String, Integer> serving = new TreeMap<>();
        for (int i = 0; i < swaps; i++) {
            String role = roles.get(random.nextInt(roles.size()));
            int next = (serving.getOrDefault(role, 0) + 1) % choices.get(role).size();
            serving.put(role, next);
            swapsOf.merge(role, 1, Integer::sum);
            Product.ShellAnswer answer = product.shell("swap", role, choices.get(role).get(next));
            if (answer.status() != 0) {
                failures.add(role + " " + choices.get(role).get(next) + ": " + answer.output() + answer.errors());
            }
            Matcher gap = GAP.matcher(answer.output());
            if (gap.find()) {
                gaps.computeIfAbsent(role, unused -> new ArrayList<>()).add(Double.parseDouble(gap.group(1)));
            }
            Pause.millis(random.nextInt(LONGEST_PAUSE_MILLIS));
        }
    }

    private static int missing(List<Watch> viewers) {
        return viewers.stream().mapToInt(Watch::gaps).sum();
    }

    private void report(List<Watch> swapped, List<Watch> control, List<Watch> sources, int threads, int threadsAfter,
            long heap, long heapAfter) {
        System.out.printf("%d swaps, and ten before: %s%n", SWAPS, swapsOf);
        swapped.forEach(watch -> System.out.println("swapped: " + watch + ", frames read " + watch.strips()));
        control.forEach(watch -> System.out.println("without, as long or five minutes: " + watch + ", frames read " + watch.strips()));
        sources.forEach(watch -> System.out.println("sources swapped too, whose counters differ: " + watch));
        gaps.forEach((role, all) -> {
            double[] values = all.stream().mapToDouble(Double::doubleValue).toArray();
            System.out.printf("gap at a swap of %s, ms: p50 %.1f, p95 %.1f, p99 %.1f, most %.1f; of %d; two intervals are %.1f%n",
                    role, Watch.percentile(values, 0.5), Watch.percentile(values, 0.95), Watch.percentile(values, 0.99),
                    Watch.percentile(values, 1), values.length, 2 * INTERVAL_MILLIS);
        });
        System.out.printf("threads %d, then %d; heap after collection %d KB, then %d KB%n", threads, threadsAfter, heap, heapAfter);
    }

    private static void awaitProviders(Product product) throws IOException {
        long end = System.nanoTime() + PLAYING.toNanos();
        while (!product.awaitShell("why", "packetiser").contains("twin")
                || !product.awaitShell("why", "congestion").contains("twin")
                || !product.awaitShell("why", "exporter").contains("twin")) {
            assertTrue(System.nanoTime() < end, "the twins were not installed: " + product.awaitShell("stages"));
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

    /** The stream's counters as the telemetry has them, a second late at most: where frames were dropped, if any were. */
    private static String counted(Product product) throws IOException {
        Pause.millis(2_000);
        return Files.readAllLines(product.state().resolve("telemetry/telemetry.jsonl")).stream()
                .filter(line -> line.contains("\"m\":\"stream\"")).reduce("", (before, line) -> line);
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
