package revcam.linklab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import revcam.api.congestion.RateLimits;

/**
 * A path between camera and viewer: one of the laboratory's cases, or a bottleneck with a delay.
 *
 * @param caseName one of the cases, such as {@code steps}; null: what the others say
 * @param capacity bits per second, such as {@code 2M}, or from which second on how many: {@code 0 1M, 20 3M, 40 500k}
 * @param delayMillis one way
 * @param queueMillis how long what waits before the bottleneck may take to leave; what comes then is dropped
 * @param lossPercent of packets, both ways, at random
 * @param jitter whether the delay varies by some milliseconds (RFC 8868, section 4.5)
 */
public record Link(String caseName, String capacity, double delayMillis, int queueMillis, double lossPercent, boolean jitter) {

    private static final String OWN = "own";

    /** @throws IllegalArgumentException there is no such case, or the capacity cannot be read */
    public Link {
        if (caseName != null && Cases.all(1).stream().noneMatch(one -> one.id.equals(caseName))) {
            throw new IllegalArgumentException("there is no link '" + caseName + "'; ./revcam lab --list names them");
        }
        if (caseName == null) {
            parse(capacity);
        }
    }

    /** @throws IllegalArgumentException there is none of this name */
    public static Link ofCase(String name) {
        return new Link(name, null, 0, 0, 0, false);
    }

    /**
     * Reads a rate as {@code ./revcam run --bitrate} does.
     *
     * @param text such as {@code 2M}, {@code 500k} or {@code 100000}
     */
    public static double bps(String text) {
        String number = text.strip();
        double unit = number.endsWith("M") ? 1e6 : number.endsWith("k") ? 1e3 : 1;
        try {
            double value = Double.parseDouble(unit == 1 ? number : number.substring(0, number.length() - 1)) * unit;
            if (value >= 0 && value <= 1e10) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("'" + text + "' is no rate such as 2M, 500k or 100000");
    }

    private static Capacity parse(String text) {
        List<Double> steps = new ArrayList<>();
        for (String step : text.split(",")) {
            String[] parts = step.strip().split("\\s+");
            if (parts.length > 2 || (parts.length == 1 && !steps.isEmpty())) {
                throw new IllegalArgumentException("a capacity is a rate, or SECOND RATE, SECOND RATE, ... and not '" + text + "'");
            }
            steps.add(parts.length == 2 ? second(parts[0]) : 0);
            steps.add(bps(parts[parts.length - 1]));
        }
        if (steps.get(0) != 0) {
            throw new IllegalArgumentException("the capacity '" + text + "' does not begin with second 0");
        }
        return Capacity.steps(steps.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static double second(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no number of seconds", e);
        }
    }

    /** What the laboratory runs; with a flow of ours alone. */
    Scenario scenario(double seconds, long seed, RateLimits limits) {
        if (caseName != null) {
            return Cases.all(seed).stream().filter(one -> one.id.equals(caseName)).findFirst().orElseThrow();
        }
        Scenario scenario = new Scenario(OWN, toString(), "a scenario file", seconds);
        scenario.forward = parse(capacity);
        scenario.forwardQueue = () -> QueueDiscipline.dropTailMillis(queueMillis);
        long[] changes = scenario.forward.changes(0, scenario.nanos());
        scenario.phases = new double[changes.length + 1];
        for (int i = 0; i < changes.length; i++) {
            scenario.phases[i + 1] = (double) changes[i] / Simulation.SECOND;
        }
        Scenario.Media media = new Scenario.Media();
        media.limits = limits;
        media.delayMillis(delayMillis);
        media.jitter = jitter ? Channel.Jitter.IN_ORDER : Channel.Jitter.NONE;
        media.audio = false;
        if (lossPercent > 0) {
            media.loss = () -> Channel.Loss.independent(lossPercent / 100);
            media.feedbackLoss = media.loss;
        }
        scenario.media.add(media);
        return scenario;
    }

    @Override
    public String toString() {
        return caseName != null ? caseName : String.format(Locale.ROOT, "%s, %.0f ms, queue %d ms%s%s",
                capacity, delayMillis, queueMillis, lossPercent > 0 ? ", " + lossPercent + " % lost" : "", jitter ? ", jitter" : "");
    }
}
