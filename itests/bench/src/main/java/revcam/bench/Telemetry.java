package revcam.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import revcam.browser.Product;
import revcam.browser.Watch;

/** What the product measured of its own stages in a few seconds, as its jsonl exporter wrote it. */
final class Telemetry {

    private static final int SECONDS = 10;
    /** Samples leave once a second, and a new configuration takes about as long to be seen. */
    private static final int MARGIN_MILLIS = 3_000;

    private final List<JsonObject> lines;

    private Telemetry(List<JsonObject> lines) {
        this.lines = lines;
    }

    /** Has the samples of every frame written too, which costs something: not while anything else is measured. */
    static Telemetry record(Product product) throws IOException, InterruptedException {
        product.configs().set("revcam.telemetry.jsonl", "exclude", "");
        Thread.sleep(MARGIN_MILLIS);
        long from = System.currentTimeMillis();
        Thread.sleep(1000L * SECONDS + MARGIN_MILLIS);
        product.configs().set("revcam.telemetry.jsonl", "exclude", "frame, delivery");
        return written(product, from);
    }

    /** What is written down, since a moment in milliseconds of Unix time. */
    static Telemetry written(Product product, long from) throws IOException {
        List<JsonObject> lines = new ArrayList<>();
        for (String file : List.of("telemetry.3.jsonl", "telemetry.2.jsonl", "telemetry.1.jsonl", "telemetry.jsonl")) {
            Path path = product.state().resolve("telemetry").resolve(file);
            if (Files.exists(path)) {
                for (String text : Files.readAllLines(path)) {
                    JsonObject line = JsonParser.parseString(text).getAsJsonObject();
                    if (line.get("t").getAsLong() >= from) {
                        lines.add(line);
                    }
                }
            }
        }
        return new Telemetry(lines);
    }

    /** One value per sample. */
    double[] values(String measurement, String metric) {
        return lines.stream()
                .filter(line -> line.get("m").getAsString().equals(measurement) && line.has(metric))
                .mapToDouble(line -> line.get(metric).getAsDouble())
                .toArray();
    }

    double medianMillis(String measurement, String metric) {
        return Watch.percentile(values(measurement, metric), 0.5) / 1e6;
    }

    double p95Millis(String measurement, String metric) {
        return Watch.percentile(values(measurement, metric), 0.95) / 1e6;
    }
}
