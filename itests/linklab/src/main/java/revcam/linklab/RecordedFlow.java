package revcam.linklab;

import java.util.Arrays;
import java.util.function.LongPredicate;

/** All that happened to one flow, as RFC 8868, section 3, wants it logged; times on the simulation's clock. */
final class RecordedFlow {

    /** Rates are of this long (RFC 8868, section 3.1). */
    static final long BIN = 200 * Simulation.MILLI;

    final String name;
    final long startNanos;
    final long endNanos;
    final double[] sentBits;
    final double[] receivedBits;
    /** Media alone, in RTP bytes, as a controller's target counts. */
    final double[] sentRtpBits;
    final double[] targetBps;
    final int[] sentPackets;
    final int[] lostPackets;
    final double[] maxQueueMillis;
    final Series queueMillis = new Series();
    final Series oneWayMillis = new Series();
    final Series frameMillis = new Series();
    long nacks;
    long plis;
    long packetsSent;
    long packetsLost;
    /** Without retransmissions. */
    long originalsLost;
    /** Of these, those that came after all in a retransmission. */
    long packetsRepaired;
    long retransmissions;
    long framesProduced;
    /** Pictures that were not encoded, because those before them had not left. */
    long framesHeld;
    String misconduct = "";
    long pauseFrom = Long.MAX_VALUE;
    long pauseTo = Long.MAX_VALUE;

    /** Values with their moments, in the order in which they came. */
    static final class Series {
        private long[] at = new long[1024];
        private float[] value = new float[1024];
        private int size;

        void add(long nanos, double v) {
            if (size == at.length) {
                at = Arrays.copyOf(at, 2 * size);
                value = Arrays.copyOf(value, 2 * size);
            }
            at[size] = nanos;
            value[size++] = (float) v;
        }

        int size() {
            return size;
        }

        long at(int index) {
            return at[index];
        }

        double value(int index) {
            return value[index];
        }

        /** Sorted values of those moments. */
        double[] sorted(LongPredicate moments) {
            double[] chosen = new double[size];
            int n = 0;
            for (int i = 0; i < size; i++) {
                if (moments.test(at[i])) {
                    chosen[n++] = value[i];
                }
            }
            chosen = Arrays.copyOf(chosen, n);
            Arrays.sort(chosen);
            return chosen;
        }
    }

    RecordedFlow(String name, long startNanos, long endNanos, long durationNanos) {
        this.name = name;
        this.startNanos = startNanos;
        this.endNanos = endNanos;
        int bins = bins(durationNanos);
        sentBits = new double[bins];
        receivedBits = new double[bins];
        sentRtpBits = new double[bins];
        targetBps = new double[bins];
        sentPackets = new int[bins];
        lostPackets = new int[bins];
        maxQueueMillis = new double[bins];
    }

    static int bins(long durationNanos) {
        return (int) ((durationNanos + BIN - 1) / BIN);
    }

    static int bin(long now, int bins) {
        return (int) Math.min(now / BIN, bins - 1);
    }

    private int bin(long now) {
        return bin(now, sentBits.length);
    }

    void sent(long now, Packet packet) {
        packetsSent++;
        sentPackets[bin(now)]++;
        sentBits[bin(now)] += packet.wireBytes * 8.0;
        if (packet.kind == Packet.Kind.MEDIA) {
            sentRtpBits[bin(now)] += packet.rtpBytes * 8.0;
            retransmissions += packet.isRetransmission() ? 1 : 0;
        }
    }

    void lost(long now, Packet packet) {
        packetsLost++;
        lostPackets[bin(now)]++;
        originalsLost += packet.isRetransmission() ? 0 : 1;
    }

    void received(long now, Packet packet) {
        receivedBits[bin(now)] += packet.wireBytes * 8.0;
        double queued = (double) packet.queueNanos / Simulation.MILLI;
        maxQueueMillis[bin(now)] = Math.max(maxQueueMillis[bin(now)], queued);
        queueMillis.add(now, queued);
        oneWayMillis.add(now, (double) (now - packet.sentNanos) / Simulation.MILLI);
    }

    void target(long now, double bps) {
        targetBps[bin(now)] = bps;
    }

    /** A frame was shown. */
    void shown(long now, long capturedNanos) {
        frameMillis.add(now, (double) (now - capturedNanos) / Simulation.MILLI);
    }

    /** Whether nothing was to be shown for some of that time. */
    boolean pausedBetween(long from, long to) {
        return from < pauseTo && to > pauseFrom;
    }

    /** @return of sorted values, by linear interpolation; NaN without any */
    static double percentile(double[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double at = share * (sorted.length - 1);
        int below = (int) at;
        return sorted[below] + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
    }

    /** Average over whole bins between two moments, bits per second. */
    static double rate(double[] bits, long begin, long end) {
        int from = (int) (begin / BIN);
        int to = (int) Math.min(end / BIN, bits.length);
        double sum = Arrays.stream(bits, from, Math.max(from, to)).sum();
        return sum * Simulation.SECOND / Math.max(BIN, (to - from) * BIN);
    }
}
