package revcam.stream;

import java.util.concurrent.TimeUnit;

/**
 * How a stream did over the last minutes, second by second, for trials to be measured against. Any thread; a frame costs
 * one uncontended lock.
 */
final class Vitals {

    private static final int SECONDS = 256;

    /**
     * Means over a span of whole seconds; NaN where nothing is known.
     *
     * @param fps frames that left the encoder, per second
     * @param encodeMillis in the encoder
     * @param latencyMillis from the picture's moment until it is packetised
     * @param dropsPerSecond frames that were captured and not sent, and pictures broken off
     * @param lossPercent of packets, as the viewers report it
     */
    record Means(double fps, double encodeMillis, double latencyMillis, double dropsPerSecond, double lossPercent) {

        /** Whether frames flowed. */
        boolean isKnown() {
            return fps > 0;
        }
    }

    private static final class Second {
        long number = -1;
        int frames;
        double encodeNanos;
        double latencyNanos;
        long drops;
        double loss;
        int reports;
    }

    private final Second[] seconds = new Second[SECONDS];
    private long lastDrops;
    private boolean dropsKnown;

    Vitals() {
        for (int i = 0; i < SECONDS; i++) {
            seconds[i] = new Second();
        }
    }

    /** A frame left the encoder. */
    synchronized void frame(long now, double encodeNanos, double latencyNanos) {
        Second second = at(now);
        second.frames++;
        second.encodeNanos += encodeNanos;
        second.latencyNanos += latencyNanos;
    }

    /** @param total drops since the stream began, of all kinds */
    synchronized void drops(long now, long total) {
        if (dropsKnown) {
            at(now).drops += total - lastDrops;
        }
        lastDrops = total;
        dropsKnown = true;
    }

    /** A viewer's report, 0 to 1. */
    synchronized void loss(long now, double fraction) {
        Second second = at(now);
        second.loss += fraction;
        second.reports++;
    }

    /** Over the whole seconds between the two times, at most the last four minutes. */
    synchronized Means between(long fromNanos, long toNanos) {
        long first = number(fromNanos) + 1;
        long last = number(toNanos) - 1;
        int counted = 0;
        Second sum = new Second();
        for (long n = Math.max(first, last - SECONDS + 2); n <= last; n++) {
            Second second = seconds[(int) Math.floorMod(n, (long) SECONDS)];
            if (second.number == n) {
                counted++;
                sum.frames += second.frames;
                sum.encodeNanos += second.encodeNanos;
                sum.latencyNanos += second.latencyNanos;
                sum.drops += second.drops;
                sum.loss += second.loss;
                sum.reports += second.reports;
            }
        }
        double frames = sum.frames == 0 ? Double.NaN : sum.frames;
        return new Means(counted == 0 ? Double.NaN : (double) sum.frames / counted,
                sum.encodeNanos / frames / 1e6, sum.latencyNanos / frames / 1e6,
                counted == 0 ? Double.NaN : (double) sum.drops / counted,
                sum.reports == 0 ? Double.NaN : 100 * sum.loss / sum.reports);
    }

    private Second at(long now) {
        long number = number(now);
        Second second = seconds[(int) Math.floorMod(number, (long) SECONDS)];
        if (second.number != number) {
            second.number = number;
            second.frames = 0;
            second.encodeNanos = 0;
            second.latencyNanos = 0;
            second.drops = 0;
            second.loss = 0;
            second.reports = 0;
        }
        return second;
    }

    private static long number(long nanos) {
        return Math.floorDiv(nanos, TimeUnit.SECONDS.toNanos(1));
    }
}
