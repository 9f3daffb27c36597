package revcam.bench;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import revcam.browser.Configs;
import revcam.browser.Product;
import revcam.linklab.UdpRelay;

/**
 * The media engines against each other: for each of them the product is started anew, {@code ./revcam view} watches it in a
 * process of its own, directly or through the laboratory's link, and what both have spent and seen is put side by side.
 */
final class EngineComparison {

    private static final String DIRECT = "direct";

    /** @param candidates each {@code ENGINE:CODEC}, or {@code revcam/ENCODER:CODEC} */
    record Settings(List<String> candidates, List<String> links, int seconds, int rounds, String capture) {

        static Settings standard() {
            return new Settings(List.of("revcam:H264", "libwebrtc:H264", "libwebrtc:VP8", "libwebrtc:VP9", "libwebrtc:AV1"),
                    List.of(DIRECT, "loss-5", "steps"), 20, 1, "pattern");
        }

        /** @throws IllegalArgumentException the value is none that the option takes */
        Settings with(String option, String value) {
            return switch (option) {
                case "--try" -> {
                    List<String> list = List.of(value.strip().split("\\s+"));
                    list.stream().filter(one -> !one.matches("(revcam/[a-z0-9_]+|[a-z][a-z0-9_]*):[A-Za-z0-9]+")).findFirst().ifPresent(one -> {
                        throw new IllegalArgumentException("--try takes ENGINE:CODEC such as libwebrtc:VP8, or"
                                + " revcam/ENCODER:CODEC such as revcam/openh264:H264, not " + one);
                    });
                    yield new Settings(list, links, seconds, rounds, capture);
                }
                case "--link" -> new Settings(candidates, List.of(value.strip().split("\\s+")), seconds, rounds, capture);
                case "--seconds" -> new Settings(candidates, links, number(option, value), rounds, capture);
                case "--rounds" -> new Settings(candidates, links, seconds, number(option, value), capture);
                case "--capture" -> new Settings(candidates, links, seconds, rounds, value);
                default -> throw new IllegalArgumentException("--engines has no " + option);
            };
        }

        private static int number(String option, String value) {
            if (!value.matches("[1-9][0-9]{0,3}")) {
                throw new IllegalArgumentException(option + " takes a number, not " + value);
            }
            return Integer.parseInt(value);
        }
    }

    private final Settings settings;

    EngineComparison(Settings settings) {
        this.settings = settings;
    }

    /** Prints the table as it goes; returns the figures for the JSON file. */
    List<Map<String, Object>> run() throws IOException, InterruptedException {
        List<Map<String, Object>> all = new ArrayList<>();
        System.out.println("| engine:codec | link | CPU s/min | RSS MB | first ms | latency ms (95 %) | kbit/s | of the link % | fps"
                + " | freezes | frozen s | lost % |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|");
        // One after the other and then again, so that whatever else the machine does strikes all alike.
        for (int round = 0; round < settings.rounds; round++) {
            for (String link : settings.links) {
                for (String candidate : settings.candidates) {
                    Map<String, Object> figures = watch(candidate, link);
                    all.add(figures);
                    System.out.println(row(List.of(figures)));
                }
            }
        }
        if (settings.rounds > 1) {
            System.out.println("\nMedians of " + settings.rounds + " rounds:\n");
            for (String link : settings.links) {
                for (String candidate : settings.candidates) {
                    System.out.println(row(all.stream().filter(one -> one.get("link").equals(link)
                            && one.get("candidate").equals(candidate)).toList()));
                }
            }
        }
        return all;
    }

    /** @param runs of one candidate on one link; of several the median stands for each figure by itself */
    private static String row(List<Map<String, Object>> runs) {
        String name = "| " + runs.get(0).get("candidate") + " | " + runs.get(0).get("link") + " | ";
        List<Map<String, Object>> good = runs.stream().filter(one -> !one.containsKey("problem")).toList();
        if (good.isEmpty()) {
            return name + runs.get(0).get("problem") + " |";
        }
        return name + String.format(Locale.ROOT, "%.1f | %.0f | %.0f | %.0f (%.0f) | %.0f | %.0f | %.1f | %.0f | %.1f | %.1f |",
                median(good, one -> (double) one.get("cpuSecondsPerMinute")), median(good, one -> (long) one.get("residentBytes") / 1e6),
                seen(good, "firstFrameMillis"), seen(good, "latencyP50Millis"), seen(good, "latencyP95Millis"),
                seen(good, "bitrateBps") / 1000, median(good, one -> 100 * (double) one.get("utilisation")), seen(good, "fps"),
                seen(good, "freezes"), seen(good, "freezeSeconds"), seen(good, "lossPercent")).replace("NaN", "–");
    }

    private static double seen(List<Map<String, Object>> runs, String name) {
        return median(runs, one -> {
            JsonObject viewer = (JsonObject) one.get("viewer");
            return viewer.has(name) ? viewer.get(name).getAsDouble() : Double.NaN;
        });
    }

    /** Of an even number the lower one. */
    private static double median(List<Map<String, Object>> runs, ToDoubleFunction<Map<String, Object>> figure) {
        double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
        return sorted[(sorted.length - 1) / 2];
    }

    private Map<String, Object> watch(String candidate, String link) throws IOException, InterruptedException {
        String[] stages = candidate.substring(0, candidate.indexOf(':')).split("/");
        String engine = stages[0];
        String codec = candidate.substring(candidate.indexOf(':') + 1);
        boolean own = engine.equals("revcam");
        Path directory = Files.createTempDirectory("revcam-engines");
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        // Ours listens where the product was told to, libwebrtc on addresses that are not the loopback's.
        InetSocketAddress camera = new InetSocketAddress(own ? InetAddress.getLoopbackAddress() : ownAddress(), freePort());
        if (own) {
            configs.set("revcam.connectivity.lite", "port", Integer.toString(camera.getPort()));
        } else {
            configs.set("revcam.engine.libwebrtc", "ports", camera.getPort() + "-" + camera.getPort());
        }
        List<String> options = new ArrayList<>(List.of("--capture", settings.capture));
        if (!own) {
            options.addAll(List.of("--engine", "revcam," + engine));
        }
        if (stages.length > 1) {
            options.addAll(List.of("--encoder", stages[1]));
        }
        try (Product product = Product.launch(configs, options.toArray(String[]::new)).awaitReady();
                UdpRelay relay = link.equals(DIRECT) ? null : UdpRelay.open(camera, link, 1)) {
            return watch(product, relay, product.url() + "?engine=" + engine + "&codec=" + codec, candidate, link);
        }
    }

    private Map<String, Object> watch(Product product, UdpRelay relay, String url, String candidate, String link)
            throws IOException, InterruptedException {
        ProcessFigures process = new ProcessFigures(product.pid());
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("candidate", candidate);
        figures.put("link", link);
        try (ViewerProcess viewer = ViewerProcess.start(url, settings.seconds, relay == null ? null : relay.address())) {
            // The first two seconds belong to starting, of the viewer and of what it asks for.
            boolean gone = viewer.awaitEnd(2_000);
            long cpu = process.cpuNanos();
            long began = System.nanoTime();
            long bytes = relay == null ? 0 : relay.carriedBytes();
            double second = relay == null ? 0 : relay.seconds();
            double used = Double.NaN;
            long resident = 0;
            long cpuNow = cpu;
            long now = began;
            while (!gone) {
                gone = viewer.awaitEnd(250);
                resident = Math.max(resident, process.residentBytes());
                if (!gone) {
                    cpuNow = process.cpuNanos();
                    now = System.nanoTime();
                    used = relay == null ? Double.NaN : 8.0 * (relay.carriedBytes() - bytes)
                            / relay.capacityBps(second, relay.seconds()) / (relay.seconds() - second);
                }
            }
            if (viewer.problem() != null) {
                figures.put("problem", viewer.problem());
                return figures;
            }
            figures.put("cpuSecondsPerMinute", now == began ? Double.NaN : 60.0 * (cpuNow - cpu) / (now - began));
            figures.put("residentBytes", resident);
            figures.put("utilisation", used);
            figures.put("viewer", viewer.figures());
        }
        return figures;
    }

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            return socket.getLocalPort();
        }
    }

    /** One of this machine's addresses by which it reaches itself and others; the loopback's where there is no other. */
    private static InetAddress ownAddress() throws IOException {
        for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : Collections.list(network.getInetAddresses())) {
                if (network.isUp() && address instanceof Inet4Address && !address.isLoopbackAddress()) {
                    return address;
                }
            }
        }
        return InetAddress.getLoopbackAddress();
    }
}
