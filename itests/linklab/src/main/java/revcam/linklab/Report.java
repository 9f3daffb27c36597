package revcam.linklab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What the laboratory writes: a page, a table, and lines of JSON. */
final class Report {

    private final List<Scenario> scenarios;
    private final List<String> controllers;
    private final long seed;
    private final List<Lab.Outcome> outcomes;

    Report(List<Scenario> scenarios, List<String> controllers, long seed, List<Lab.Outcome> outcomes) {
        this.scenarios = scenarios;
        this.controllers = controllers;
        this.seed = seed;
        this.outcomes = outcomes;
    }

    void write(Path folder) throws IOException {
        List<String> results = new ArrayList<>();
        List<String> series = new ArrayList<>();
        for (Lab.Outcome outcome : outcomes) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("passed", outcome.passed());
            line.put("verdicts", outcome.verdicts());
            line.put("figures", outcome.figures());
            results.add(HtmlPage.JSON.toJson(line));
            Map<String, Object> plotted = new LinkedHashMap<>();
            plotted.put("scenario", outcome.figures().scenario);
            plotted.put("controller", outcome.figures().controller);
            plotted.put("seed", seed);
            plotted.put("series", outcome.plotted());
            series.add(HtmlPage.JSON.toJson(plotted));
        }
        Files.write(folder.resolve("results.jsonl"), results);
        Files.write(folder.resolve("series.jsonl"), series);
        Files.writeString(folder.resolve("table.md"), table());
        Files.writeString(folder.resolve("report.html"), page());
    }

    private String page() throws IOException {
        List<Map<String, Object>> cases = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("id", scenario.id);
            one.put("title", scenario.title);
            one.put("origin", scenario.origin);
            one.put("seconds", scenario.seconds);
            one.put("runs", outcomes.stream().filter(o -> o.figures().scenario.equals(scenario.id)).toList());
            cases.add(one);
        }
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("seed", seed);
        data.put("controllers", controllers);
        data.put("adaptive", controllers.stream().filter(Controllers::adaptive).toList());
        data.put("cases", cases);
        return HtmlPage.of("RevCam link laboratory", """
                <h1>RevCam link laboratory</h1>
                <div id="about"></div>
                <div id="summary"></div>
                <div id="cases"></div>""", "", HtmlPage.text(Report.class, "report.js"), HtmlPage.JSON.toJson(data));
    }

    /** One row per case and controller. */
    private String table() {
        StringBuilder out = new StringBuilder();
        out.append("| Case | Controller | Used, last 10 s | Queue p95, ms | Loss, % | After repair, % | Converged, s ")
                .append("| Ratio | vs. TCP | Latency p50 / p95, ms | Frozen, s | Thresholds |\n")
                .append("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n");
        for (Lab.Outcome outcome : outcomes) {
            Figures f = outcome.figures();
            String missed = outcome.verdicts().stream().filter(verdict -> !verdict.holds())
                    .map(Thresholds.Verdict::figure).collect(Collectors.joining(", "));
            out.append(String.format(Locale.ROOT,
                    "| %s | %s | %.0f %% | %.0f | %.2f | %.2f | %.1f | %s | %s | %.0f / %.0f | %.1f | %s |\n",
                    f.scenario, f.controller, 100 * f.utilisationLast10, f.queueP95Settled, 100 * f.lossShare,
                    100 * f.lossAfterRepairShare, f.convergenceSeconds, optional(f.throughputRatio),
                    optional(f.againstTcp), f.latencyP50, f.latencyP95, f.freezeSeconds,
                    outcome.verdicts().isEmpty() ? "" : missed.isEmpty() ? "kept" : "missed: " + missed));
        }
        return out.toString();
    }

    private static String optional(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.2f", value);
    }

    /** Puts the table between the two comments that mark its place. */
    void replaceTable(Path document) throws IOException {
        MarkedTable.replace(document, "lab table", table());
    }
}
