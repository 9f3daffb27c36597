package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/**
 * Takes any bytes for a sequence of calls into a {@link CongestionController}, as a viewer who means no good could bring
 * them about, and checks after each that it names rates that are finite and within its limits. For fuzz targets.
 */
public final class ControllerScript {

    private static final long MS = 1_000_000;
    private static final int REMEMBERED = 512;
    private static final int MOST_CALLS = 4_000;

    private final ByteBuffer bytes;
    private final CongestionController controller;
    private final long[] sent = new long[REMEMBERED];
    private final int[] sizes = new int[REMEMBERED];
    private RateLimits limits = new RateLimits(100_000, 500_000, 5_000_000);
    private long now;
    private long sequence;

    private ControllerScript(CongestionControllerFactory factory, byte[] data) {
        bytes = ByteBuffer.wrap(data);
        now = bytes.remaining() >= 8 ? bytes.getLong() >> 2 : 0;
        RateSnapshot seed = next() % 2 == 0 ? RateSnapshot.unknown()
                : new RateSnapshot(1 + next() * 50_000L, next() * 10L * MS, next() / 255.0);
        controller = factory.open(now, limits, seed);
        check();
    }

    /** @param data the script; every sequence of bytes is one */
    public static void run(CongestionControllerFactory factory, byte[] data) {
        ControllerScript script = new ControllerScript(factory, data);
        for (int call = 0; call < MOST_CALLS && script.bytes.hasRemaining(); call++) {
            script.call();
            script.check();
        }
        script.controller.close();
    }

    private int next() {
        return bytes.hasRemaining() ? bytes.get() & 0xFF : 0;
    }

    private int next16() {
        return next() << 8 | next();
    }

    private void call() {
        switch (next() % 9) {
            case 0 -> now += next16() * 100_000L;
            case 1 -> now += next() * 100 * MS;
            case 2, 3 -> {
                for (int packets = next() % 32; packets >= 0; packets--) {
                    send(60 + next() * 5);
                }
            }
            case 4, 5 -> controller.onPacketFeedback(now, new Feedback(next16(), next()));
            case 6 -> controller.onReceiverReport(now, next() / 255.0, next() * 20L * MS);
            case 7 -> controller.onReceiverEstimate(now, bytes.remaining() >= 8 ? bytes.getLong() & Long.MAX_VALUE : next16());
            default -> {
                long min = 10_000 + next16() * 20L;
                long start = min + next16() * 20L;
                limits = new RateLimits(min, start, start + next16() * 100L);
                controller.onLimits(now, limits);
            }
        }
        if (controller.nextDeadlineNanos() <= now) {
            controller.onDeadline(now);
        }
    }

    private void send(int size) {
        sent[(int) sequence & REMEMBERED - 1] = now;
        sizes[(int) sequence & REMEMBERED - 1] = size;
        controller.onPacketSent(now, sequence++, size);
        controller.onSendQueue(now, next16());
    }

    private void check() {
        long target = controller.targetBps();
        long pacing = controller.pacingBps();
        long padding = controller.paddingBps();
        assertTrue(target >= limits.minBps() && target <= limits.maxBps(), () -> "target " + target + " outside " + limits);
        assertTrue(pacing >= target && pacing < 10_000_000_000L, () -> "pacing " + pacing + " with target " + target);
        assertTrue(padding >= 0 && padding <= pacing, () -> "padding " + padding + " with pacing " + pacing);
        controller.windowBytes();
        RateSnapshot snapshot = controller.snapshot();
        double loss = snapshot.lossFraction();
        assertTrue(snapshot.targetBps() > 0 && snapshot.rttNanos() >= 0 && loss >= 0 && loss <= 1, snapshot::toString);
    }

    /** Some of the packets that are remembered, with arrivals that the script names, sensible or not. */
    private final class Feedback implements PacketFeedback {

        private final long first;
        private final int count;
        private final boolean[] received;
        private final long[] arrivals;

        Feedback(int back, int count) {
            long oldest = Math.max(0, sequence - REMEMBERED);
            first = Math.max(oldest, sequence - 1 - back % REMEMBERED);
            this.count = (int) Math.max(0, Math.min(count, sequence - first));
            received = new boolean[this.count];
            arrivals = new long[this.count];
            long arrival = next() == 255 && bytes.remaining() >= 8 ? bytes.getLong() >> 2 : now;
            for (int i = 0; i < this.count; i++) {
                int how = next();
                received[i] = how != 0;
                arrival += how == 255 ? (short) next16() * MS : how * 250_000L;
                arrivals[i] = arrival;
            }
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public long transportSequence(int index) {
            return first + index;
        }

        @Override
        public long sentNanos(int index) {
            return sent[(int) (first + index) & REMEMBERED - 1];
        }

        @Override
        public int sizeBytes(int index) {
            return sizes[(int) (first + index) & REMEMBERED - 1];
        }

        @Override
        public boolean received(int index) {
            return received[index];
        }

        @Override
        public long arrivalNanos(int index) {
            return arrivals[index];
        }
    }
}
