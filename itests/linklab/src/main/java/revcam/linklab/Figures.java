package revcam.linklab;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;

/**
 * What one run comes down to (RFC 8868, section 3). Rates are bits per second at the IP layer unless they are targets,
 * delays milliseconds, shares 0 to 1. NaN where a figure makes no sense for the case.
 */
final class Figures {

    /** From this share of the capacity on, over a second, a rate has arrived where it should. */
    private static final double CONVERGED = 0.85;
    /** After a fall of the capacity the queue has this long to empty before its delay counts. */
    private static final long AFTER_DROP = 3 * Simulation.SECOND;
    private static final long TAIL = 10 * Simulation.SECOND;
    /** Rates this far apart within {@link #OSCILLATION_BINS} are an oscillation (RFC 8868, section 3.1). */
    private static final double OSCILLATION = 4;
    private static final int OSCILLATION_BINS = 3;
    private static final int FREEZE_FRAMES = 30;

    /** Between two changes of the link or of who uses it. */
    static final class Phase {
        double fromSeconds;
        double toSeconds;
        double capacityBps;
        double utilisation;
        double utilisationLast10;
        double convergenceSeconds;
        double queueP50;
        double queueP95;
        double lossShare;
    }

    static final class Flow {
        String name;
        boolean media;
        double sentBps;
        double receivedBps;
        double targetBps;
        double queueP5;
        double queueP50;
        double queueP95;
        double oneWayP50;
        double oneWayP95;
        double lossShare;
        double lossAfterRepairShare;
        long retransmissions;
        long nacks;
        long plis;
        long framesProduced;
        long framesHeld;
        long framesShown;
        int freezes;
        double freezeSeconds;
        double latencyP50;
        double latencyP95;
        int oscillations;
        String misconduct = "";
    }

    String scenario;
    String title;
    String origin;
    String controller;
    long seed;
    String digest;
    double wallSeconds;
    List<Phase> phases = new ArrayList<>();
    List<Flow> flows = new ArrayList<>();
    /** Of the forward link, by all that went over it. */
    double utilisation;
    /** The least of the phases'. */
    double utilisationLast10;
    /** Of our flows, the worst. */
    double queueP50;
    double queueP95;
    /** The same without the seconds after a fall of the capacity. */
    double queueP95Settled;
    double lossShare;
    double lossAfterRepairShare;
    /** The longest of the phases'. */
    double convergenceSeconds;
    int oscillations;
    double freezeSeconds;
    double latencyP50;
    double latencyP95;
    /** The slowest of our flows against the fastest, while they are compared. */
    double throughputRatio = Double.NaN;
    /** Jain's index of our flows over windows of so many seconds, averaged. */
    double fairness1 = Double.NaN;
    double fairness5 = Double.NaN;
    double fairness20 = Double.NaN;
    /** What our flows got against what TCP got, each by its number of flows. */
    double againstTcp = Double.NaN;

    static Figures of(Run.Result result) {
        Figures figures = new Figures();
        Scenario scenario = result.scenario();
        figures.scenario = scenario.id;
        figures.title = scenario.title;
        figures.origin = scenario.origin;
        figures.controller = result.controller();
        figures.seed = result.seed();
        figures.digest = result.digest();
        figures.wallSeconds = result.wallSeconds();
        figures.link(result);
        result.media().forEach(flow -> figures.flows.add(flow(flow, true)));
        result.tcp().forEach(flow -> figures.flows.add(flow(flow, false)));
        figures.worst(result);
        if (scenario.compared != null) {
            figures.compare(result);
        }
        return figures;
    }

    /** One of the figures by its name, as thresholds.json knows it. */
    double value(String figure) {
        try {
            return ((Number) Figures.class.getDeclaredField(figure).get(this)).doubleValue();
        } catch (NoSuchFieldException | ClassCastException e) {
            throw new IllegalArgumentException("there is no figure " + figure, e);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private void link(Run.Result result) {
        Scenario scenario = result.scenario();
        long ends = result.all().stream().mapToLong(flow -> flow.endNanos).max().orElseThrow();
        utilisation = share(result, 0, ends);
        utilisationLast10 = Double.POSITIVE_INFINITY;
        for (int i = 0; i < scenario.phases.length; i++) {
            long begin = nanos(scenario.phases[i]);
            long end = i + 1 == scenario.phases.length ? ends : nanos(scenario.phases[i + 1]);
            Phase phase = new Phase();
            phase.fromSeconds = (double) begin / Simulation.SECOND;
            phase.toSeconds = (double) end / Simulation.SECOND;
            phase.capacityBps = scenario.forward.average(begin, end);
            phase.utilisation = share(result, begin, end);
            phase.utilisationLast10 = share(result, Math.max(begin, end - TAIL), end);
            phase.convergenceSeconds = convergence(result, begin, end);
            LongPredicate within = at -> at >= begin && at < end;
            phase.queueP50 = worst(result, flow -> percentile(flow.queueMillis, within, 0.5));
            phase.queueP95 = worst(result, flow -> percentile(flow.queueMillis, within, 0.95));
            phase.lossShare = worst(result, flow -> loss(flow, begin, end));
            phases.add(phase);
            if (scenario.unfilled.contains(i)) {
                continue;
            }
            utilisationLast10 = Math.min(utilisationLast10, phase.utilisationLast10);
            convergenceSeconds = Math.max(convergenceSeconds, phase.convergenceSeconds);
        }
    }

    private static double share(Run.Result result, long begin, long end) {
        return RecordedFlow.rate(result.forwardBits(), begin, end) / result.scenario().forward.average(begin, end);
    }

    /** Until, for a second, enough of the capacity is used; the phase's length if that never happens. */
    private static double convergence(Run.Result result, long begin, long end) {
        for (long at = begin; at + Simulation.SECOND <= end; at += RecordedFlow.BIN) {
            if (share(result, at, at + Simulation.SECOND) >= CONVERGED) {
                return (double) (at - begin) / Simulation.SECOND;
            }
        }
        return (double) (end - begin) / Simulation.SECOND;
    }

    private interface OfFlow {
        double value(RecordedFlow flow);
    }

    private static double worst(Run.Result result, OfFlow figure) {
        return result.media().stream().mapToDouble(figure::value).filter(value -> !Double.isNaN(value)).max()
                .orElse(Double.NaN);
    }

    private static double percentile(RecordedFlow.Series series, LongPredicate moments, double share) {
        return RecordedFlow.percentile(series.sorted(moments), share);
    }

    private static double loss(RecordedFlow flow, long begin, long end) {
        int from = (int) (begin / RecordedFlow.BIN);
        int to = (int) Math.min(end / RecordedFlow.BIN, flow.sentPackets.length);
        double sent = Arrays.stream(flow.sentPackets, from, to).sum();
        return sent == 0 ? 0 : Arrays.stream(flow.lostPackets, from, to).sum() / sent;
    }

    private static Flow flow(RecordedFlow record, boolean media) {
        Flow flow = new Flow();
        flow.name = record.name;
        flow.media = media;
        flow.sentBps = RecordedFlow.rate(record.sentBits, record.startNanos, record.endNanos);
        flow.receivedBps = RecordedFlow.rate(record.receivedBits, record.startNanos, record.endNanos);
        double[] queue = record.queueMillis.sorted(at -> true);
        flow.queueP5 = RecordedFlow.percentile(queue, 0.05);
        flow.queueP50 = RecordedFlow.percentile(queue, 0.5);
        flow.queueP95 = RecordedFlow.percentile(queue, 0.95);
        double[] oneWay = record.oneWayMillis.sorted(at -> true);
        flow.oneWayP50 = RecordedFlow.percentile(oneWay, 0.5);
        flow.oneWayP95 = RecordedFlow.percentile(oneWay, 0.95);
        flow.lossShare = record.packetsSent == 0 ? 0 : (double) record.packetsLost / record.packetsSent;
        if (!media) {
            flow.lossAfterRepairShare = Double.NaN;
            flow.latencyP50 = Double.NaN;
            flow.latencyP95 = Double.NaN;
            flow.targetBps = Double.NaN;
            return flow;
        }
        long originals = record.packetsSent - record.retransmissions;
        flow.lossAfterRepairShare = originals == 0 ? 0
                : (double) Math.max(0, record.originalsLost - record.packetsRepaired) / originals;
        flow.targetBps = IntStream.range((int) (record.startNanos / RecordedFlow.BIN),
                (int) (record.endNanos / RecordedFlow.BIN)).mapToDouble(i -> record.targetBps[i]).average().orElse(0);
        flow.retransmissions = record.retransmissions;
        flow.nacks = record.nacks;
        flow.plis = record.plis;
        flow.framesProduced = record.framesProduced;
        flow.framesHeld = record.framesHeld;
        flow.framesShown = record.frameMillis.size();
        double[] latency = record.frameMillis.sorted(at -> true);
        flow.latencyP50 = RecordedFlow.percentile(latency, 0.5);
        flow.latencyP95 = RecordedFlow.percentile(latency, 0.95);
        flow.oscillations = oscillations(record);
        flow.misconduct = record.misconduct;
        freezes(record, flow);
        return flow;
    }

    /**
     * A gap between frames of at least three times the average of the last thirty, and 150 ms more than it (libwebrtc's
     * definition of freezeCount).
     */
    private static void freezes(RecordedFlow record, Flow flow) {
        RecordedFlow.Series shown = record.frameMillis;
        for (int i = FREEZE_FRAMES + 1; i < shown.size(); i++) {
            double gap = seconds(shown.at(i) - shown.at(i - 1));
            double average = seconds(shown.at(i - 1) - shown.at(i - 1 - FREEZE_FRAMES)) / FREEZE_FRAMES;
            boolean paused = record.pausedBetween(shown.at(i - 1), shown.at(i));
            if (!paused && gap >= Math.max(3 * average, average + 0.15)) {
                flow.freezes++;
                flow.freezeSeconds += gap;
            }
        }
    }

    private static int oscillations(RecordedFlow record) {
        int count = 0;
        int last = (int) (record.endNanos / RecordedFlow.BIN) - OSCILLATION_BINS;
        for (int i = (int) (record.startNanos / RecordedFlow.BIN); i <= last; i++) {
            double[] window = Arrays.copyOfRange(record.sentBits, i, i + OSCILLATION_BINS);
            Arrays.sort(window);
            if (window[0] > 0 && window[OSCILLATION_BINS - 1] >= OSCILLATION * window[0]) {
                count++;
                i += OSCILLATION_BINS - 1;
            }
        }
        return count;
    }

    private void worst(Run.Result result) {
        Scenario scenario = result.scenario();
        List<Long> drops = new ArrayList<>();
        for (double second : scenario.phases) {
            long at = nanos(second);
            if (at > 0 && scenario.forward.at(at) < scenario.forward.at(at - 1)) {
                drops.add(at);
            }
        }
        LongPredicate settled = at -> drops.stream().noneMatch(drop -> at >= drop && at < drop + AFTER_DROP);
        queueP50 = worst(result, flow -> percentile(flow.queueMillis, at -> true, 0.5));
        queueP95 = worst(result, flow -> percentile(flow.queueMillis, at -> true, 0.95));
        queueP95Settled = worst(result, flow -> percentile(flow.queueMillis, settled, 0.95));
        for (Flow flow : flows) {
            if (flow.media) {
                lossShare = Math.max(lossShare, flow.lossShare);
                lossAfterRepairShare = Math.max(lossAfterRepairShare, flow.lossAfterRepairShare);
                oscillations = Math.max(oscillations, flow.oscillations);
                freezeSeconds = Math.max(freezeSeconds, flow.freezeSeconds);
                latencyP50 = Math.max(latencyP50, flow.latencyP50);
                latencyP95 = Math.max(latencyP95, flow.latencyP95);
            }
        }
    }

    private void compare(Run.Result result) {
        long begin = nanos(result.scenario().compared[0]);
        long end = nanos(result.scenario().compared[1]);
        double[] rates = result.media().stream()
                .mapToDouble(flow -> RecordedFlow.rate(flow.receivedBits, begin, end)).toArray();
        if (rates.length > 1) {
            throughputRatio = Arrays.stream(rates).min().orElseThrow() / Arrays.stream(rates).max().orElseThrow();
            fairness1 = fairness(result, begin, end, 1);
            fairness5 = fairness(result, begin, end, 5);
            fairness20 = fairness(result, begin, end, 20);
        }
        if (result.scenario().tcp.stream().anyMatch(Scenario.Tcp::endless)) {
            double tcp = result.tcp().stream().mapToDouble(flow -> RecordedFlow.rate(flow.receivedBits, begin, end))
                    .average().orElseThrow();
            againstTcp = Arrays.stream(rates).average().orElseThrow() / tcp;
        }
    }

    private static double fairness(Run.Result result, long begin, long end, int seconds) {
        long window = seconds * Simulation.SECOND;
        double sum = 0;
        int windows = 0;
        for (long at = begin; at + window <= end; at += window) {
            double total = 0;
            double squares = 0;
            for (RecordedFlow flow : result.media()) {
                double rate = RecordedFlow.rate(flow.receivedBits, at, at + window);
                total += rate;
                squares += rate * rate;
            }
            if (squares > 0) {
                sum += total * total / (result.media().size() * squares);
                windows++;
            }
        }
        return windows == 0 ? Double.NaN : sum / windows;
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * Simulation.SECOND);
    }

    private static double seconds(long nanos) {
        return (double) nanos / Simulation.SECOND;
    }
}
