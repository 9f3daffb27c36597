package revcam.linklab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;

/**
 * What a controller hears by RFC 8888 is what it hears by transport-wide feedback: a receiver reports the same packets in
 * both ways, the controller acts on the one, and each report of the other is held against it.
 */
class FeedbackTest {

    private static final int MOST_LATE = 20;
    /** Transport-wide times are cut to 250 microseconds, RFC 8888's to 1/1024 s and 1/65536 s. */
    private static final long ROUNDING_NANOS = 250_000 + 976_563 + 15_259;

    static Stream<Arguments> runs() {
        List<Arguments> runs = new ArrayList<>();
        for (String id : List.of("5.1-50ms", "5.1-reorder", "loss-5", "loss-bursts")) {
            Controllers.ours().keySet().forEach(controller -> runs.add(Arguments.of(id, controller)));
        }
        return runs.stream();
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("runs")
    void bothKindsTellTheSame(String id, String controller) {
        Scenario scenario = Cases.all(1).stream().filter(each -> each.id.equals(id)).findFirst().orElseThrow();
        scenario.media.get(0).feedback = Scenario.Feedback.BOTH;
        // A report that got lost leaves open what was in it, and the two do not leave open quite the same.
        scenario.media.get(0).feedbackLoss = Channel.Loss::none;
        Comparison comparison = new Comparison(Controllers.ours().get(controller).get());
        Run.Result result = Run.of(scenario, controller, comparison, 1);
        assertEquals(List.of(), comparison.differences);
        assertEquals("", result.media().get(0).misconduct);
        assertTrue(comparison.packets > 2_000 && comparison.lost > 10, comparison.packets + ", " + comparison.lost);
        assertTrue(comparison.late <= Math.max(1, 0.01 * comparison.lost), comparison.late + " of " + comparison.lost);
    }

    private record Told(long sequence, boolean received, long sentNanos, int bytes, long arrivalNanos) {}

    private static final class Comparison implements CongestionControllerFactory {

        private final CongestionControllerFactory factory;
        final List<String> differences = new ArrayList<>();
        int packets;
        int lost;
        /** Told by transport-wide feedback and not, or not yet, by the other; and how often that was so. */
        private final Map<Long, Told> expected = new TreeMap<>();
        int late;
        /** What was told of a packet last. */
        private final Map<Long, Boolean> known = new HashMap<>();
        private List<Told> transportWide;
        private Told firstWide;
        private Told firstNamed;

        Comparison(CongestionControllerFactory factory) {
            this.factory = factory;
        }

        @Override
        public CongestionController open(long nowNanos, revcam.api.congestion.RateLimits limits,
                revcam.api.congestion.RateSnapshot seed) {
            CongestionController real = factory.open(nowNanos, limits, seed);
            return (CongestionController) Proxy.newProxyInstance(getClass().getClassLoader(),
                    new Class<?>[] {CongestionController.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("onPacketFeedback") && !hear((PacketFeedback) arguments[1])) {
                            return null;
                        }
                        try {
                            return method.invoke(real, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        /** @return whether it is for the controller */
        private boolean hear(PacketFeedback report) {
            List<Told> told = new ArrayList<>();
            for (int i = 0; i < report.count(); i++) {
                told.add(new Told(report.transportSequence(i), report.received(i), report.sentNanos(i),
                        report.sizeBytes(i), report.received(i) ? report.arrivalNanos(i) : 0));
            }
            if (transportWide == null) {
                // What was told before is disregarded by every controller, and RFC 8888's is not told again.
                told.removeIf(each -> known.containsKey(each.sequence) && (known.get(each.sequence) || !each.received));
                transportWide = told;
                return true;
            }
            compare(transportWide, told);
            transportWide = null;
            return false;
        }

        private void compare(List<Told> wide, List<Told> named) {
            for (Told told : wide) {
                firstWide = firstWide == null ? told : firstWide;
                known.merge(told.sequence, told.received, Boolean::logicalOr);
                expected.put(told.sequence, told);
                packets++;
                lost += told.received ? 0 : 1;
            }
            long before = -1;
            for (Told told : named) {
                firstNamed = firstNamed == null ? told : firstNamed;
                if (told.sequence <= before || !same(expected.remove(told.sequence), told)) {
                    differ(told + " in " + named + " after " + wide);
                }
                before = told.sequence;
            }
            // Media that nothing but retransmissions follows within a report is found missing by a later report.
            late += expected.size();
            if (expected.values().stream().anyMatch(told -> told.received) || expected.size() > MOST_LATE) {
                differ(expected.values() + " not in " + named);
            }
            expected.values().removeIf(told -> known.get(told.sequence));
        }

        private boolean same(Told one, Told other) {
            return one != null && one.received == other.received && one.sentNanos == other.sentNanos
                    && one.bytes == other.bytes && (!one.received || Math.abs(one.arrivalNanos - firstWide.arrivalNanos
                    - (other.arrivalNanos - firstNamed.arrivalNanos)) <= ROUNDING_NANOS);
        }

        private void differ(String difference) {
            if (differences.size() < 3) {
                differences.add(difference);
            }
        }
    }
}
