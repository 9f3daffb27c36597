package revcam.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The product's own measurements, as its jsonl exporter writes them. */
final class Telemetry {

    Telemetry(Path state) {
    }

    double sum(String measurement, String metric) {
        return 0;
    }

    Map<String, Double> medians() {
        return Map.of();
    }
}
