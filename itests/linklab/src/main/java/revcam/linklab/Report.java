package revcam.linklab;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/** What the laboratory writes: a page, a table, and lines of JSON. */
final class Report {

    private static final String BEGIN = "<!-- lab table: begin -->";
    private static final String END = "<!-- lab table: end -->";

    /** JSON knows no NaN; and of a measured double five digits are plenty. */
    private static final TypeAdapter<Double> SHORT = new TypeAdapter<>() {
        @Override
        public void write(JsonWriter out, Double value) throws IOException {
            if (value == null || value.isNaN() || value.isInfinite()) {
                out.nullValue();
            } else {
                out.value(new BigDecimal(value).round(new MathContext(5)).stripTrailingZeros());
            }
        }

        @Override
        public Double read(JsonReader in) {
            throw new UnsupportedOperationException();
        }
    };

    private static final Gson GSON = new GsonBuilder().registerTypeAdapter(double.class, SHORT)
            .registerTypeAdapter(Double.class, SHORT).serializeNulls().disableHtmlEscaping().create();

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
            results.add(GSON.toJson(line));
            Map<String, Object> plotted = new LinkedHashMap<>();
            plotted.put("scenario", outcome.figures().scenario);
            plotted.put("controller", outcome.figures().controller);
            plotted.put("seed", seed);
            plotted.put("series", outcome.plotted());
            series.add(GSON.toJson(plotted));
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
        Properties webjar = new Properties();
        webjar.load(new StringReader(text("/META-INF/maven/org.webjars.npm/uplot/pom.properties")));
        String uplot = "/META-INF/resources/webjars/uplot/" + webjar.getProperty("version") + "/dist/";
        // A script ends at the first "</script", whatever it is in.
        return text("report.html")
                .replace("/*uPlot.css*/", text(uplot + "uPlot.min.css"))
                .replace("/*uPlot.js*/", text(uplot + "uPlot.iife.min.js"))
                .replace("/*report.js*/", text("report.js"))
                .replace("\"data\"", GSON.toJson(data).replace("</", "<\\/"));
    }

    private static String text(String name) throws IOException {
        try (InputStream in = Report.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
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
        String text = Files.readString(document);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(document + " has no lines " + BEGIN + " and " + END + " for the table to go between");
        }
        Files.writeString(document, text.substring(0, begin + BEGIN.length()) + "\n" + table() + text.substring(end));
    }
}
