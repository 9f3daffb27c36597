package revcam.linklab;

import java.util.Arrays;

/** A link's capacity over time: steps, from a schedule or a trace. 0 means that nothing gets through. */
final class Capacity {

    private final long[] from;
    private final double[] bps;

    private Capacity(long[] from, double[] bps) {
        this.from = from;
        this.bps = bps;
    }

    static Capacity constant(double bps) {
        return steps(0, bps);
    }

    /** @param secondsAndBps pairs: from that second on, that many bits per second; the first is from 0 */
    static Capacity steps(double... secondsAndBps) {
        long[] from = new long[secondsAndBps.length / 2];
        double[] bps = new double[from.length];
        for (int i = 0; i < from.length; i++) {
            from[i] = Math.round(secondsAndBps[2 * i] * Simulation.SECOND);
            bps[i] = secondsAndBps[2 * i + 1];
        }
        return new Capacity(from, bps);
    }

    /** A trace with steps of one length. */
    static Capacity trace(long stepNanos, double[] bps) {
        long[] from = new long[bps.length];
        Arrays.setAll(from, i -> i * stepNanos);
        return new Capacity(from, bps.clone());
    }

    private int index(long nanos) {
        int found = Arrays.binarySearch(from, nanos);
        return found >= 0 ? found : Math.max(0, -found - 2);
    }

    double at(long nanos) {
        return bps[index(nanos)];
    }

    /** When a transmission that begins now ends; {@link Long#MAX_VALUE} if never. */
    long finish(long begin, double bits) {
        long at = begin;
        double left = bits;
        for (int i = index(begin); ; i++) {
            boolean last = i + 1 == from.length;
            double takes = bps[i] > 0 ? left / bps[i] * Simulation.SECOND : Double.POSITIVE_INFINITY;
            if (last || at + takes <= from[i + 1]) {
                return Double.isInfinite(takes) ? Long.MAX_VALUE : at + (long) Math.ceil(takes);
            }
            left -= bps[i] * (from[i + 1] - at) / Simulation.SECOND;
            at = from[i + 1];
        }
    }

    /** What could have been carried in that time, bits. */
    double bits(long begin, long end) {
        double sum = 0;
        for (int i = index(begin); i < from.length && from[i] < end; i++) {
            long a = Math.max(begin, from[i]);
            long b = i + 1 == from.length ? end : Math.min(end, from[i + 1]);
            sum += bps[i] * (b - a) / Simulation.SECOND;
        }
        return sum;
    }

    double average(long begin, long end) {
        return end == begin ? at(begin) : bits(begin, end) * Simulation.SECOND / (end - begin);
    }

    /** Moments in here, without its ends, at which the capacity changes. */
    long[] changes(long begin, long end) {
        return Arrays.stream(from).filter(at -> at > begin && at < end).toArray();
    }
}
