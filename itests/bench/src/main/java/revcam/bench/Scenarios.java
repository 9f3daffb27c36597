package revcam.bench;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import revcam.browser.Product;
import revcam.linklab.HtmlPage;

/** Runs scenarios, holds them against their thresholds and against a baseline, and reports. */
final class Scenarios {

    /** What {@code ./revcam bench SCENARIO...} was told. */
    static final class Options {
        final List<String> names = new ArrayList<>();
        boolean list;
        int rounds;
        double seconds;
        String only;
        Path out = Product.root().resolve("target/bench");
        Path baseline;
        Path save;
        Path docs;
        String camera;

        /** @return whether it is one of ours */
        static boolean knows(String option) {
            return List.of("--out", "--baseline", "--save", "--docs", "--camera", "--only").contains(option);
        }

        void set(String option, String value) {
            switch (option) {
                case "--out" -> out = Path.of(value);
                case "--baseline" -> baseline = Path.of(value);
                case "--save" -> save = Path.of(value);
                case "--docs" -> docs = Path.of(value);
                case "--only" -> only = value;
                default -> camera = value;
            }
        }
    }

    /** A clip as raw pictures. */
    private record Film(Path file, ByteBuffer pictures) {}

    /** Nothing wrong, but nothing to measure with either. */
    private static final class Missing extends Exception {
        Missing(String message) {
            super(message);
        }
    }

    private static final Path MODEL = Path.of("/proc/device-tree/model");
    private static final long SEED = 1;

    private final Options options;
    private final Clips clips = new Clips();
    private final Map<String, Film> films = new HashMap<>();

    Scenarios(Options options) {
        this.options = options;
    }

    /**
     * @return exit status: 0 when all was kept, 1 when a threshold was missed, something is worse than the baseline, or a
     *     run failed
     */
    int run() throws IOException, InterruptedException {
        List<ScenarioFile> chosen = chosen();
        if (options.list) {
            for (ScenarioFile scenario : chosen) {
                System.out.printf("%-22s %-7s %2d rows%s  %s%n", scenario.name, scenario.kind, scenario.rows.size(),
                        scenario.needs == null ? "" : ", needs " + scenario.needs, scenario.title);
            }
            return 0;
        }
        Map<String, RowResult> baseline = options.baseline == null ? Map.of() : read(options.baseline);
        Files.createDirectories(options.out);
        Map<ScenarioFile, List<RowResult>> results = new LinkedHashMap<>();
        for (ScenarioFile scenario : chosen) {
            List<RowResult> rows = run(scenario);
            for (RowResult row : rows) {
                RowResult before = baseline.get(row.scenario + " / " + row.row);
                if (before != null && row.isMeasured()) {
                    row.compare(before);
                }
            }
            results.put(scenario, rows);
            print(scenario, rows);
            // Now already: it may take long, and be ended before it is over.
            new ScenarioReport(results, options.baseline).write(options.out);
        }
        ScenarioReport report = new ScenarioReport(results, options.baseline);
        if (options.docs != null) {
            report.replaceTables(options.docs);
        }
        if (options.save != null) {
            Files.copy(options.out.resolve("results.jsonl"), options.save, StandardCopyOption.REPLACE_EXISTING);
        }
        return conclude(results);
    }

    private List<ScenarioFile> chosen() throws IOException {
        List<ScenarioFile> chosen = new ArrayList<>();
        List<String> names = options.names.isEmpty() ? List.of("all") : options.names;
        for (String name : names) {
            switch (name) {
                case "all" -> chosen.addAll(ScenarioFile.all());
                case "offline" -> ScenarioFile.all().stream().filter(one -> one.kind != ScenarioFile.Kind.live).forEach(chosen::add);
                case "live" -> ScenarioFile.all().stream().filter(one -> one.kind == ScenarioFile.Kind.live).forEach(chosen::add);
                default -> chosen.add(ScenarioFile.read(name));
            }
        }
        return chosen;
    }

    private static Map<String, RowResult> read(Path baseline) throws IOException {
        Map<String, RowResult> rows = new HashMap<>();
        Gson gson = new Gson();
        try {
            for (String line : Files.readAllLines(baseline)) {
                JsonObject json = JsonParser.parseString(line).getAsJsonObject();
                if (json.has("row")) {
                    RowResult row = gson.fromJson(json, RowResult.class);
                    rows.put(row.scenario + " / " + row.row, row);
                }
            }
        } catch (JsonParseException | IllegalStateException e) {
            throw new IllegalArgumentException(baseline + " is no baseline: --save writes one", e);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("there is no baseline " + baseline + "; --save writes one", e);
        }
        return rows;
    }

    private List<RowResult> run(ScenarioFile scenario) throws InterruptedException {
        List<RowResult> results = new ArrayList<>();
        List<ScenarioFile.Row> rows = scenario.rows.stream()
                .filter(row -> options.only == null || row.label().contains(options.only)).toList();
        rows.forEach(row -> results.add(new RowResult(scenario, row)));
        int rounds = options.rounds > 0 ? options.rounds : scenario.rounds;
        // Interleaved, so that a busy minute of the machine does not fall on one row alone.
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < rows.size(); i++) {
                RowResult result = results.get(i);
                if (!result.isMeasured()) {
                    continue;
                }
                System.err.printf("  %s, %s%s ...%n", scenario.name, result.row, rounds == 1 ? "" : ", round " + (round + 1));
                try {
                    result.add(measure(scenario, rows.get(i).setup(), round));
                } catch (Missing e) {
                    result.missing = e.getMessage();
                } catch (IOException | IllegalArgumentException | IllegalStateException e) {
                    result.failed = String.valueOf(e.getMessage()).strip();
                }
            }
        }
        results.forEach(RowResult::conclude);
        return results;
    }

    private Measured measure(ScenarioFile scenario, Setup setup, int round) throws IOException, InterruptedException, Missing {
        if (options.seconds > 0) {
            setup.seconds = options.seconds;
        }
        if (scenario.needs != null && options.camera == null && !has(scenario.needs)) {
            throw new Missing("needs " + scenario.needs + ": run ./revcam bench " + scenario.name + " there");
        }
        String scene = setup.scene;
        if (scene.equals("clip")) {
            scene = System.getenv("REVCAM_CLIP");
            if (scene == null || scene.isBlank()) {
                throw new Missing("needs a video file: set REVCAM_CLIP to its path");
            }
        }
        if (scenario.kind == ScenarioFile.Kind.live) {
            return LiveRun.of(setup, setup.scene.equals("clip") ? Path.of(scene).toAbsolutePath().toString() : null, options.camera,
                    SEED + round);
        }
        // Ten seconds do for a simulation of any length: it plays them to and fro.
        double length = scenario.kind == ScenarioFile.Kind.link ? Math.min(setup.seconds, 10) : setup.seconds;
        Film film = film(scene, setup, (int) Math.ceil(length * Clips.FPS));
        return scenario.kind == ScenarioFile.Kind.link ? LinkRun.of(setup, film.pictures, SEED + round)
                : EncodeRun.of(setup, film.file, film.pictures, round == 0);
    }

    private static boolean has(String what) throws IOException {
        if (!what.equals("a Raspberry Pi")) {
            throw new IllegalArgumentException("needs takes 'a Raspberry Pi', not '" + what + "'");
        }
        return Files.isReadable(MODEL) && Files.readString(MODEL).contains("Raspberry Pi");
    }

    private Film film(String scene, Setup setup, int frames) throws IOException, InterruptedException {
        String key = scene + " " + setup.size + " " + frames;
        Film film = films.get(key);
        if (film == null) {
            Path raw = clips.raw(scene, setup.width(), setup.height(), frames);
            try (FileChannel channel = FileChannel.open(raw)) {
                film = new Film(raw, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
            }
            films.put(key, film);
        }
        return film;
    }

    private static void print(ScenarioFile scenario, List<RowResult> rows) {
        System.out.println("\n" + scenario.title + "\n\n" + ScenarioReport.table(scenario, rows));
    }

    private int conclude(Map<ScenarioFile, List<RowResult>> results) {
        int measured = 0;
        int missing = 0;
        int wrong = 0;
        for (List<RowResult> rows : results.values()) {
            for (RowResult row : rows) {
                measured += row.isMeasured() ? 1 : 0;
                missing += row.missing != null ? 1 : 0;
                wrong += row.passed() ? 0 : 1;
                String where = row.scenario + ", " + row.row + ": ";
                if (row.failed != null) {
                    System.err.println("  failed: " + where + row.failed);
                }
                for (RowResult.Verdict verdict : row.verdicts) {
                    if (!verdict.holds()) {
                        System.err.printf(Locale.ROOT, "  missed: %s%s is %.3f, should be %s%n", where, verdict.figure(),
                                verdict.value(), verdict.limit());
                    }
                }
                for (String figure : row.worse) {
                    System.err.printf(Locale.ROOT, "  worse than the baseline: %s%s is %.3f, was %.3f%n", where, figure,
                            row.figures.get(figure), row.baseline.get(figure));
                }
            }
        }
        System.err.printf("revcam: %d rows measured, %d not measured here, %d with something wrong; see %s%n", measured, missing, wrong,
                options.out.resolve("report.html").toAbsolutePath());
        return wrong == 0 ? 0 : 1;
    }

    /** What results are written with. */
    static String json(Object value) {
        return HtmlPage.JSON.toJson(value);
    }
}
