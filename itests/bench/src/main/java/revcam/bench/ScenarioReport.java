package revcam.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import revcam.linklab.HtmlPage;
import revcam.linklab.MarkedTable;

/** What {@code ./revcam bench SCENARIO...} writes: a page, tables, and lines of JSON. */
final class ScenarioReport {

    private static final List<String> TOO_LONG = List.of("series", "stepSeconds");

    private final Map<ScenarioFile, List<RowResult>> results;
    private final Path baseline;

    /** @param baseline what it was compared with; null: nothing */
    ScenarioReport(Map<ScenarioFile, List<RowResult>> results, Path baseline) {
        this.results = results;
        this.baseline = baseline;
    }

    void write(Path folder) throws IOException {
        List<String> lines = new ArrayList<>();
        List<String> series = new ArrayList<>();
        StringBuilder tables = new StringBuilder();
        lines.add(Scenarios.json(Map.of("machine", Machine.describe(), "time", now())));
        results.forEach((scenario, rows) -> {
            for (RowResult row : rows) {
                JsonObject line = HtmlPage.JSON.toJsonTree(row).getAsJsonObject();
                JsonObject plotted = new JsonObject();
                plotted.add("scenario", line.get("scenario"));
                plotted.add("row", line.get("row"));
                for (String key : TOO_LONG) {
                    JsonElement taken = line.remove(key);
                    plotted.add(key, taken);
                }
                lines.add(Scenarios.json(line));
                series.add(Scenarios.json(plotted));
            }
            tables.append("## ").append(scenario.title).append("\n\n").append(table(scenario, rows)).append('\n');
        });
        Files.write(folder.resolve("results.jsonl"), lines);
        Files.write(folder.resolve("series.jsonl"), series);
        Files.writeString(folder.resolve("tables.md"), tables);
        Files.writeString(folder.resolve("report.html"), page());
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private String page() throws IOException {
        List<Map<String, Object>> scenarios = new ArrayList<>();
        results.forEach((scenario, rows) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", scenario.name);
            one.put("title", scenario.title);
            one.put("asks", scenario.asks);
            one.put("review", scenario.review);
            one.put("kind", scenario.kind.name());
            one.put("show", scenario.show);
            one.put("rows", rows);
            scenarios.add(one);
        });
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("machine", Machine.describe());
        data.put("time", now());
        data.put("baseline", baseline == null ? null : baseline.toString());
        data.put("figures", Figure.ALL);
        data.put("scenarios", scenarios);
        return HtmlPage.of("RevCam bench", """
                <h1>RevCam bench</h1>
                <div id="about"></div>
                <div id="overview"></div>
                <div id="scenarios"></div>
                <div id="glossary"></div>""", HtmlPage.text(ScenarioReport.class, "report.css"),
                HtmlPage.text(ScenarioReport.class, "report.js"), Scenarios.json(data));
    }

    /** As Markdown; the figures that belong in front. */
    static String table(ScenarioFile scenario, List<RowResult> rows) {
        List<Figure> columns = columns(scenario, rows);
        StringBuilder out = new StringBuilder("| |");
        columns.forEach(figure -> out.append(' ').append(figure.title())
                .append(figure.unit().isEmpty() ? "" : ", " + figure.unit()).append(" |"));
        boolean judged = rows.stream().anyMatch(row -> !row.verdicts.isEmpty());
        out.append(judged ? " thresholds |\n|---|" : "\n|---|").append("--:|".repeat(columns.size())).append(judged ? "---|\n" : "\n");
        for (RowResult row : rows) {
            out.append("| ").append(row.row).append(" |");
            if (!row.isMeasured()) {
                out.append(' ').append(row.missing != null ? "*not measured: " + row.missing + "*" : "**failed: " + row.failed + "**")
                        .append(" |").append(" |".repeat(columns.size() - (judged ? 0 : 1))).append('\n');
                continue;
            }
            columns.forEach(figure -> out.append(' ').append(RowResult.text(figure, row.figures.get(figure.name()))).append(" |"));
            if (judged) {
                String missed = row.verdicts.stream().filter(verdict -> !verdict.holds()).map(RowResult.Verdict::figure)
                        .collect(Collectors.joining(", "));
                out.append(row.verdicts.isEmpty() ? " |" : missed.isEmpty() ? " kept |" : " missed: " + missed + " |");
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static List<Figure> columns(ScenarioFile scenario, List<RowResult> rows) {
        List<Figure> shown = scenario.show.isEmpty()
                ? Figure.ALL.stream().filter(figure -> rows.stream().anyMatch(row -> row.figures.containsKey(figure.name()))).toList()
                : scenario.show.stream().map(Figure::of).toList();
        return shown.isEmpty() ? List.of(Figure.of("kbps")) : shown;
    }

    /** Puts each scenario's table between the two comments that mark its place; one without a place has none. */
    void replaceTables(Path document) throws IOException {
        for (Map.Entry<ScenarioFile, List<RowResult>> one : results.entrySet()) {
            if (MarkedTable.isIn(document, "bench " + one.getKey().name)) {
                MarkedTable.replace(document, "bench " + one.getKey().name, table(one.getKey(), one.getValue()));
            }
        }
    }
}
