package revcam.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import revcam.browser.Chromium;
import revcam.browser.Configs;
import revcam.browser.Page;
import revcam.browser.Product;
import revcam.browser.Watch;

/**
 * The whole: the product as users start it, 1280x720 at 30 frames a second and 2 Mbit/s, one headless Chromium watching
 * over the loopback.
 */
final class EndToEnd {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ENCODER_THREAD = "revcam.encoder-";
    private static final List<String> STAGES = List.of("frame.capture", "frame.wait", "frame.encode", "frame.packetise",
            "delivery.queue", "delivery.pace", "delivery.send", "delivery.latency");
    private static final int JOINS_TO_WARM = 3;

    /**
     * @param capture as in {@code ./revcam run --capture}
     */
    record Settings(int warmSeconds, int seconds, int starts, int joins, String capture) {

        /** @throws IllegalArgumentException the value is no positive number */
        Settings with(String option, String value) {
            if (option.equals("--capture")) {
                return new Settings(warmSeconds, seconds, starts, joins, value);
            }
            if (!value.matches("[1-9][0-9]{0,4}")) {
                throw new IllegalArgumentException(option + " takes a number, not " + value);
            }
            int number = Integer.parseInt(value);
            return switch (option) {
                case "--warm" -> new Settings(number, seconds, starts, joins, capture);
                case "--seconds" -> new Settings(warmSeconds, number, starts, joins, capture);
                case "--starts" -> new Settings(warmSeconds, seconds, number, joins, capture);
                case "--joins" -> new Settings(warmSeconds, seconds, starts, number, capture);
                default -> throw new IllegalArgumentException("no option " + option);
            };
        }
    }

    private final Settings settings;
    private final Map<String, Object> figures = new LinkedHashMap<>();

    EndToEnd(Settings settings) {
        this.settings = settings;
    }

    /** Prints tables as it goes; returns the figures for the JSON file. */
    Map<String, Object> run() throws IOException, InterruptedException {
        figures.put("settings", settings);
        Path directory = Files.createTempDirectory("revcam-bench");
        X264Clock clock = new X264Clock(directory);
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        clock.install(configs);
        try (Product product = Product.launch(configs, "--capture", settings.capture).awaitReady();
                Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url());
            page.awaitFrames(30, PATIENCE);
            steadyState(product, chromium, page, clock);
            joins(page, product.url());
        }
        starts();
        return figures;
    }

    // ---- steady state

    /** One window of the thread times. */
    private record Window(double seconds, Map<Long, ProcessFigures.ThreadTime> threads, long processNanos,
            long insideX264Nanos, long foreignNanos) {}

    private static Window measure(Product product, Chromium chromium, X264Clock clock, int seconds)
            throws IOException, InterruptedException {
        ProcessFigures process = new ProcessFigures(product.pid());
        long start = System.nanoTime();
        long machine = ProcessFigures.machineNanos();
        long browser = ProcessFigures.treeNanos(chromium.process());
        long whole = process.cpuNanos();
        long insideX264 = clock.nanos();
        Map<Long, ProcessFigures.ThreadTime> before = process.threads();
        Thread.sleep(1000L * seconds);
        Map<Long, ProcessFigures.ThreadTime> after = process.threads();
        insideX264 = clock.nanos() - insideX264;
        whole = process.cpuNanos() - whole;
        browser = ProcessFigures.treeNanos(chromium.process()) - browser;
        machine = ProcessFigures.machineNanos() - machine;
        double elapsed = (System.nanoTime() - start) / 1e9;

        Map<Long, ProcessFigures.ThreadTime> used = new TreeMap<>();
        long living = 0;
        for (ProcessFigures.ThreadTime thread : after.values()) {
            ProcessFigures.ThreadTime earlier = before.get(thread.tid());
            long nanos = thread.nanos() - (earlier == null ? 0 : earlier.nanos());
            used.put(thread.tid(), new ProcessFigures.ThreadTime(thread.tid(), thread.name(), nanos));
            living += nanos;
        }
        // The process's own total counts in ticks, but threads that ended in the window are only there.
        return new Window(elapsed, used, Math.max(living, whole), insideX264, machine - whole - browser);
    }

    private void steadyState(Product product, Chromium chromium, Page page, X264Clock clock)
            throws IOException, InterruptedException {
        System.out.printf("%nend to end, %s, 1280x720, 30 fps, 2 Mbit/s, one viewer: %d s to warm up, %d s measured%n",
                settings.capture, settings.warmSeconds, settings.seconds);
        Thread.sleep(1000L * settings.warmSeconds);
        page.reset();
        Window window = measure(product, chromium, clock, settings.seconds);
        Watch watch = page.watch();
        ProcessFigures process = new ProcessFigures(product.pid());
        long resident = process.residentBytes();
        long peak = process.peakResidentBytes();
        long proportional = process.proportionalBytes();
        Telemetry telemetry = Telemetry.record(product);

        long x264 = x264Nanos(window);
        long rest = window.processNanos - x264;
        printThreads(window);
        System.out.printf("  %-46s %8.2f%n", "process, s of CPU per minute", perMinute(window, window.processNanos));
        System.out.printf("  %-46s %8.2f%n", "other processes than ours and the browser's",
                perMinute(window, window.foreignNanos));
        System.out.printf("x264, s of CPU per minute: %.2f (its own threads, and ours while it is inside)%n",
                perMinute(window, x264));
        System.out.printf("everything else: %.2f, relative to x264 %.1f %%   (goal: at most 15 %%)%n",
                perMinute(window, rest), 100.0 * rest / x264);
        System.out.printf("memory, MB: resident %.1f, peak %.1f, proportional %.1f   (goal: at most 140)%n",
                resident / 1e6, peak / 1e6, proportional / 1e6);
        System.out.println("viewer: " + watch);

        Map<String, Object> out = new LinkedHashMap<>();
        out.put("threads", threadTable(window));
        out.put("processCpuPerMinute", perMinute(window, window.processNanos));
        out.put("foreignCpuPerMinute", perMinute(window, window.foreignNanos));
        out.put("x264CpuPerMinute", perMinute(window, x264));
        out.put("restRelativeToX264", (double) rest / x264);
        out.put("residentBytes", resident);
        out.put("peakResidentBytes", peak);
        out.put("proportionalBytes", proportional);
        out.put("framesPerSecond", watch.framesPerSecond());
        out.put("kilobitsPerSecond", watch.kilobitsPerSecond());
        out.put("stats", watch.stats());
        out.put("framesMissing", watch.gaps());
        out.put("latencyMillis", percentiles(watch.latencies()));
        out.put("stagesMillis", stages(telemetry));
        figures.put("steadyState", out);
    }

    private static Map<String, Object> stages(Telemetry telemetry) {
        System.out.printf("%nstages, as the product times them, ms%n  %-32s %8s %8s%n", "", "median", "p95");
        Map<String, Object> out = new LinkedHashMap<>();
        for (String stage : STAGES) {
            String[] name = stage.split("\\.");
            double median = telemetry.medianMillis(name[0], name[1]);
            double p95 = telemetry.p95Millis(name[0], name[1]);
            System.out.printf("  %-32s %8.2f %8.2f%n", name[0] + " " + name[1], median, p95);
            out.put(stage, Map.of("median", median, "p95", p95));
        }
        return out;
    }

    private static boolean isEncoder(ProcessFigures.ThreadTime thread) {
        return thread.name().equals(ENCODER_THREAD);
    }

    /** Threads that libx264 starts inherit the name of the one that opened it, and come later. */
    private static ProcessFigures.ThreadTime ownEncoderThread(Window window) {
        return window.threads.values().stream().filter(EndToEnd::isEncoder).findFirst().orElseThrow();
    }

    /** All that libx264 computed: on the threads that it started, and on ours inside its function. */
    private static long x264Nanos(Window window) {
        long nanos = window.insideX264Nanos - ownEncoderThread(window).nanos();
        for (ProcessFigures.ThreadTime thread : window.threads.values()) {
            nanos += isEncoder(thread) ? thread.nanos() : 0;
        }
        return nanos;
    }

    private static double perMinute(Window window, double nanos) {
        return nanos / 1e9 / window.seconds * 60;
    }

    private static Map<String, Double> threadTable(Window window) {
        Map<String, Double> table = new TreeMap<>();
        long living = 0;
        boolean ownSeen = false;
        for (ProcessFigures.ThreadTime thread : window.threads.values()) {
            String name = thread.name();
            long nanos = thread.nanos();
            if (isEncoder(thread)) {
                name = ownSeen ? "threads that x264 starts" : ENCODER_THREAD + "main outside x264";
                if (!ownSeen) {
                    nanos -= window.insideX264Nanos;
                    table.put(ENCODER_THREAD + "main inside x264", perMinute(window, window.insideX264Nanos));
                }
                ownSeen = true;
            }
            table.merge(name, perMinute(window, nanos), Double::sum);
            living += thread.nanos();
        }
        table.put("threads that ended, and rounding", perMinute(window, window.processNanos - living));
        return table;
    }

    private static void printThreads(Window window) {
        System.out.println("  thread (names as the kernel cuts them)              s of CPU per minute");
        threadTable(window).entrySet().stream()
                .filter(entry -> entry.getValue() >= 0.005)
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
                .forEach(entry -> System.out.printf("  %-46s %8.2f%n", entry.getKey(), entry.getValue()));
    }

    // ---- joining

    private void joins(Page page, String url) throws IOException, InterruptedException {
        List<Watch.Join> joins = new ArrayList<>();
        for (int i = 0; i < JOINS_TO_WARM + settings.joins; i++) {
            page.navigate(url);
            page.awaitFrames(15, PATIENCE);
            Watch.Join join = page.watch().joins().get(0);
            if (join.status() != 201) {
                throw new IOException("the first offer was answered " + join.status());
            }
            if (i >= JOINS_TO_WARM) {
                joins.add(join);
            }
            // Lets the page come to rest, and the next join fall anywhere between two frames.
            Thread.sleep(300 + 7L * i);
        }
        System.out.printf("%n%d warm joins, ms from the POST%n", joins.size());
        System.out.printf("  %-34s %8s %8s %8s%n", "until", "median", "least", "most");
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("answer", milestone("answer", joins, Watch.Join::answer));
        out.put("ice", milestone("ICE connected", joins, Watch.Join::ice));
        out.put("dtls", milestone("DTLS connected", joins, Watch.Join::dtls));
        out.put("decoded", milestone("first frame decoded (goal 100)", joins, Watch.Join::decoded));
        out.put("presented", milestone("first frame composed", joins, Watch.Join::presented));
        figures.put("joinMillis", out);
    }

    private static Map<String, Double> milestone(
            String name, List<Watch.Join> joins, Function<Watch.Join, Double> time) {
        double[] times = joins.stream().map(time).filter(Objects::nonNull).mapToDouble(Double::doubleValue)
                .toArray();
        return spread(name, times);
    }

    private static Map<String, Double> spread(String name, double[] values) {
        Map<String, Double> out = new LinkedHashMap<>();
        out.put("median", Watch.percentile(values, 0.5));
        out.put("least", Watch.percentile(values, 0));
        out.put("most", Watch.percentile(values, 1));
        System.out.printf("  %-34s %8.0f %8.0f %8.0f%n", name, out.get("median"), out.get("least"), out.get("most"));
        return out;
    }

    // ---- starting

    /** Starts again what the script once started: the same command, so the same flags, in the same state directory. */
    private void starts() throws IOException, InterruptedException {
        double[] wall = new double[settings.starts];
        double[] cpu = new double[settings.starts];
        double[] script = new double[1];
        try (Product product = Product.start()) {
            script[0] = product.startTime().toMillis();
            ProcessFigures running = new ProcessFigures(product.pid());
            List<String> command = running.command();
            command.replaceAll(argument -> argument.startsWith("-Drevcam.port=") ? "-Drevcam.port=0" : argument);
            List<String> environment = running.environment();
            product.end("TERM");
            for (int i = 0; i < settings.starts; i++) {
                Thread.sleep(300);
                ColdStart start = ColdStart.of(command, environment);
                wall[i] = start.wallMillis();
                cpu[i] = start.cpuMillis();
            }
        }
        System.out.printf("%n%d starts, from exec to the ready line, files in the page cache%n", settings.starts);
        System.out.printf("  %-34s %8s %8s %8s%n", "ms", "median", "least", "most");
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("wall", spread("wall (goal 1200)", wall));
        out.put("cpu", spread("CPU (goal 1100)", cpu));
        out.put("script", spread("wall of ./revcam run, first start", script));
        figures.put("startMillis", out);
    }

    private static Map<String, Double> percentiles(double[] values) {
        Map<String, Double> out = new LinkedHashMap<>();
        out.put("p50", Watch.percentile(values, 0.50));
        out.put("p95", Watch.percentile(values, 0.95));
        out.put("p99", Watch.percentile(values, 0.99));
        out.put("max", Watch.percentile(values, 1));
        return out;
    }
}
