package revcam.linklab;

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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

    @TempDir
    private Path folder;
    private Report report;

    @BeforeEach
    void twoCasesTwoControllers() throws IOException {
        List<Scenario> scenarios = Cases.all(1).stream()
                .filter(scenario -> Cases.named(scenario.id, "5.1-50ms") || Cases.named(scenario.id, "5.6-q300ms"))
                .toList();
        List<Lab.Outcome> outcomes = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            for (String name : List.of("fixed", "watcher")) {
                Run.Result result = Run.of(scenario, name, new QueueWatcher(), 1);
                Figures figures = Figures.of(result);
                outcomes.add(new Lab.Outcome(figures, Plotted.of(result), Thresholds.read().judge(figures)));
            }
        }
        report = new Report(scenarios, List.of("fixed", "watcher"), 1, outcomes);
        report.write(folder);
    }

    @Test
    void linesOfJsonHaveTheFiguresAndNoNaN() throws IOException {
        List<String> lines = Files.readAllLines(folder.resolve("results.jsonl"));
        assertEquals(4, lines.size());
        for (String line : lines) {
            assertFalse(line.contains("NaN") || line.contains("Infinity"), line);
            JsonObject figures = JsonParser.parseString(line).getAsJsonObject().getAsJsonObject("figures");
            assertTrue(figures.get("utilisationLast10").getAsDouble() > 0.5);
            assertTrue(figures.get("throughputRatio").isJsonNull(), "there is one flow of ours");
        }
        JsonObject series = JsonParser.parseString(Files.readAllLines(folder.resolve("series.jsonl")).get(0))
                .getAsJsonObject().getAsJsonObject("series");
        // 100 s, the capacity of 5.1 in kbit/s.
        double step = series.get("stepSeconds").getAsDouble();
        assertEquals(2500, series.getAsJsonArray("capacity").get((int) (50 / step)).getAsInt());
        assertEquals(600, series.getAsJsonArray("capacity").get((int) (70 / step)).getAsInt());
    }

    @Test
    void theTableTakesItsPlaceInADocument() throws IOException {
        Path document = folder.resolve("page.md");
        Files.writeString(document, "before\n<!-- lab table: begin -->\n| an older row |\n<!-- lab table: end -->\nafter\n");
        report.replaceTable(document);
        String text = Files.readString(document);
        assertTrue(text.startsWith("before\n") && text.endsWith("-->\nafter\n"));
        assertFalse(text.contains("an older row"));
        assertEquals(4, text.lines().filter(line -> line.startsWith("| 5.")).count());
        Files.writeString(document, "no marks");
        assertThrows(IOException.class, () -> report.replaceTable(document));
    }

    /** A browser runs the page: a table of two cases, and three plots for each run. */
    @Test
    void aBrowserDrawsThePage() throws IOException, InterruptedException {
        Path dom = folder.resolve("dom.html");
        Path errors = folder.resolve("errors");
        Process chromium;
        try {
            chromium = new ProcessBuilder("chromium", "--headless", "--no-sandbox", "--disable-gpu",
                    "--enable-logging=stderr", "--window-size=1200,4000", "--virtual-time-budget=3000",
                    "--user-data-dir=" + folder.resolve("profile"), "--dump-dom", folder.resolve("report.html").toUri().toString())
                    .redirectOutput(dom.toFile()).redirectError(errors.toFile()).start();
        } catch (IOException e) {
            assertNotEquals("1", System.getenv("REVCAM_REQUIRE_TOOLS"), "chromium is not installed, and must be");
            assumeTrue(false, "chromium is not installed");
            return;
        }
        assertTrue(chromium.waitFor(60, TimeUnit.SECONDS), "chromium took more than a minute");
        String page = Files.readString(dom);
        assertFalse(Files.readString(errors).contains("Uncaught"), () -> "the page threw; see " + errors);
        assertEquals(4 * 3, page.split("<canvas", -1).length - 1);
        assertEquals(2, page.split("<section", -1).length - 1);
        assertTrue(page.contains("href=\"#case-5.6-q300ms\""));
        assertTrue(page.contains("TCP ×"));
    }
}
