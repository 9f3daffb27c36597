package revcam.tool.selftest;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import revcam.tool.selftest.Step.Outcome;

/**
 * What a self-test has found, for people and for programs. Nothing in it names the machine, its addresses, the user's home or
 * a device's serial number.
 */
final class Report {

    private final List<String[]> head = new ArrayList<>();
    private final List<String> found = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    void head(String name, String value) {
        head.add(new String[] {name, clean(value)});
    }

    void found(String line) {
        found.add(clean(line));
    }

    void step(Step step) {
        Step clean = new Step(step.subject(), step.name(), step.outcome(), clean(step.said()), step.figures());
        steps.add(clean);
        System.err.printf("revcam: %-7s  %s, %s: %s%n", clean.outcome(), clean.subject(), clean.name(), clean.said());
    }

    boolean hasFailed() {
        return count(Outcome.FAIL) > 0;
    }

    private long count(Outcome outcome) {
        return steps.stream().filter(step -> step.outcome() == outcome).count();
    }

    /** Names of links in /dev/v4l/by-id have serial numbers in them, and paths of homes names of people. */
    static String clean(String text) {
        String home = System.getProperty("user.home", "");
        String clean = text.replaceAll("/dev/v4l/by-id/[^\\s:;,)]+", "/dev/v4l/by-id/...");
        return home.length() > 1 ? clean.replace(home, "~") : clean;
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# RevCam self-test: ").append(hasFailed() ? Outcome.FAIL : Outcome.PASS)
                .append("\n\n").append(count(Outcome.PASS)).append(" passed, ").append(count(Outcome.FAIL)).append(" failed, ")
                .append(count(Outcome.SKIPPED)).append(" skipped.\n\n| | |\n|---|---|\n");
        head.forEach(pair -> text.append("| ").append(cell(pair[0])).append(" | ").append(cell(pair[1])).append(" |\n"));
        text.append("\n## Found\n\n");
        found.forEach(line -> text.append("- ").append(line).append('\n'));
        text.append("\n## Tried\n\n| What | Step | | What was seen |\n|---|---|---|---|\n");
        for (Step step : steps) {
            text.append("| ").append(cell(step.subject())).append(" | ").append(step.name()).append(" | ")
                    .append(step.outcome() == Outcome.FAIL ? "**FAIL**" : step.outcome().toString()).append(" | ")
                    .append(cell(step.said())).append(" |\n");
        }
        return text.toString();
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replaceAll("\\s+", " ");
    }

    String json() {
        JsonObject all = new JsonObject();
        all.addProperty("failed", hasFailed());
        JsonObject about = new JsonObject();
        head.forEach(pair -> about.addProperty(pair[0], pair[1]));
        all.add("about", about);
        JsonArray things = new JsonArray();
        found.forEach(things::add);
        all.add("found", things);
        JsonArray list = new JsonArray();
        for (Step step : steps) {
            JsonObject one = new JsonObject();
            one.addProperty("subject", step.subject());
            one.addProperty("step", step.name());
            one.addProperty("outcome", step.outcome().name().toLowerCase(java.util.Locale.ROOT));
            one.addProperty("said", step.said());
            JsonObject figures = new JsonObject();
            step.figures().forEach((name, value) -> {
                // JSON has no NaN.
                if (Double.isFinite(value.doubleValue())) {
                    figures.addProperty(name, value);
                }
            });
            one.add("figures", figures);
            list.add(one);
        }
        all.add("steps", list);
        return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(all) + "\n";
    }
}
