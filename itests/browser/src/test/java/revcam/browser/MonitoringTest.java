package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus and a real InfluxDB beside a stream that somebody watches: every curve of both dashboards in
 * docs/grafana has something to show. Where the two are not installed there is nothing to test against.
 */
class MonitoringTest {

    /** A rate of what is told once a minute, or when it happens. */
    private static final Pattern MAY_BE_EMPTY = Pattern.compile(".*lost_samples.*");
    private static final Duration PATIENCE = Duration.ofSeconds(75);
    private static final String PASSWORD = "pa55-w0rd";

    @TempDir
    Path directory;

    @Test
    void prometheusHasEveryCurveAndForgetsViewersThatLeft() throws IOException {
        assumeTrue(Daemon.isInstalled("prometheus"), "prometheus is not installed");
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        configs.set("revcam.health", "root", board().toString());
        try (Product product = Product.launch(configs, "--telemetry", "prometheus").awaitReady();
                Chromium chromium = Chromium.start()) {
            int port = Daemon.freePort();
            Path config = directory.resolve("prometheus.yml");
            Files.writeString(config, """
                    global: {scrape_interval: 1s}
                    scrape_configs:
                    - job_name: revcam
                      static_configs: [{targets: ['%s']}]
                    """.formatted(URI.create(product.url()).getAuthority()));
            try (Daemon prometheus = Daemon.start(directory, port, "/-/ready", "prometheus", "--config.file=" + config,
                    "--storage.tsdb.path=" + directory.resolve("tsdb"), "--web.listen-address=127.0.0.1:" + port)) {
                Page page = chromium.open(product.url());
                page.awaitFrames(30, Duration.ofSeconds(20));
                awaitAll(queries("revcam-prometheus.json", "expr"), expression -> {
                    JsonObject answer = JsonParser.parseString(prometheus.send("GET", "/api/v1/query",
                            Map.of("query", expression.replace("$stream", ".*").replace("$__rate_interval", "20s")))
                            .body()).getAsJsonObject();
                    assertEquals("success", answer.get("status").getAsString(), expression + ": " + answer);
                    double latest = Double.NaN;
                    for (JsonElement series : answer.getAsJsonObject("data").getAsJsonArray("result")) {
                        double value = series.getAsJsonObject().getAsJsonArray("value").get(1).getAsDouble();
                        latest = Double.isNaN(value) ? latest : value;
                    }
                    return latest;
                }, "8 * revcam_stream_encoded_rate_bytes_per_second{stream=~\"$stream\"}");
                assertTrue(metrics(product).contains("viewer=\"1\""));
                page.navigate("about:blank");
                long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
                while (metrics(product).contains("viewer=\"1\"") && System.nanoTime() - end < 0) {
                    Pause.millis(500);
                }
                String afterwards = metrics(product);
                assertFalse(afterwards.contains("viewer=\"1\""), afterwards);
                assertTrue(afterwards.contains("revcam_stream_viewers{stream=\"main\"} 0.0"), afterwards);
            }
        }
    }

    private static String metrics(Product product) throws IOException {
        try {
            return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(product.url() + "metrics")).build(),
                    HttpResponse.BodyHandlers.ofString()).body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Test
    void influxHasEveryCurveAlsoOfTheTimeItWasAway() throws IOException {
        assumeTrue(Daemon.isInstalled("influxd"), "influxdb is not installed");
        int port = Daemon.freePort();
        int udpPort;
        try (DatagramSocket socket = new DatagramSocket(0)) {
            udpPort = socket.getLocalPort();
        }
        Path config = directory.resolve("influxdb.conf");
        Files.writeString(config, """
                reporting-disabled = true
                bind-address = "127.0.0.1:%d"
                [meta]
                dir = "%s/meta"
                [data]
                dir = "%s/data"
                wal-dir = "%s/wal"
                [http]
                bind-address = "127.0.0.1:%d"
                auth-enabled = true
                [[udp]]
                enabled = true
                bind-address = "127.0.0.1:%d"
                database = "datagrams"
                precision = "ms"
                batch-timeout = "1s"
                """.formatted(Daemon.freePort(), directory, directory, directory, port, udpPort));
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        configs.set("revcam.health", "root", board().toString());
        configs.set("revcam.telemetry.influx", "url", "http://127.0.0.1:" + port);
        configs.set("revcam.telemetry.influx", "version", "1");
        configs.set("revcam.telemetry.influx", "database", "revcam");
        configs.set("revcam.telemetry.influx", "user", "cam");
        configs.set("revcam.telemetry.influx", "password", PASSWORD);
        configs.set("revcam.telemetry.influx", "interval", "1000");
        try (Product product = Product.launch(configs, "--telemetry", "influx").awaitReady();
                Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url());
            page.awaitFrames(30, Duration.ofSeconds(20));
            try (Daemon influx = influx(port, config)) {
                ask(influx, "", "CREATE USER cam WITH PASSWORD '" + PASSWORD + "' WITH ALL PRIVILEGES");
                ask(influx, "", "CREATE DATABASE revcam");
                awaitAll(queries("revcam-influx.json", "query"), query -> latest(ask(influx, "revcam",
                        query.replace("$stream", ".*").replace("$timeFilter", "time > now() - 2m")
                                .replace("$__interval", "10s"))),
                        "SELECT mean(\"encoded_rate\") FROM \"stream\" WHERE \"stream\" =~ /^$stream$/ AND $timeFilter"
                                + " GROUP BY time($__interval), \"stream\" fill(null)");
                // It was not there when the stream began, and has the first sample all the same.
                assertEquals(0, latest(ask(influx, "revcam", "SELECT min(\"viewers\") FROM \"stream\"")));
            }
            // Without its database the picture goes on.
            page.reset();
            Pause.millis(5_000);
            Watch alone = page.watch();
            assertEquals(30, alone.framesPerSecond(), 8);
            assertEquals(0, alone.stats().packetsLost());
            long awayMillis = System.currentTimeMillis();
            Pause.millis(2_000);
            try (Daemon influx = influx(port, config)) {
                String between = "SELECT count(\"captured\") FROM \"stream\" WHERE time > " + (awayMillis - 4_000)
                        + "ms AND time < " + awayMillis + "ms";
                long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
                double count;
                while (!((count = latest(ask(influx, "revcam", between))) >= 3) && System.nanoTime() - end < 0) {
                    Pause.millis(500);
                }
                assertTrue(count >= 3, count + " samples of the four seconds in which it was away");

                ask(influx, "", "CREATE DATABASE datagrams");
                configs.set("revcam.telemetry.influx", "url", "udp://127.0.0.1:" + udpPort);
                end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
                while (!((count = latest(ask(influx, "datagrams", "SELECT count(\"captured\") FROM \"stream\""))) >= 3)
                        && System.nanoTime() - end < 0) {
                    Pause.millis(500);
                }
                assertTrue(count >= 3, count + " samples by datagram");
            }
            String log = product.logText();
            assertTrue(log.contains("does not take samples") && log.contains("takes samples again"), log);
            assertFalse(log.contains(PASSWORD), log);
        }
    }

    /** This machine's processes, on a Raspberry Pi that is too warm: what a test machine does not have. */
    private Path board() throws IOException {
        Path root = directory.resolve("board");
        Files.createDirectories(root.resolve("proc/net"));
        for (String own : new String[] {"self", "stat", "loadavg", "uptime"}) {
            Files.createSymbolicLink(root.resolve("proc").resolve(own), Path.of("/proc", own));
        }
        Files.writeString(root.resolve("proc/meminfo"), Files.readString(Path.of("/proc/meminfo"))
                .replaceAll("(?m)^Cma.*\n", "") + "CmaTotal: 65536 kB\nCmaFree: 20000 kB\n");
        Files.writeString(root.resolve("proc/net/wireless"), "Inter-| sta-|\n face | tus |\n wlan0: 0000   54.  -56.  -256 0\n");
        write(root, "sys/class/thermal/thermal_zone0/temp", "81234");
        write(root, "sys/devices/platform/soc/soc:firmware/get_throttled", "80008");
        for (int core = 0; core < 4; core++) {
            write(root, "sys/devices/system/cpu/cpu" + core + "/cpufreq/scaling_cur_freq", "1000000");
        }
        return root;
    }

    private static void write(Path root, String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }

    private Daemon influx(int port, Path config) throws IOException {
        return Daemon.start(directory, port, "/ping", "influxd", "-config", config.toString());
    }

    private static JsonObject ask(Daemon influx, String database, String query) throws IOException {
        HttpResponse<String> answer = influx.send("POST", "/query",
                Map.of("db", database, "u", "cam", "p", PASSWORD, "q", query));
        assertEquals(200, answer.statusCode(), query + ": " + answer.body());
        JsonObject result = JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonArray("results").get(0)
                .getAsJsonObject();
        assertFalse(result.has("error"), query + ": " + result);
        return result;
    }

    /** NaN for none. */
    private static double latest(JsonObject result) {
        double latest = Double.NaN;
        JsonArray all = result.has("series") ? result.getAsJsonArray("series") : new JsonArray();
        for (JsonElement series : all) {
            for (JsonElement row : series.getAsJsonObject().getAsJsonArray("values")) {
                JsonElement value = row.getAsJsonArray().get(1);
                latest = value.isJsonNull() ? latest : value.getAsDouble();
            }
        }
        return latest;
    }

    private interface Database {
        double ask(String query) throws IOException;
    }

    /** @param bitrate the query whose answer has to be a bitrate that the stream can have */
    private static void awaitAll(Map<String, String> queries, Database database, String bitrate) throws IOException {
        assertTrue(queries.containsKey(bitrate), "no such query: " + bitrate);
        Map<String, String> missing = new LinkedHashMap<>(queries);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            for (String query : missing.keySet().toArray(String[]::new)) {
                double value = database.ask(query);
                if (!Double.isNaN(value)) {
                    missing.remove(query);
                }
            }
            if (missing.keySet().stream().allMatch(query -> MAY_BE_EMPTY.matcher(query).matches())) {
                break;
            }
            assertTrue(System.nanoTime() - end < 0, "nothing to show for " + missing);
            Pause.millis(1_000);
        }
        double bps = database.ask(bitrate);
        assertTrue(bps > 50_000 && bps < 4_000_000, bps + " bits a second");
        System.out.printf("%d of %d curves, %.0f bits a second; nothing yet for %s%n", queries.size() - missing.size(),
                queries.size(), bps, missing.values());
    }

    /** Of a dashboard, by query: the panels' titles. */
    private static Map<String, String> queries(String dashboard, String member) throws IOException {
        JsonObject board = JsonParser.parseString(Files.readString(Product.root().resolve("docs/grafana").resolve(dashboard)))
                .getAsJsonObject();
        Map<String, String> queries = new LinkedHashMap<>();
        for (JsonElement panel : board.getAsJsonArray("panels")) {
            JsonElement targets = panel.getAsJsonObject().get("targets");
            if (targets != null) {
                for (JsonElement target : targets.getAsJsonArray()) {
                    queries.put(target.getAsJsonObject().get(member).getAsString(),
                            panel.getAsJsonObject().get("title").getAsString());
                }
            }
        }
        assertTrue(queries.size() > 40, queries.size() + " queries");
        return queries;
    }
}
