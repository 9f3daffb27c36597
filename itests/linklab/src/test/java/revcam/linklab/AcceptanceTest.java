package revcam.linklab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.congestion.CongestionControllerFactory;

/**
 * Every controller that adapts, over every case, against thresholds.json. {@code -Drevcam.lab.seeds=N} repeats all with
 * the seeds from 1 to N.
 */
class AcceptanceTest {

    private static final Map<String, Supplier<CongestionControllerFactory>> CONTROLLERS = Controllers.ours();

    static Stream<Arguments> runs() {
        List<Arguments> runs = new ArrayList<>();
        for (long seed = 1; seed <= Long.getLong("revcam.lab.seeds", 1); seed++) {
            for (Scenario scenario : Cases.all(seed)) {
                for (String controller : CONTROLLERS.keySet()) {
                    if (Controllers.adaptive(controller)) {
                        runs.add(Arguments.of(scenario, controller, seed));
                    }
                }
            }
        }
        return runs.stream();
    }

    @ParameterizedTest(name = "{0} {1}, seed {2}", allowZeroInvocations = true)
    @MethodSource("runs")
    void keepsItsThresholds(Scenario scenario, String controller, long seed) {
        Figures figures = Figures.of(Run.of(scenario, controller, CONTROLLERS.get(controller).get(), seed));
        List<String> missed = Thresholds.read().judge(figures).stream().filter(verdict -> !verdict.holds())
                .map(verdict -> "%s is %.3f, should be %s"
                        .formatted(verdict.figure(), verdict.value(), verdict.limit()))
                .toList();
        assertEquals(List.of(), missed, () -> "./revcam lab --controller " + controller + " --case " + scenario.id
                + " --seed " + seed + " --print");
    }
}
