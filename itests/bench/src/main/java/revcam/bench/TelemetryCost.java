package revcam.bench;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import revcam.browser.Configs;
import revcam.browser.Product;

/**
 * What telemetry costs: the product, started anew and watched by one viewer, as shipped and with everything that there is of
 * it: each frame and each delivery as a line of JSON and as a line for a database that takes them, all of it scraped
 * every five seconds. CPU time of the threads that do nothing else, and of those that answer HTTP; one per mille of a core is one
 * ms/s.
 */
final class TelemetryCost {

    /** Thread names as the kernel keeps them. */
    private static final List<String> PARTS = List.of("revcam.telemetr", "revcam.health", "http-");
    private static final int WARM_MILLIS = 10_000;
    private static final int SCRAPE_SECONDS = 5;
    private static final String SHIPPED = "as shipped";
    private static final String FULL = "everything";

    private final int rounds;
    private final int seconds;

    TelemetryCost(int rounds, int seconds) {
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** Prints the table as it goes; returns the figures for the JSON file. */
    List<Map<String, Object>> run() throws IOException, InterruptedException {
        List<Map<String, Object>> all = new ArrayList<>();
        System.out.println("| telemetry | CPU of telemetry, ms/s | of health, ms/s | of HTTP, ms/s | all three, % of a core"
                + " | RevCam, ms/s | to the database, kB/s | scrapes |");
        System.out.println("|---|--:|--:|--:|--:|--:|--:|--:|");
        for (int round = 0; round < rounds; round++) {
            all.add(measure(SHIPPED));
            all.add(measure(FULL));
        }
        return all;
    }

    private Map<String, Object> measure(String how) throws IOException, InterruptedException {
        AtomicLong taken = new AtomicLong();
        HttpServer database = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        database.createContext("/", exchange -> {
            taken.addAndGet(exchange.getRequestBody().readAllBytes().length);
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        database.start();
        Configs configs = Configs.copyTo(Files.createTempDirectory("revcam-telemetry").resolve("configs"));
        List<String> options = new ArrayList<>();
        if (how.equals(FULL)) {
            configs.set("revcam.telemetry.jsonl", "exclude", "");
            configs.set("revcam.telemetry.influx", "url", "http://127.0.0.1:" + database.getAddress().getPort());
            configs.set("revcam.telemetry.influx", "bucket", "revcam");
            options.addAll(List.of("--telemetry", "prometheus,influx"));
        }
        try (Product product = Product.launch(configs, options.toArray(String[]::new)).awaitReady();
                ViewerProcess viewer = ViewerProcess.start(product.url(), seconds + WARM_MILLIS / 1000 + 5, null)) {
            ProcessFigures process = new ProcessFigures(product.pid());
            HttpRequest scrape = HttpRequest.newBuilder(URI.create(product.url() + "metrics"))
                    .header("Accept", "application/openmetrics-text").build();
            HttpClient client = HttpClient.newHttpClient();
            viewer.awaitEnd(WARM_MILLIS);
            Map<Long, ProcessFigures.ThreadTime> before = process.threads();
            long whole = process.cpuNanos();
            long bytes = taken.get();
            long began = System.nanoTime();
            int scrapes = 0;
            for (int second = 1; second <= seconds; second++) {
                if (how.equals(FULL) && second % SCRAPE_SECONDS == 0) {
                    HttpResponse<String> answer = client.send(scrape, HttpResponse.BodyHandlers.ofString());
                    if (answer.statusCode() != 200 || !answer.body().contains("revcam_frame")) {
                        throw new IOException("/metrics answered " + answer.statusCode() + " without a frame");
                    }
                    scrapes++;
                }
                if (viewer.awaitEnd(Math.max(0, second * 1_000L - (System.nanoTime() - began) / 1_000_000))) {
                    throw new IOException("the viewer ended early: " + viewer.problem());
                }
            }
            double spent = (System.nanoTime() - began) / 1e9;
            Map<Long, ProcessFigures.ThreadTime> after = process.threads();
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("telemetry", how);
            double sum = 0;
            for (String part : PARTS) {
                double millis = spent(part, before, after) / 1e6 / spent;
                figures.put(part, millis);
                sum += millis;
            }
            figures.put("percentOfACore", sum / 10);
            figures.put("process", (process.cpuNanos() - whole) / 1e6 / spent);
            figures.put("databaseBytesPerSecond", (taken.get() - bytes) / spent);
            figures.put("scrapes", scrapes);
            System.out.printf(Locale.ROOT, "| %s | %.2f | %.2f | %.2f | %.2f | %.0f | %.1f | %d |%n", how,
                    figures.get(PARTS.get(0)), figures.get(PARTS.get(1)), figures.get(PARTS.get(2)), sum / 10,
                    figures.get("process"), (double) figures.get("databaseBytesPerSecond") / 1e3, scrapes);
            return figures;
        } finally {
            database.stop(0);
        }
    }

    /** By name; of a thread that has come since, all of its time counts, and of one that has gone, none. */
    private static double spent(String part, Map<Long, ProcessFigures.ThreadTime> before,
            Map<Long, ProcessFigures.ThreadTime> after) {
        return after.values().stream().filter(thread -> thread.name().startsWith(part)).mapToLong(thread ->
                thread.nanos() - (before.containsKey(thread.tid()) ? before.get(thread.tid()).nanos() : 0)).sum();
    }
}
