package revcam.bench;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import revcam.browser.Chromium;
import revcam.browser.Configs;
import revcam.browser.Page;
import revcam.browser.Product;
import revcam.browser.Watch;
import revcam.linklab.UdpRelay;

/**
 * The product as a user starts it, and a viewer that watches it without a window, with the laboratory's link between them
 * where one is named. Or a camera that runs elsewhere, and the viewer alone.
 */
final class LiveRun {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LOOK_MILLIS = 250;
    private static final List<String> DROPS = List.of("dropped_superseded", "dropped_congested", "dropped_no_encoder",
            "skipped_by_encoder", "dropped_ring_full", "dropped_awaiting_key");

    private final Setup setup;
    private final Map<String, Double> figures = new LinkedHashMap<>();

    private LiveRun(Setup setup) {
        this.setup = setup;
    }

    /**
     * @param clip what stands for the scene, if that is a file
     * @param camera the page of a camera that runs already; null: one is started here
     */
    static Measured of(Setup setup, String clip, String camera, long seed) throws IOException, InterruptedException {
        LiveRun run = new LiveRun(setup);
        return camera == null ? run.product(clip, seed) : run.elsewhere(camera);
    }

    private Measured elsewhere(String camera) throws IOException, InterruptedException {
        if (setup.viewer.equals("chromium")) {
            try (Chromium chromium = Chromium.start()) {
                Page page = chromium.open(camera);
                page.awaitFrames(10, PATIENCE);
                Thread.sleep(Math.round(1000 * setup.warmSeconds));
                page.reset();
                Thread.sleep(Math.round(1000 * setup.seconds));
                seen(page.watch());
            }
        } else {
            watch(camera, null, null);
        }
        return new Measured(figures, 1, Map.of());
    }

    private Measured product(String clip, long seed) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("revcam-live");
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        for (Map.Entry<String, String> setting : setup.settings.entrySet()) {
            configs.set("revcam.encoder." + setup.encoder, setting.getKey(), setting.getValue());
        }
        configs.set("revcam.stream-main", "mtu", Integer.toString(setup.mtu));
        for (Map.Entry<String, Map<String, String>> pid : setup.config.entrySet()) {
            for (Map.Entry<String, String> setting : pid.getValue().entrySet()) {
                configs.set(pid.getKey(), setting.getKey(), setting.getValue());
            }
        }
        InetSocketAddress port = new InetSocketAddress(InetAddress.getLoopbackAddress(),
                Integer.parseInt(configs.get("revcam.connectivity.lite", "port")));
        try (UdpRelay relay = setup.link() == null ? null : UdpRelay.open(port, setup.link(), seed)) {
            if (relay != null) {
                configs.set("revcam.connectivity.lite", "announce", "127.0.0.1:" + relay.address().getPort());
            }
            try (Product product = Product.launch(configs, "--capture", clip == null ? setup.scene : "file:" + clip,
                    "--size", setup.size, "--fps", Double.toString(setup.fps), "--bitrate", setup.bitrate,
                    "--encoder", setup.encoder, "--congestion", setup.controller).awaitReady()) {
                return setup.viewer.equals("chromium") ? browser(product, relay) : viewer(product, relay);
            }
        }
    }

    private Measured browser(Product product, UdpRelay relay) throws IOException, InterruptedException {
        try (Chromium chromium = Chromium.start()) {
            Page page = chromium.openBlank();
            if (relay != null) {
                page.reachBy(relay.address().getPort());
            }
            page.navigate(product.url());
            page.awaitFrames(30, PATIENCE);
            Thread.sleep(Math.round(1000 * setup.warmSeconds));
            page.reset();
            long from = System.currentTimeMillis();
            double began = relay == null ? 0 : relay.seconds();
            Spent spent = new Spent(product);
            long end = System.nanoTime() + Math.round(1e9 * setup.seconds);
            while (System.nanoTime() < end) {
                Thread.sleep(LOOK_MILLIS);
                spent.look();
            }
            Watch watch = page.watch();
            seen(watch);
            spent.tell();
            return told(product, relay, from, began, watch.kilobitsPerSecond());
        }
    }

    private void seen(Watch watch) {
        Watch.Stats stats = watch.stats();
        figures.put("fps", watch.framesPerSecond());
        figures.put("receivedKbps", watch.kilobitsPerSecond());
        figures.put("latencyP50Ms", watch.latency(0.5));
        figures.put("latencyP95Ms", watch.latency(0.95));
        figures.put("freezes", (double) stats.freezeCount());
        figures.put("lostPercent", 100.0 * stats.packetsLost() / Math.max(1, stats.packetsReceived() + stats.packetsLost()));
        figures.put("keyframeRequests", (double) stats.pliCount());
        figures.put("rttMs", stats.rttMillis());
        Double decoded = watch.joins().isEmpty() ? null : watch.joins().get(0).decoded();
        figures.put("firstFrameMs", decoded == null ? Double.NaN : decoded);
    }

    private Measured viewer(Product product, UdpRelay relay) throws IOException, InterruptedException {
        long from = System.currentTimeMillis();
        double began = relay == null ? 0 : relay.seconds();
        Spent spent = new Spent(product);
        JsonObject saw = watch(product.url(), relay == null ? null : relay.address(), spent);
        return told(product, relay, from, began, saw.get("bitrateBps").getAsDouble() / 1e3);
    }

    private JsonObject watch(String url, InetSocketAddress via, Spent spent) throws IOException, InterruptedException {
        try (ViewerProcess viewer = ViewerProcess.start(url, (int) Math.ceil(setup.seconds), via)) {
            // What it takes to start belongs to nobody.
            boolean gone = viewer.awaitEnd(Math.round(1000 * Math.min(setup.warmSeconds, setup.seconds / 2)));
            if (spent != null) {
                spent.reset();
            }
            while (!gone) {
                gone = viewer.awaitEnd(LOOK_MILLIS);
                if (spent != null && !gone) {
                    spent.look();
                }
            }
            if (viewer.problem() != null) {
                throw new IllegalArgumentException(viewer.problem());
            }
            JsonObject saw = viewer.figures();
            Map.of("fps", "fps", "latencyP50Ms", "latencyP50Millis", "latencyP95Ms", "latencyP95Millis", "freezes", "freezes",
                    "frozenSeconds", "freezeSeconds", "lostPercent", "lossPercent", "keyframeRequests", "plis", "rttMs",
                    "rttMillis", "firstFrameMs", "firstFrameMillis").forEach((figure, name) ->
                            figures.put(figure, saw.has(name) ? saw.get(name).getAsDouble() : Double.NaN));
            figures.put("receivedKbps", saw.get("bitrateBps").getAsDouble() / 1e3);
            if (spent != null) {
                spent.tell();
            }
            return saw;
        }
    }

    /** What the product's process used, from its making or {@link #reset} to the last look. */
    private final class Spent {
        private final ProcessFigures process;
        private long cpu;
        private long cpuNow;
        private long began;
        private long now;
        private long resident;

        Spent(Product product) throws IOException {
            process = new ProcessFigures(product.pid());
            reset();
        }

        void reset() throws IOException {
            cpu = process.cpuNanos();
            cpuNow = cpu;
            began = System.nanoTime();
            now = began;
        }

        void look() throws IOException {
            cpuNow = process.cpuNanos();
            now = System.nanoTime();
            resident = Math.max(resident, process.residentBytes());
        }

        void tell() {
            figures.put("cpuPerMinute", now == began ? Double.NaN : 60.0 * (cpuNow - cpu) / (now - began));
            figures.put("residentMB", resident / 1e6);
        }
    }

    /** What the product says itself, and what the link could have carried. */
    private Measured told(Product product, UdpRelay relay, long from, double began, double kilobits) throws IOException {
        if (relay != null) {
            figures.put("usedPercent", 100e3 * kilobits / relay.capacityBps(began, relay.seconds()));
        }
        Telemetry telemetry = Telemetry.written(product, from);
        figures.put("overruns", growth(telemetry.values("stream", "overruns")));
        figures.put("dropped", DROPS.stream().mapToDouble(name -> growth(telemetry.values("stream", name))).sum());
        figures.put("keyframes", growth(telemetry.values("stream", "keyframes")));
        figures.put("temperatureC", Arrays.stream(telemetry.values("health", "temperature")).max().orElse(Double.NaN));
        double[] throttled = telemetry.values("health", "throttled");
        figures.put("throttled", throttled.length == 0 ? Double.NaN : Arrays.stream(throttled).sum());
        Map<String, double[]> series = new LinkedHashMap<>();
        double[] target = scaled(telemetry.values("viewer", "target"), value -> value / 1e3);
        series.put("target", target);
        series.put("received", scaled(differences(telemetry.values("viewer", "acknowledged_bytes")), bytes -> bytes * 8 / 1e3));
        series.put("rtt", scaled(telemetry.values("viewer", "rtt"), nanos -> nanos / 1e6));
        if (relay != null) {
            double[] capacity = new double[target.length];
            Arrays.setAll(capacity, i -> relay.capacityBps(began + i, began + i + 1) / 1e3);
            series.put("capacity", capacity);
        }
        return new Measured(figures, 1, series);
    }

    private static double growth(double[] counter) {
        return counter.length == 0 ? Double.NaN : counter[counter.length - 1] - counter[0];
    }

    private static double[] differences(double[] counter) {
        double[] growth = new double[counter.length];
        for (int i = 1; i < growth.length; i++) {
            growth[i] = counter[i] - counter[i - 1];
        }
        return growth;
    }

    private static double[] scaled(double[] values, DoubleUnaryOperator by) {
        return Arrays.stream(values).map(by).toArray();
    }
}
