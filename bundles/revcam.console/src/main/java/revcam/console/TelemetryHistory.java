package revcam.console;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Component;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;

/**
 * The last five minutes of telemetry, one value a second and curve, for the console's charts. The memory for a stream is
 * allocated once, when it first appears. Whether anybody looks makes no difference: a sample is a few additions.
 * Thread-safe.
 */
@Component(service = {TelemetryExporter.class, TelemetryHistory.class}, property = TelemetryExporter.NAME + "=console")
public final class TelemetryHistory implements TelemetryExporter {

    static final int SECONDS = 300;
    /** More streams than a machine of this size has; further ones are not drawn. */
    static final int MAX_STREAMS = 8;

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Batches come about once a second, and health every two: a value holds until it is this old. */
    private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(3_500);
    private static final long FORGET_NANOS = SECONDS * SECOND_NANOS;

    /** What is drawn. The names are those in the answer to the page. */
    private enum Curve {
        TARGET, ENCODED, SENT, CAPTURED_FPS, ENCODED_FPS,
        CAPTURE, WAIT, ENCODE, PACKETISE, QUEUE, PACE, SEND,
        LOSS, RTT, PROCESS_CPU, MACHINE_CPU, TEMPERATURE, RESIDENT, THROTTLED;

        final String label = name().toLowerCase(java.util.Locale.ROOT);
    }

    /** One curve: a ring of values by second, and what the next value is made of. */
    private static final class Track {
        final float[] values = new float[SECONDS];
        private double sum;
        private int count;
        private double held = Double.NaN;
        private long heldNanos;

        Track() {
            Arrays.fill(values, Float.NaN);
        }

        /** One of many observations within the second, of which the mean counts. */
        void observe(double value) {
            if (!Double.isNaN(value)) {
                sum += value;
                count++;
            }
        }

        /** A value that holds until the next. */
        void hold(double value, long nanos) {
            held = value;
            heldNanos = nanos;
        }

        double next(long nanos) {
            double value = count > 0 ? sum / count : nanos - heldNanos < HOLD_NANOS ? held : Double.NaN;
            sum = 0;
            count = 0;
            return value;
        }
    }

    /** A running total, told as a rate. */
    private static final class Rate {
        private double total = Double.NaN;
        private long nanos;

        /** Per second since the last total; NaN for the first, and after one that went backwards. */
        double perSecond(double newTotal, long newNanos) {
            double rate = newTotal >= total && newNanos - nanos > 0
                    ? (newTotal - total) * SECOND_NANOS / (newNanos - nanos) : Double.NaN;
            total = newTotal;
            nanos = newNanos;
            return rate;
        }
    }

    /** One viewer's latest figures; what is drawn is their sum or the worst of them. */
    private static final class ViewerFigures {
        final Rate bytes = new Rate();
        double sentBps;
        double loss;
        double rtt;
        long nanos;
    }

    /** A stream's curves, or the machine's. */
    private static final class Group {
        final Map<Curve, Track> tracks = new EnumMap<>(Curve.class);
        final Map<String, ViewerFigures> viewers = new HashMap<>();
        final Rate captured = new Rate();
        final Rate encoded = new Rate();
        long seenNanos;

        Group(Curve first, Curve last) {
            for (Curve curve : Curve.values()) {
                if (curve.compareTo(first) >= 0 && curve.compareTo(last) <= 0) {
                    tracks.put(curve, new Track());
                }
            }
        }

        Track track(Curve curve) {
            return tracks.get(curve);
        }
    }

    /** Where a measurement has the metrics that are drawn; looked up anew when its declaration is another one. */
    private static final class Columns {
        private final String[] names;
        private final int[] indices;
        private Measurement measurement;

        Columns(String... names) {
            this.names = names;
            indices = new int[names.length];
        }

        double value(Sample sample, int column) {
            if (sample.measurement() != measurement) {
                measurement = sample.measurement();
                List<String> metrics = measurement.metrics().stream().map(Metric::name).toList();
                Arrays.setAll(indices, i -> metrics.indexOf(names[i]));
            }
            return indices[column] < 0 ? Double.NaN : sample.values()[indices[column]];
        }
    }

    private static final Curve[] FRAME_CURVES = {Curve.CAPTURE, Curve.WAIT, Curve.ENCODE, Curve.PACKETISE};
    private static final Curve[] DELIVERY_CURVES = {Curve.QUEUE, Curve.PACE, Curve.SEND};
    private static final Curve[] HEALTH_CURVES =
            {Curve.PROCESS_CPU, Curve.MACHINE_CPU, Curve.TEMPERATURE, Curve.RESIDENT, Curve.THROTTLED};

    private final Columns frame = new Columns("capture", "wait", "encode", "packetise");
    private final Columns delivery = new Columns("queue", "pace", "send");
    private final Columns stream = new Columns("target", "encoded_rate", "captured", "encoded");
    private final Columns viewer = new Columns("sent_bytes", "loss", "rtt");
    private final Columns health = new Columns("process_cpu", "machine_cpu", "temperature", "resident", "throttled");

    private final Map<String, Group> streams = new TreeMap<>();
    private final Group machine = new Group(Curve.PROCESS_CPU, Curve.THROTTLED);
    private long lastSecond = Long.MIN_VALUE;

    @Override
    public void export(List<Sample> batch) {
        export(batch, System.nanoTime());
    }

    /** A batch becomes the value of the second in which it arrives. */
    synchronized void export(List<Sample> batch, long nowNanos) {
        for (Sample sample : batch) {
            take(sample);
        }
        long second = Math.floorDiv(nowNanos, SECOND_NANOS);
        if (second != lastSecond) {
            // Batches are a little more than a second apart: now and then one stands for two seconds.
            long from = second - lastSecond == 2 ? lastSecond + 1 : second;
            boolean afterGap = lastSecond == Long.MIN_VALUE || second - lastSecond > 2;
            long previous = lastSecond;
            lastSecond = second;
            streams.values().removeIf(group -> nowNanos - group.seenNanos > FORGET_NANOS);
            for (Group group : streams.values()) {
                sumUpViewers(group, nowNanos);
                write(group, from, second, afterGap, previous, nowNanos);
            }
            write(machine, from, second, afterGap, previous, nowNanos);
        }
    }

    private static void write(Group group, long from, long to, boolean afterGap, long previous, long nowNanos) {
        for (Track track : group.tracks.values()) {
            if (afterGap) {
                long missed = previous == Long.MIN_VALUE ? SECONDS : Math.min(SECONDS, to - previous);
                for (long second = to - missed + 1; second < to; second++) {
                    track.values[index(second)] = Float.NaN;
                }
            }
            float value = (float) track.next(nowNanos);
            for (long second = from; second <= to; second++) {
                track.values[index(second)] = value;
            }
        }
    }

    private static int index(long second) {
        return (int) Math.floorMod(second, (long) SECONDS);
    }

    private void take(Sample sample) {
        switch (sample.measurement().name()) {
            case "frame" -> observe(sample, frame, FRAME_CURVES);
            case "delivery" -> observe(sample, delivery, DELIVERY_CURVES);
            case "stream" -> takeStream(sample);
            case "viewer" -> takeViewer(sample);
            case "health" -> {
                for (int i = 0; i < HEALTH_CURVES.length; i++) {
                    machine.track(HEALTH_CURVES[i]).hold(health.value(sample, i), sample.nanos());
                }
            }
            default -> {
                // Not drawn.
            }
        }
    }

    private void observe(Sample sample, Columns columns, Curve[] curves) {
        Group group = group(sample);
        if (group != null) {
            for (int i = 0; i < curves.length; i++) {
                group.track(curves[i]).observe(columns.value(sample, i) / 1e6);
            }
        }
    }

    private void takeStream(Sample sample) {
        Group group = group(sample);
        if (group == null) {
            return;
        }
        long nanos = sample.nanos();
        group.track(Curve.TARGET).hold(stream.value(sample, 0), nanos);
        group.track(Curve.ENCODED).hold(stream.value(sample, 1), nanos);
        group.track(Curve.CAPTURED_FPS).hold(group.captured.perSecond(stream.value(sample, 2), nanos), nanos);
        group.track(Curve.ENCODED_FPS).hold(group.encoded.perSecond(stream.value(sample, 3), nanos), nanos);
    }

    private void takeViewer(Sample sample) {
        Group group = group(sample);
        if (group == null) {
            return;
        }
        ViewerFigures figures = group.viewers.computeIfAbsent(
                sample.tags().getOrDefault("viewer", ""), name -> new ViewerFigures());
        figures.sentBps = 8 * figures.bytes.perSecond(viewer.value(sample, 0), sample.nanos());
        figures.loss = viewer.value(sample, 1);
        figures.rtt = viewer.value(sample, 2) / 1e6;
        figures.nanos = sample.nanos();
    }

    private static void sumUpViewers(Group group, long nowNanos) {
        group.viewers.values().removeIf(figures -> nowNanos - figures.nanos > HOLD_NANOS);
        double sent = Double.NaN;
        double loss = Double.NaN;
        double rtt = Double.NaN;
        for (ViewerFigures figures : group.viewers.values()) {
            sent = Double.isNaN(sent) ? figures.sentBps : Double.isNaN(figures.sentBps) ? sent : sent + figures.sentBps;
            loss = worse(loss, figures.loss);
            rtt = worse(rtt, figures.rtt);
        }
        group.track(Curve.SENT).hold(sent, nowNanos);
        group.track(Curve.LOSS).hold(loss, nowNanos);
        group.track(Curve.RTT).hold(rtt, nowNanos);
    }

    private static double worse(double a, double b) {
        return Double.isNaN(a) || b > a ? b : a;
    }

    /** Null for a stream too many, and for a sample that belongs to none. */
    private Group group(Sample sample) {
        String name = sample.tags().get("stream");
        Group group = name == null ? null : streams.get(name);
        if (group == null && name != null && streams.size() < MAX_STREAMS) {
            group = new Group(Curve.TARGET, Curve.RTT);
            streams.put(name, group);
        }
        if (group != null) {
            group.seenNanos = sample.nanos();
        }
        return group;
    }

    /**
     * Writes an object: {@code last}, the second of the last value, to be given back as {@code after}; {@code count}, how
     * many values each curve has, a second apart; {@code age}, milliseconds since the last; then the curves. One that is
     * unknown throughout is left out.
     *
     * @param after {@code last} of the answer before; what is no such second gets everything
     */
    void write(JsonWriter out, long after) throws IOException {
        write(out, after, System.nanoTime());
    }

    synchronized void write(JsonWriter out, long after, long nowNanos) throws IOException {
        int count = lastSecond == Long.MIN_VALUE ? 0
                : after <= lastSecond && after > lastSecond - SECONDS ? (int) (lastSecond - after) : SECONDS;
        out.beginObject();
        out.name("last").value(lastSecond == Long.MIN_VALUE ? 0 : lastSecond);
        out.name("count").value(count);
        out.name("age").value(count == 0 ? 0 : nowNanos / 1_000_000 - lastSecond * 1_000);
        out.name("machine");
        write(out, machine, count);
        out.name("streams").beginObject();
        for (Map.Entry<String, Group> entry : streams.entrySet()) {
            out.name(entry.getKey());
            write(out, entry.getValue(), count);
        }
        out.endObject();
        out.endObject();
    }

    private void write(JsonWriter out, Group group, int count) throws IOException {
        out.beginObject();
        for (Map.Entry<Curve, Track> entry : group.tracks.entrySet()) {
            float[] values = entry.getValue().values;
            boolean known = false;
            for (int i = 0; i < count && !known; i++) {
                known = !Float.isNaN(values[index(lastSecond - i)]);
            }
            if (known) {
                out.name(entry.getKey().label).beginArray();
                for (int i = count - 1; i >= 0; i--) {
                    writeShort(out, values[index(lastSecond - i)]);
                }
                out.endArray();
            }
        }
        out.endObject();
    }

    /** To four decimals, or none where that says enough: a chart is a few hundred pixels high. */
    private static void writeShort(JsonWriter out, float value) throws IOException {
        if (Float.isNaN(value) || Float.isInfinite(value)) {
            out.nullValue();
        } else if (Math.abs(value) >= 10_000 || value == Math.rint(value)) {
            out.value(Math.round((double) value));
        } else {
            out.value(Math.round(value * 10_000.0) / 10_000.0);
        }
    }
}
