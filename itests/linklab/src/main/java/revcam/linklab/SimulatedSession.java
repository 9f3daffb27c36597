package revcam.linklab;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;

/**
 * One viewer of one encoder over one simulated link, on virtual time: the product's sender and controller, with the frames
 * that a {@link FrameMaker} makes. The same input gives the same packets.
 */
public final class SimulatedSession {

    /** A controller has had its start by then. */
    private static final double SETTLED = 1.0 / 3;

    private SimulatedSession() {}

    /**
     * What came of it. Rates are kilobits per second, delays milliseconds, shares percent.
     *
     * @param figures by name; NaN where one makes no sense
     * @param stepSeconds between two values of a series
     * @param series by name: capacity, target, received, queue
     */
    public record Result(Map<String, Double> figures, double stepSeconds, Map<String, double[]> series) {}

    /** Names of the controllers that there are. */
    public static List<String> controllers() {
        return List.copyOf(Controllers.ours().keySet());
    }

    /**
     * @param controller one of {@link #controllers()}
     * @param payloadBytes of an RTP payload at the most
     * @throws IllegalArgumentException there is no such controller
     */
    public static Result run(Link link, String controller, RateLimits limits, int fps, int payloadBytes, double seconds,
            long seed, FrameMaker maker) {
        Map<String, java.util.function.Supplier<CongestionControllerFactory>> all = Controllers.ours();
        if (!all.containsKey(controller)) {
            throw new IllegalArgumentException("there is no controller '" + controller + "', only " + String.join(", ", all.keySet()));
        }
        Scenario scenario = link.scenario(seconds, seed, limits);
        Scenario.Media media = scenario.media.get(0);
        media.limits = limits;
        media.content = VideoSource.Content.camera(fps);
        media.maker = maker;
        media.payloadBytes = payloadBytes;
        Run.Result result = Run.of(scenario, controller, all.get(controller).get(), seed);
        Figures figures = Figures.of(result);
        Plotted plotted = Plotted.of(result);
        Map<String, double[]> series = new LinkedHashMap<>();
        series.put("capacity", doubles(plotted.capacity));
        series.put("target", doubles(plotted.lines.get(0).target));
        series.put("received", doubles(plotted.lines.get(0).received));
        series.put("queue", plotted.queue);
        return new Result(figures(figures, result.media().get(0)), plotted.stepSeconds, series);
    }

    private static Map<String, Double> figures(Figures figures, RecordedFlow record) {
        Figures.Flow flow = figures.flows.get(0);
        Map<String, Double> named = new LinkedHashMap<>();
        named.put("usedPercent", 100 * figures.utilisationLast10);
        named.put("receivedKbps", flow.receivedBps / 1e3);
        named.put("targetSwingPercent", swing(record));
        named.put("queueP95Ms", figures.queueP95Settled);
        named.put("latencyP50Ms", figures.latencyP50);
        named.put("latencyP95Ms", figures.latencyP95);
        named.put("lostPercent", 100 * flow.lossShare);
        named.put("lostAfterRepairPercent", 100 * flow.lossAfterRepairShare);
        named.put("frozenSeconds", flow.freezeSeconds);
        named.put("framesShownPercent", flow.framesProduced == 0 ? Double.NaN : 100.0 * flow.framesShown / flow.framesProduced);
        named.put("framesHeld", (double) flow.framesHeld);
        named.put("keyframeRequests", (double) flow.plis);
        return named;
    }

    /** Between the 5th and 95th percentile of the target, in percent of its median, once the start is over. */
    private static double swing(RecordedFlow record) {
        double[] targets = Arrays.copyOfRange(record.targetBps, (int) (record.targetBps.length * SETTLED), record.targetBps.length);
        targets = Arrays.stream(targets).filter(bps -> bps > 0).sorted().toArray();
        double median = RecordedFlow.percentile(targets, 0.5);
        return 100 * (RecordedFlow.percentile(targets, 0.95) - RecordedFlow.percentile(targets, 0.05)) / median;
    }

    private static double[] doubles(long[] values) {
        return Arrays.stream(values).asDoubleStream().toArray();
    }
}
