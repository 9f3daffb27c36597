package revcam.linklab;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a controller has to reach in which case: thresholds.json, which the tests and the report read. */
final class Thresholds {

    /** A bound that one controller has instead of the case's, and why. */
    static final class Deviation {
        String controller;
        String scenario;
        String figure;
        Double min;
        Double max;
        String why;
    }

    record Verdict(String figure, double value, String limit, boolean holds, String why) {}

    /** By case; a name that others begin with holds for all of them, and one that is longer overrides it. */
    private Map<String, Map<String, Limit>> cases = new LinkedHashMap<>();
    private List<Deviation> deviations = new ArrayList<>();

    static Thresholds read() {
        try (Reader in = new InputStreamReader(Thresholds.class.getResourceAsStream("thresholds.json"),
                StandardCharsets.UTF_8)) {
            return new Gson().fromJson(in, Thresholds.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JsonSyntaxException e) {
            throw new IllegalStateException("thresholds.json: " + e.getMessage(), e);
        }
    }

    /** The cases that it speaks of, or what their names begin with. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(cases.keySet());
        deviations.forEach(deviation -> names.add(deviation.scenario));
        return names;
    }

    /** Empty for a controller that does not adapt: it is there for comparison. */
    List<Verdict> judge(Figures figures) {
        List<Verdict> verdicts = new ArrayList<>();
        if (!Controllers.adaptive(figures.controller)) {
            return verdicts;
        }
        Map<String, Limit> limits = new LinkedHashMap<>();
        cases.keySet().stream().filter(name -> Cases.named(figures.scenario, name))
                .sorted((a, b) -> a.length() - b.length()).forEach(name -> limits.putAll(cases.get(name)));
        limits.forEach((figure, limit) -> {
            Limit holding = limit;
            for (Deviation deviation : deviations) {
                if (deviation.controller.equals(figures.controller) && deviation.figure.equals(figure)
                        && Cases.named(figures.scenario, deviation.scenario)) {
                    holding = new Limit();
                    holding.min = deviation.min;
                    holding.max = deviation.max;
                    holding.why = deviation.why;
                }
            }
            double value = figures.value(figure);
            verdicts.add(new Verdict(figure, value, holding.toString(), holding.holds(value), holding.why));
        });
        for (Figures.Flow flow : figures.flows) {
            if (!flow.misconduct.isEmpty()) {
                verdicts.add(new Verdict("misconduct", 1, flow.name + " was set aside: " + flow.misconduct, false, ""));
            }
        }
        return verdicts;
    }
}
