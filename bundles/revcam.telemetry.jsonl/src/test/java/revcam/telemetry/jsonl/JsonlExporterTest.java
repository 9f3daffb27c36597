package revcam.telemetry.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;
import revcam.api.telemetry.Unit;
import revcam.testkit.TelemetryExporterConformance;

class JsonlExporterTest extends TelemetryExporterConformance {

    private static final Measurement HEALTH =
            Measurement.of("health", Metric.gauge("count", Unit.COUNT, "Which sample"));

    @TempDir
    Path temporary;

    private Path directory() {
        return temporary.resolve("state/telemetry");
    }

    private Path current() {
        return directory().resolve("telemetry.jsonl");
    }

    @Override
    protected TelemetryExporter exporter() {
        return new JsonlExporter(Map.of("directory", directory().toString(), "exclude", ""));
    }

    @Override
    protected List<Exported> exported() throws IOException {
        return read(current());
    }

    /** A file where the directory belongs: unlike permissions, it stops root too. */
    @Override
    protected void setBroken(boolean broken) throws IOException {
        if (broken) {
            Files.move(directory(), temporary.resolve("aside"));
            Files.createFile(directory());
        } else {
            Files.delete(directory());
        }
    }

    @Test
    void filesRotateAndTheOldestGoes() throws IOException {
        TelemetryExporter exporter = new JsonlExporter(
                Map.of("directory", directory().toString(), "maxFileBytes", "65536", "maxFiles", "3"));
        int count = 0;
        while (count < 8000) {
            List<Sample> batch = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                batch.add(new Sample(HEALTH, count, 0, Map.of(), new double[] {count++}));
            }
            exporter.export(batch);
        }
        try (Stream<Path> files = Files.list(directory())) {
            assertEquals(List.of("telemetry.1.jsonl", "telemetry.2.jsonl", "telemetry.jsonl"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        List<Exported> all = new ArrayList<>();
        for (String name : List.of("telemetry.2.jsonl", "telemetry.1.jsonl", "telemetry.jsonl")) {
            Path file = directory().resolve(name);
            assertTrue(Files.size(file) <= 65536, name + " has " + Files.size(file) + " bytes");
            all.addAll(read(file));
        }
        int first = 8000 - all.size();
        assertTrue(first > 0 && all.size() > 2 * 1000, all.size() + " samples kept");
        for (int i = 0; i < all.size(); i++) {
            assertEquals(first + i, all.get(i).wallMillis());
        }
    }

    @Test
    void whenFewerAreKeptTheOthersGo() throws IOException {
        Files.createDirectories(directory());
        for (int age = 1; age < 10; age++) {
            Files.writeString(directory().resolve("telemetry." + age + ".jsonl"), "");
        }
        Files.writeString(current(), "x".repeat(65_535) + "\n");
        Files.writeString(directory().resolve("notes.txt"), "somebody's");
        new JsonlExporter(Map.of("directory", directory().toString(), "maxFileBytes", "65536", "maxFiles", "3"))
                .export(List.of(new Sample(HEALTH, 1, 0, Map.of(), new double[] {1})));
        try (Stream<Path> files = Files.list(directory())) {
            assertEquals(List.of("notes.txt", "telemetry.1.jsonl", "telemetry.2.jsonl", "telemetry.jsonl"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void framesAreLeftOutUnlessAskedFor() throws IOException {
        Measurement frame = Measurement.of("frame", Metric.observation("size", Unit.BYTES, "Size"));
        List<Sample> batch = List.of(
                new Sample(frame, 1, 0, Map.of(), new double[] {1}), new Sample(HEALTH, 2, 0, Map.of(), new double[] {2}));
        new JsonlExporter(Map.of("directory", directory().toString())).export(batch);
        assertEquals(List.of("health"), exported().stream().map(Exported::measurement).toList());
        new JsonlExporter(Map.of("directory", directory().toString(), "exclude", "health , viewer,health")).export(batch);
        assertEquals(List.of("health", "frame"), exported().stream().map(Exported::measurement).toList());
    }

    @Test
    void halfALineOfAPowerCutIsCutOff() throws IOException {
        Sample sample = new Sample(HEALTH, 1, 0, Map.of(), new double[] {1});
        exporter().export(List.of(sample));
        Files.write(current(), ("{\"t\":17" + "\0".repeat(200)).getBytes(StandardCharsets.US_ASCII), StandardOpenOption.APPEND);
        exporter().export(List.of(sample));
        assertEquals(2, exported().size());
    }

    @Test
    void aFullDiskIsAnErrorUntilThereIsRoom() throws Exception {
        // /dev/full takes nothing and says so, as a full disk does.
        Files.createDirectories(directory());
        Files.createSymbolicLink(current(), Path.of("/dev/full"));
        List<Sample> batch = List.of(new Sample(HEALTH, 1, 0, Map.of(), new double[] {1}));
        TelemetryExporter exporter = exporter();
        assertThrows(IOException.class, () -> exporter.export(batch));
        Files.delete(current());
        exporter.export(batch);
        assertEquals(1, exported().size());
    }

    @Test
    void aBadNumberIsReplacedByTheDefault() throws IOException {
        TelemetryExporter exporter = new JsonlExporter(
                Map.of("directory", directory().toString(), "maxFileBytes", "1M", "maxFiles", "0"));
        exporter.export(List.of(new Sample(HEALTH, 1, 0, Map.of(), new double[] {1})));
        assertEquals(1, exported().size());
    }

    private static List<Exported> read(Path file) throws IOException {
        List<Exported> exported = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonObject object = JsonParser.parseString(line).getAsJsonObject();
            long wallMillis = object.remove("t").getAsLong();
            String measurement = object.remove("m").getAsString();
            Map<String, String> tags = new HashMap<>();
            Map<String, Double> values = new HashMap<>();
            for (Map.Entry<String, JsonElement> member : object.entrySet()) {
                if (member.getValue().getAsJsonPrimitive().isString()) {
                    tags.put(member.getKey(), member.getValue().getAsString());
                } else {
                    values.put(member.getKey(), member.getValue().getAsDouble());
                }
            }
            exported.add(new Exported(measurement, wallMillis, tags, values));
        }
        return exported;
    }
}
