package revcam.linklab;

import java.util.ArrayList;
import java.util.List;

/** One run over time, coarse enough to draw and to keep: kbit/s, milliseconds, percent. */
final class Plotted {

    private static final int MOST_POINTS = 300;

    static final class Line {
        String name;
        boolean media;
        long[] target;
        long[] sent;
        long[] received;
    }

    double stepSeconds;
    long[] capacity;
    /** Null when the way back is never full. */
    long[] capacityBack;
    List<Line> lines = new ArrayList<>();
    /** The longest that a packet of ours waited. */
    double[] queue;
    /** Of our packets. */
    double[] loss;

    static Plotted of(Run.Result result) {
        Plotted plotted = new Plotted();
        int bins = RecordedFlow.bins(result.scenario().nanos());
        int each = (bins + MOST_POINTS - 1) / MOST_POINTS;
        int points = bins / each;
        long step = each * RecordedFlow.BIN;
        plotted.stepSeconds = (double) step / Simulation.SECOND;
        plotted.capacity = capacity(result.scenario().forward, points, step);
        plotted.capacityBack = result.scenario().backward == null ? null
                : capacity(result.scenario().backward, points, step);
        for (RecordedFlow flow : result.media()) {
            Line line = new Line();
            line.name = flow.name;
            line.media = true;
            line.target = new long[points];
            for (int i = 0; i < points; i++) {
                line.target[i] = Math.round(flow.targetBps[(i + 1) * each - 1] / 1e3);
            }
            line.sent = rates(flow.sentBits, points, each, step);
            line.received = rates(flow.receivedBits, points, each, step);
            plotted.lines.add(line);
        }
        if (!result.tcp().isEmpty()) {
            double[] sent = new double[bins];
            double[] received = new double[bins];
            for (RecordedFlow flow : result.tcp()) {
                for (int i = 0; i < bins; i++) {
                    sent[i] += flow.sentBits[i];
                    received[i] += flow.receivedBits[i];
                }
            }
            Line line = new Line();
            line.name = "TCP";
            line.sent = rates(sent, points, each, step);
            line.received = rates(received, points, each, step);
            plotted.lines.add(line);
        }
        plotted.queue = new double[points];
        plotted.loss = new double[points];
        for (int i = 0; i < points; i++) {
            double sent = 0;
            double lost = 0;
            for (RecordedFlow flow : result.media()) {
                for (int bin = i * each; bin < (i + 1) * each; bin++) {
                    plotted.queue[i] = Math.max(plotted.queue[i], Math.round(flow.maxQueueMillis[bin]));
                    sent += flow.sentPackets[bin];
                    lost += flow.lostPackets[bin];
                }
            }
            // Lost packets are counted when they are lost, which may be after the last was sent.
            plotted.loss[i] = lost == 0 ? 0 : Math.round(1000 * lost / Math.max(sent, lost)) / 10.0;
        }
        return plotted;
    }

    private static long[] capacity(Capacity capacity, int points, long step) {
        long[] values = new long[points];
        for (int i = 0; i < points; i++) {
            values[i] = Math.round(capacity.average(i * step, (i + 1) * step) / 1e3);
        }
        return values;
    }

    private static long[] rates(double[] bits, int points, int each, long step) {
        long[] values = new long[points];
        for (int i = 0; i < points; i++) {
            double sum = 0;
            for (int bin = i * each; bin < (i + 1) * each; bin++) {
                sum += bits[bin];
            }
            values[i] = Math.round(sum / step * Simulation.SECOND / 1e3);
        }
        return values;
    }
}
