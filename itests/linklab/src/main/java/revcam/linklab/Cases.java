package revcam.linklab;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import revcam.api.congestion.RateLimits;

/** The cases of RFC 8867, section 5, with their variants, and ours. */
final class Cases {

    private static final double M = 1e6;
    private static final long FLOOR = 150_000;

    private Cases() {}

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        for (int delay : new int[] {50, 100}) {
            all.add(variableCapacity("5.1-" + delay + "ms", delay, () -> QueueDiscipline.dropTailMillis(300)));
        }
        return all;
    }

    private static Scenario variableCapacity(String id, int delay, Supplier<QueueDiscipline> queue) {
        Scenario scenario = new Scenario(id, "Variable capacity, one flow, " + delay + " ms", "RFC 8867, section 5.1", 100);
        scenario.forward = Capacity.steps(0, 1 * M, 40, 2.5 * M, 60, 0.6 * M, 80, 1 * M);
        scenario.forwardQueue = queue;
        scenario.media.add(media(4 * M).delayMillis(delay));
        return scenario;
    }

    private static Scenario.Media media(double ceiling) {
        Scenario.Media media = new Scenario.Media();
        media.limits = new RateLimits(FLOOR, FLOOR, (long) ceiling);
        return media;
    }
}
