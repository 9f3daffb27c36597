package revcam.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import revcam.linklab.Limit;

/** One row of a scenario, after its rounds: figures are medians of them. */
final class RowResult {

    /** @param holds whether the figure keeps to its threshold */
    record Verdict(String figure, double value, String limit, boolean holds, String why) {}

    final String scenario;
    final String row;
    final String setup;
    /** Why nothing was measured, where that is no fault: a clip or a machine is missing; null otherwise. */
    String missing;
    /** What went wrong; null when nothing did. */
    String failed;
    final Map<String, Double> figures = new LinkedHashMap<>();
    final Map<String, Double> least = new LinkedHashMap<>();
    final Map<String, Double> most = new LinkedHashMap<>();
    final List<Verdict> verdicts = new ArrayList<>();
    /** What a baseline says of the same row, by figure. */
    Map<String, Double> baseline = Map.of();
    /** Figures that are worse than the baseline's by more than their tolerance; better ones. */
    final List<String> worse = new ArrayList<>();
    final List<String> better = new ArrayList<>();
    int rounds;
    /** Of the first round. */
    double stepSeconds;
    Map<String, double[]> series = Map.of();

    private final transient Map<String, Limit> limits;
    private final transient List<Measured> runs = new ArrayList<>();

    RowResult(ScenarioFile scenario, ScenarioFile.Row row) {
        this.scenario = scenario.name;
        this.row = row.label();
        setup = row.setup().describe(scenario.kind.name());
        limits = row.limits();
    }

    void add(Measured measured) {
        if (runs.isEmpty()) {
            stepSeconds = measured.stepSeconds();
            series = measured.series();
        }
        runs.add(measured);
        rounds = runs.size();
    }

    /** All rounds are over. */
    void conclude() {
        for (Figure figure : Figure.ALL) {
            double[] values = runs.stream().map(run -> run.figures().get(figure.name()))
                    .filter(value -> value != null && !value.isNaN()).mapToDouble(Double::doubleValue).sorted().toArray();
            if (values.length > 0) {
                figures.put(figure.name(), values[values.length / 2]);
                least.put(figure.name(), values[0]);
                most.put(figure.name(), values[values.length - 1]);
            }
        }
        if (missing == null && failed == null) {
            limits.forEach((figure, limit) -> {
                double value = figures.getOrDefault(figure, Double.NaN);
                if (!Double.isNaN(value) || !Figure.of(figure).mayBeUnknown()) {
                    verdicts.add(new Verdict(figure, value, limit.toString(), limit.holds(value), limit.why()));
                }
            });
        }
    }

    /** Rounds that overlap with the baseline's say nothing, whatever their medians are. */
    void compare(RowResult before) {
        baseline = before.figures;
        figures.forEach((name, now) -> {
            Double then = before.figures.get(name);
            if (then == null) {
                return;
            }
            boolean apart = least.get(name) > before.most.get(name) || most.get(name) < before.least.get(name);
            Figure figure = Figure.of(name);
            if (apart && figure.isWorse(now, then)) {
                worse.add(name);
            } else if (apart && figure.isBetter(now, then)) {
                better.add(name);
            }
        });
    }

    boolean isMeasured() {
        return missing == null && failed == null;
    }

    boolean passed() {
        return failed == null && worse.isEmpty() && verdicts.stream().allMatch(Verdict::holds);
    }

    static String text(Figure figure, Double value) {
        return value == null || value.isNaN() ? "" : String.format(Locale.ROOT, "%." + figure.digits() + "f", value);
    }
}
