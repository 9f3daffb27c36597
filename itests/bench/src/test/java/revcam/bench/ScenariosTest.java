package revcam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The harness by its files and its exit status; real encoders, small pictures. */
class ScenariosTest {

    private static final String SMALL = """
            {"title": "Small", "asks": "Does it work?", "kind": "encode",
             "setup": {"size": "320x180", "seconds": 2, "bitrate": "300k", "settings": {"threads": "1"}},
             "each": {"encoder": ["x264", "openh264"]}, "variants": {"IDR each 1 s": {"settings": {"gopSeconds": "1"}}},
             "thresholds": {"keyframes": {"min": 2, "max": %s}, "psnrY": {"min": 25}}}""";

    @TempDir
    private Path folder;

    private int run(String name, String... more) throws IOException, InterruptedException {
        Scenarios.Options options = new Scenarios.Options();
        options.names.add(name);
        options.out = folder.resolve("out");
        for (int i = 0; i < more.length; i += 2) {
            options.set(more[i], more[i + 1]);
        }
        return new Scenarios(options).run();
    }

    private String small(String mostKeyframes) throws IOException {
        return Files.writeString(folder.resolve("small.json"), SMALL.formatted(mostKeyframes)).toString();
    }

    private List<JsonObject> results() throws IOException {
        return Files.readAllLines(folder.resolve("out/results.jsonl")).stream().skip(1)
                .map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }

    @Test
    void everyScenarioThatIsShippedCanBeRead() throws IOException {
        List<ScenarioFile> all = ScenarioFile.all();
        assertTrue(all.size() >= 15, "there are only " + all.size());
        for (ScenarioFile scenario : all) {
            assertFalse(scenario.rows.isEmpty(), scenario.name);
            assertTrue(scenario.rows.stream().anyMatch(row -> !row.limits().isEmpty()), scenario.name + " asks for nothing");
        }
    }

    /** As shipped, over an encoder and over a simulated link; all of them take minutes: ./revcam bench offline. */
    @ParameterizedTest
    @CsvSource({"baseline, pattern", "keyframes-and-controller, gcc · IDR each 10 s"})
    void keepsItsThresholds(String name, String row) throws IOException, InterruptedException {
        Scenarios.Options options = new Scenarios.Options();
        options.names.add(name);
        options.only = row;
        options.out = folder.resolve("out");
        assertEquals(0, new Scenarios(options).run(), () -> "./revcam bench " + name + " --only '" + row + "'");
        assertEquals(1, results().size());
        assertTrue(results().get(0).getAsJsonArray("verdicts").size() >= 3);
    }

    /** What only a board knows is no fault of a machine without; a frame rate that nobody saw is one. */
    @Test
    void sensorsAreJudgedWhereThereAreAny() throws IOException {
        ScenarioFile rates = ScenarioFile.all().stream().filter(one -> one.name.equals("rates")).findFirst().orElseThrow();
        assertTrue(judged(rates, Map.of("fps", 30.0)));
        assertFalse(judged(rates, Map.of("fps", 30.0, "throttled", 1.0)));
        assertFalse(judged(rates, Map.of("throttled", 0.0)));
    }

    private static boolean judged(ScenarioFile scenario, Map<String, Double> figures) {
        RowResult result = new RowResult(scenario, scenario.rows.get(0));
        result.add(new Measured(figures, 1, Map.of()));
        result.conclude();
        return result.passed();
    }

    @Test
    void theExitStatusSaysWhetherThresholdsWereKept() throws IOException, InterruptedException {
        assertEquals(0, run(small("2")));
        assertEquals(1, run(small("1")));
    }

    @Test
    void whatIsWorseThanTheBaselineIsToldAndFails() throws IOException, InterruptedException {
        Path baseline = folder.resolve("baseline.jsonl");
        assertEquals(0, run(small("2"), "--save", baseline.toString()));
        // The same stream again; only processor time may be another, and it has tolerance for that.
        run(small("2"), "--baseline", baseline.toString());
        for (JsonObject row : results()) {
            row.getAsJsonArray("worse").forEach(figure -> assertEquals("cpuMs", figure.getAsString()));
        }
        String better = Files.readString(baseline).replaceAll("\"psnrY\":[0-9.]+", "\"psnrY\":60.0");
        Files.writeString(baseline, better);
        assertEquals(1, run(small("2"), "--baseline", baseline.toString()));
        assertTrue(results().get(0).getAsJsonArray("worse").toString().contains("psnrY"));
    }

    @Test
    void theSameInputGivesTheSameStream() throws IOException, InterruptedException {
        run(small("2"));
        List<JsonObject> first = results();
        run(small("2"));
        for (int i = 0; i < first.size(); i++) {
            JsonObject before = first.get(i).getAsJsonObject("figures");
            JsonObject after = results().get(i).getAsJsonObject("figures");
            before.remove("cpuMs");
            after.remove("cpuMs");
            assertEquals(before, after);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"title\": \"t\", \"asks\": \"a\", \"kind\": \"encode\", \"tresholds\": {}} | no key 'tresholds'",
        "{\"title\": \"t\", \"asks\": \"a\", \"kind\": \"encode\", \"setup\": {\"bitrat\": \"2M\"}} | no key 'bitrat'",
        "{\"title\": \"t\", \"asks\": \"a\", \"kind\": \"encode\", \"setup\": {\"bitrate\": \"much\"}} | is no rate such as 2M",
        "{\"title\": \"t\", \"asks\": \"a\", \"kind\": \"link\", \"setup\": {\"link\": \"moon\"}} | there is no link 'moon'",
        "{\"title\": \"t\", \"asks\": \"a\", \"kind\": \"encode\", \"thresholds\": {\"beauty\": {\"min\": 1}}} | no figure 'beauty'",
        "{\"title\": \"t\" | small.json"})
    void aBadFileSaysWhatIsWrong(String text, String says) throws IOException {
        Path file = Files.writeString(folder.resolve("small.json"), text);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> ScenarioFile.read(file.toString()));
        assertTrue(e.getMessage().contains(says), e.getMessage());
    }

    /** A browser runs the page: a table for the scenario, and two plots for each row. */
    @Test
    void aBrowserDrawsThePage() throws IOException, InterruptedException {
        run(small("1"));
        Path dom = folder.resolve("dom.html");
        Path errors = folder.resolve("errors");
        Process chromium;
        try {
            chromium = new ProcessBuilder("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                    "--window-size=1200,4000", "--virtual-time-budget=3000", "--user-data-dir=" + folder.resolve("profile"),
                    "--dump-dom", folder.resolve("out/report.html").toUri().toString())
                    .redirectOutput(dom.toFile()).redirectError(errors.toFile()).start();
        } catch (IOException e) {
            assertNotEquals("1", System.getenv("REVCAM_REQUIRE_TOOLS"), "chromium is not installed, and must be");
            assumeTrue(false, "chromium is not installed");
            return;
        }
        assertTrue(chromium.waitFor(60, TimeUnit.SECONDS), "chromium took more than a minute");
        String page = Files.readString(dom);
        assertFalse(Files.readString(errors).contains("Uncaught"), () -> "the page threw; see " + errors);
        assertEquals(2 * 2, page.split("<canvas", -1).length - 1);
        assertTrue(page.contains("2 of 2 missed") || page.contains("missed by x264"), "no word of the missed threshold");
        assertTrue(page.contains("./revcam bench small"));
    }
}
