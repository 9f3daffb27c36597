package revcam.linklab;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import revcam.api.congestion.RateLimits;

/**
 * The cases of RFC 8867, section 5, with their variants, and ours. Where the RFC's video ends at 1.5 Mbit/s ours ends
 * at 4 Mbit/s, so that the capacity, not the ceiling, is what a controller has to find.
 */
final class Cases {

    private static final double M = 1e6;
    private static final long FLOOR = 150_000;
    private static final double CEILING = 4 * M;

    private Cases() {}

    /** @param seed of the run, for what is random about a case itself */
    static List<Scenario> all(long seed) {
        Simulation draws = new Simulation(seed);
        List<Scenario> all = new ArrayList<>();
        all.add(variableCapacity("5.1-50ms", "50 ms one way", 50));
        all.add(variableCapacity("5.1-100ms", "100 ms one way", 100));
        all.add(variableCapacity("5.1-reorder", "jitter reorders packets", 50));
        all.get(2).media.get(0).jitter = Channel.Jitter.REORDERING;
        all.add(queue(variableCapacity("5.1-q70ms", "a queue of 70 ms", 50), () -> QueueDiscipline.dropTailMillis(70)));
        all.add(queue(variableCapacity("5.1-q1000ms", "a queue of 1000 ms", 50),
                () -> QueueDiscipline.dropTailMillis(1000)));
        all.add(queue(variableCapacity("5.1-codel", "CoDel", 50), () -> new CoDel(250_000)));
        all.add(variableCapacity("5.1-rfc8888", "feedback as in RFC 8888", 50));
        all.get(all.size() - 1).media.get(0).feedback = Scenario.Feedback.RFC_8888;
        all.add(onRequest(variableCapacity("5.1-request", "feedback on request", 50)));
        all.add(variableCapacityTwoFlows("5.2-50ms", 50));
        all.add(variableCapacityTwoFlows("5.2-100ms", 100));
        all.add(congestedFeedback("5.3", "the way back is congested", true));
        all.add(congestedFeedback("5.3-clear", "for comparison: the way back is clear", false));
        all.add(sameController("5.4-50ms", "drop-tail", () -> QueueDiscipline.dropTailMillis(300)));
        all.add(sameController("5.4-codel", "CoDel", () -> new CoDel(250_000)));
        all.add(roundTrips());
        for (int queue : new int[] {20, 300, 1000}) {
            all.add(longTcp("5.6-q" + queue + "ms", queue));
        }
        all.add(shortTcp("5.7-30kB", "short", 30_000, 50_000));
        all.add(shortTcp("5.7-1MB", "larger", 100_000, 1_000_000));
        all.add(pauseResume());
        all.add(twoBottlenecks());
        all.add(steps("steps", 50));
        all.add(steps("steps-1ms", 1));
        all.add(tokenBucket("steps-tbf"));
        all.add(onRequest(tokenBucket("steps-tbf-request")));
        all.add(wifi(draws));
        all.add(lte(draws));
        all.add(roadTrip());
        for (int percent : new int[] {1, 5, 10}) {
            all.add(loss("loss-" + percent, percent + " % random loss both ways",
                    () -> Channel.Loss.independent(percent / 100.0)));
        }
        all.add(loss("loss-bursts", "Bursts of loss both ways, 2 % in all",
                () -> Channel.Loss.gilbertElliott(0.005, 0.2, 0.8)));
        all.add(onRequest(loss("loss-bursts-request", "Bursts of loss both ways, 2 % in all, feedback on request",
                () -> Channel.Loss.gilbertElliott(0.005, 0.2, 0.8))));
        all.add(idleThenBusy());
        return all;
    }

    /** Whether a case is meant by a name: its own, or its beginning up to a hyphen, so that 5.1 means all of 5.1. */
    static boolean named(String id, String name) {
        return id.equals(name) || id.startsWith(name + "-");
    }

    private static Scenario variableCapacity(String id, String variant, int delay) {
        Scenario scenario = new Scenario(id, "Variable capacity, one flow: " + variant, "RFC 8867, 5.1", 100);
        scenario.forward = Capacity.steps(0, M, 40, 2.5 * M, 60, 0.6 * M, 80, M);
        scenario.phases = new double[] {0, 40, 60, 80};
        scenario.media.add(media("media").delayMillis(delay));
        return scenario;
    }

    private static Scenario queue(Scenario scenario, Supplier<QueueDiscipline> queue) {
        scenario.forwardQueue = queue;
        return scenario;
    }

    /** What Chromium does for our own page. */
    private static Scenario onRequest(Scenario scenario) {
        scenario.media.get(0).feedback = Scenario.Feedback.ON_REQUEST;
        return scenario;
    }

    private static Scenario variableCapacityTwoFlows(String id, int delay) {
        Scenario scenario = new Scenario(id, "Variable capacity, two flows: " + delay + " ms one way",
                "RFC 8867, 5.2", 125);
        scenario.forward = Capacity.steps(0, 4 * M, 25, 2 * M, 50, 3.5 * M, 75, M, 100, 2 * M);
        scenario.phases = new double[] {0, 25, 50, 75, 100};
        scenario.compared = new double[] {10, 125};
        scenario.media.add(media("flow 1").delayMillis(delay));
        scenario.media.add(media("flow 2").delayMillis(delay));
        return scenario;
    }

    private static Scenario congestedFeedback(String id, String variant, boolean congested) {
        Scenario scenario = new Scenario(id, "Media both ways: " + variant, "RFC 8867, 5.3", 100);
        scenario.forward = Capacity.steps(0, 2 * M, 20, M, 40, 0.5 * M, 60, 2 * M);
        scenario.phases = new double[] {0, 20, 40, 60};
        scenario.media.add(media("forward"));
        if (congested) {
            scenario.backward = Capacity.steps(0, 2 * M, 35, 0.8 * M, 70, 2 * M);
            Scenario.Media back = media("backward");
            back.direction = Scenario.Direction.BACKWARD;
            scenario.media.add(back);
        }
        return scenario;
    }

    private static Scenario sameController(String id, String variant, Supplier<QueueDiscipline> queue) {
        Scenario scenario = new Scenario(id, "Three flows, one after the other: " + variant, "RFC 8867, 5.4", 120);
        scenario.forward = Capacity.constant(3.5 * M);
        scenario.forwardQueue = queue;
        scenario.phases = new double[] {0, 20, 40};
        scenario.compared = new double[] {60, 119};
        for (int i = 0; i < 3; i++) {
            scenario.media.add(media("flow " + (i + 1)).from(20 * i, 119));
        }
        return scenario;
    }

    private static Scenario roundTrips() {
        Scenario scenario = new Scenario("5.5", "Five flows with different round trips", "RFC 8867, 5.5", 300);
        scenario.forward = Capacity.constant(4 * M);
        scenario.phases = new double[] {0, 50};
        scenario.compared = new double[] {100, 299};
        double[] delays = {10, 25, 50, 100, 150};
        for (int i = 0; i < delays.length; i++) {
            scenario.media.add(media("%.0f ms".formatted(delays[i])).from(10 * i, 299).delayMillis(delays[i]));
        }
        return scenario;
    }

    private static Scenario longTcp(String id, int queueMillis) {
        Scenario scenario = new Scenario(id, "Against a long TCP transfer: a queue of " + queueMillis + " ms",
                "RFC 8867, 5.6", 120);
        scenario.forward = Capacity.constant(2 * M);
        scenario.forwardQueue = () -> QueueDiscipline.dropTailMillis(queueMillis);
        scenario.phases = new double[] {0, 30};
        scenario.compared = new double[] {30, 119};
        scenario.media.add(media("media").from(5, 119));
        Scenario.Tcp tcp = new Scenario.Tcp();
        tcp.endSeconds = 119;
        scenario.tcp.add(tcp);
        return scenario;
    }

    /** Sizes of the RFC, and those of its drafts. */
    private static Scenario shortTcp(String id, String size, int minBytes, int maxBytes) {
        Scenario scenario = new Scenario(id, "Two flows against ten with " + size + " TCP transfers", "RFC 8867, 5.7",
                300);
        scenario.forward = Capacity.constant(2 * M);
        scenario.phases = new double[] {0, 30};
        scenario.compared = new double[] {30, 299};
        scenario.media.add(media("flow 1").from(5, 299));
        scenario.media.add(media("flow 2").from(5, 299));
        for (int i = 0; i < 10; i++) {
            Scenario.Tcp tcp = new Scenario.Tcp();
            tcp.name = "tcp " + (i + 1);
            tcp.endSeconds = 299;
            tcp.minFileBytes = minBytes;
            tcp.maxFileBytes = maxBytes;
            tcp.meanIdleSeconds = 10;
            tcp.startsIdle = i >= 2;
            scenario.tcp.add(tcp);
        }
        return scenario;
    }

    private static Scenario pauseResume() {
        Scenario scenario = new Scenario("5.8", "Three flows, one pauses", "RFC 8867, 5.8", 120);
        scenario.forward = Capacity.constant(3.5 * M);
        scenario.phases = new double[] {0, 40, 60};
        scenario.compared = new double[] {80, 119};
        for (int i = 0; i < 3; i++) {
            scenario.media.add(media("flow " + (i + 1)).from(0, 119));
        }
        scenario.media.get(1).pauseFrom = 40;
        scenario.media.get(1).pauseTo = 60;
        return scenario;
    }

    /** The first flow crosses both bottlenecks, and one other each. */
    private static Scenario twoBottlenecks() {
        Scenario scenario = new Scenario("6.3", "Two bottlenecks in a row", "RFC 8867, 6.3", 120);
        scenario.forward = Capacity.constant(2 * M);
        scenario.further = Capacity.constant(1.5 * M);
        scenario.phases = new double[] {0, 30};
        scenario.compared = new double[] {60, 119};
        scenario.media.add(media("both").from(0, 119).delayMillis(100));
        scenario.media.add(media("first").from(0, 119).delayMillis(40));
        scenario.media.add(media("second").from(0, 119).delayMillis(40));
        scenario.media.get(0).crosses = Scenario.Crosses.BOTH;
        scenario.media.get(2).crosses = Scenario.Crosses.SECOND;
        return scenario;
    }

    // ---- ours

    private static Scenario steps(String id, int delay) {
        Scenario scenario = new Scenario(id, "1, 3, 0.5 Mbit/s for 20 s each: " + delay + " ms one way", "ours", 60);
        scenario.forward = Capacity.steps(0, M, 20, 3 * M, 40, 0.5 * M);
        scenario.phases = new double[] {0, 20, 40};
        scenario.media.add(media("media").delayMillis(delay));
        return scenario;
    }

    /** What itests/browser has on real sockets, with a kernel's token bucket and libx264. */
    private static Scenario tokenBucket(String id) {
        Scenario scenario = steps(id, 1);
        scenario.burstBytes = 3200;
        scenario.media.get(0).content = VideoSource.Content.LATE;
        scenario.media.get(0).limits = new RateLimits(FLOOR, (long) M, (long) CEILING);
        scenario.media.get(0).audio = false;
        return scenario;
    }

    private static Scenario wifi(Simulation draws) {
        Scenario scenario = new Scenario("wifi", "At the edge of a Wi-Fi cell", "ours", 120);
        scenario.forward = Traces.wifi(draws.random("wifi"), scenario.seconds);
        scenario.forwardQueue = () -> QueueDiscipline.dropTailBytes(100_000);
        scenario.phases = new double[] {0};
        scenario.media.add(media("media").delayMillis(15));
        return scenario;
    }

    private static Scenario lte(Simulation draws) {
        Scenario scenario = new Scenario("lte", "Moving through LTE cells", "ours", 120);
        scenario.forward = Traces.lte(draws.random("lte"), scenario.seconds);
        scenario.forwardQueue = () -> QueueDiscipline.dropTailBytes(200_000);
        scenario.phases = new double[] {0};
        scenario.media.add(media("media").delayMillis(40));
        return scenario;
    }

    /** A car leaves its hotspot: less and less gets through, then nothing, then the mobile network takes over. */
    private static Scenario roadTrip() {
        Scenario scenario = new Scenario("road", "A car leaves its hotspot", "ours", 90);
        scenario.forward = Capacity.steps(0, 4 * M, 30, 1.5 * M, 33, 0.4 * M, 36, 0, 42, 1.5 * M);
        scenario.backward = Capacity.steps(0, 4 * M, 36, 0, 42, 4 * M);
        scenario.forwardQueue = () -> QueueDiscipline.dropTailBytes(64_000);
        scenario.backwardQueue = () -> QueueDiscipline.dropTailBytes(64_000);
        scenario.phases = new double[] {0, 30, 42};
        scenario.unfilled = Set.of(1);
        Scenario.Media car = media("media");
        car.delay = now -> (now < 42 * Simulation.SECOND ? 10 : 80) * Simulation.MILLI;
        car.loss = () -> Channel.Loss.none()
                .between(30 * Simulation.SECOND, 36 * Simulation.SECOND, Channel.Loss.gilbertElliott(0.05, 0.2, 0.7))
                .between(42 * Simulation.SECOND, 90 * Simulation.SECOND, Channel.Loss.gilbertElliott(0.002, 0.3, 0.5));
        scenario.media.add(car);
        return scenario;
    }

    private static Scenario loss(String id, String title, Supplier<Channel.Loss> loss) {
        Scenario scenario = new Scenario(id, title, "ours", 60);
        scenario.forward = Capacity.constant(2 * M);
        scenario.phases = new double[] {0, 30};
        Scenario.Media media = media("media");
        media.loss = loss;
        media.feedbackLoss = loss;
        scenario.media.add(media);
        return scenario;
    }

    private static Scenario idleThenBusy() {
        Scenario scenario = new Scenario("idle", "Little to send for 40 s, then a camera", "ours", 90);
        scenario.forward = Capacity.constant(2.5 * M);
        scenario.phases = new double[] {0, 40};
        scenario.unfilled = Set.of(0);
        Scenario.Media media = media("media");
        media.content = VideoSource.Content.idleUntil(40 * Simulation.SECOND, 100_000);
        scenario.media.add(media);
        return scenario;
    }

    private static Scenario.Media media(String name) {
        Scenario.Media media = new Scenario.Media();
        media.name = name;
        media.limits = new RateLimits(FLOOR, FLOOR, (long) CEILING);
        return media;
    }
}
