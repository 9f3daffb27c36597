package revcam.linklab;

import java.util.Locale;
import revcam.api.congestion.CongestionControllerFactory;

/** Runs controllers over cases. */
public final class Lab {

    private Lab() {}

    public static void main(String[] arguments) throws Exception {
        String controller = arguments.length > 0 ? arguments[0] : "fixed";
        String filter = arguments.length > 1 ? arguments[1] : "";
        long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : 1;
        CongestionControllerFactory factory = Controllers.onClasspath().get(controller);
        for (Scenario scenario : Cases.all(seed)) {
            if (scenario.id.startsWith(filter)) {
                Run.Result result = Run.of(scenario, controller, factory, seed);
                print(result);
                Figures f = Figures.of(result);
                System.out.printf("  util %.2f last10 %.2f q95s %.0f loss %.4f/%.4f conv %.1f osc %d freeze %.1f lat %.0f/%.0f ratio %.2f jain %.2f %.2f %.2f tcp %.2f%n", f.utilisation, f.utilisationLast10, f.queueP95Settled, f.lossShare, f.lossAfterRepairShare, f.convergenceSeconds, f.oscillations, f.freezeSeconds, f.latencyP50, f.latencyP95, f.throughputRatio, f.fairness1, f.fairness5, f.fairness20, f.againstTcp);
            }
        }
    }

    private static void print(Run.Result result) {
        System.out.printf(Locale.ROOT, "%s  %s  digest %.12s  %.2f s%n", result.scenario().id, result.controller(),
                result.digest(), result.wallSeconds());
        System.out.println("  flow     from   to   capacity  target  sent   recv   util  util10  q50   q95   owd95 loss%");
        Scenario scenario = result.scenario();
        for (RecordedFlow flow : result.media()) {
            long[] changes = java.util.Arrays.stream(scenario.phases).skip(1).mapToLong(x -> (long) (x * 1e9)).toArray();
            for (int i = 0; i <= changes.length; i++) {
                long begin = i == 0 ? 0 : changes[i - 1];
                long end = i == changes.length ? scenario.nanos() : changes[i];
                double capacity = scenario.forward.average(begin, end);
                double[] queue = flow.queueMillis.sorted(at -> at >= begin && at < end);
                double[] oneWay = flow.oneWayMillis.sorted(at -> at >= begin && at < end);
                long tail = Math.max(begin, end - 10 * Simulation.SECOND);
                int from = (int) (begin / RecordedFlow.BIN);
                int to = (int) (end / RecordedFlow.BIN);
                double lost = 0;
                double sent = 0;
                double target = 0;
                for (int bin = from; bin < to; bin++) {
                    lost += flow.lostPackets[bin];
                    sent += flow.sentPackets[bin];
                    target += flow.targetBps[bin] / (to - from);
                }
                System.out.printf(Locale.ROOT,
                        "  %-8s %4d %4d   %8.0f %7.0f %6.0f %6.0f  %4.0f%%  %4.0f%%  %5.0f %5.0f  %5.0f %5.2f%n", flow.name,
                        begin / Simulation.SECOND, end / Simulation.SECOND, capacity / 1e3, target / 1e3,
                        RecordedFlow.rate(flow.sentBits, begin, end) / 1e3,
                        RecordedFlow.rate(flow.receivedBits, begin, end) / 1e3,
                        100 * RecordedFlow.rate(flow.receivedBits, begin, end) / capacity,
                        100 * RecordedFlow.rate(flow.receivedBits, tail, end) / scenario.forward.average(tail, end),
                        RecordedFlow.percentile(queue, 0.5), RecordedFlow.percentile(queue, 0.95),
                        RecordedFlow.percentile(oneWay, 0.95), 100 * lost / Math.max(1, sent));
            }
            double[] frames = flow.frameMillis.sorted(at -> true);
            System.out.printf(Locale.ROOT, "  %s: %d frames shown, latency p50 %.0f p95 %.0f ms, %d nack, %d pli %s%n",
                    flow.name, frames.length, RecordedFlow.percentile(frames, 0.5), RecordedFlow.percentile(frames, 0.95),
                    flow.nacks, flow.plis, flow.misconduct);
        }
    }
}
