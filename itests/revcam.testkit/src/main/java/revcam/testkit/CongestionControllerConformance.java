package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/** What every {@link CongestionController} must hold, whatever it thinks of the network. */
public abstract class CongestionControllerConformance {

    private static final long MS = 1_000_000;
    private static final RateLimits LIMITS = new RateLimits(150_000, 1_000_000, 4_000_000);

    private final CongestionControllerFactory factory;

    /** @param factory the provider under test, as it is published */
    protected CongestionControllerConformance(CongestionControllerFactory factory) {
        this.factory = factory;
    }

    @Test
    void aNewViewerStartsWhereTheLimitsSay() {
        try (CongestionController controller = factory.open(0, LIMITS, RateSnapshot.unknown())) {
            assertEquals(LIMITS.startBps(), controller.targetBps());
            assertTrue(controller.pacingBps() >= controller.targetBps());
        }
    }

    @Test
    void theTargetKeepsWithinTheLimitsWhateverIsReported() {
        for (int seed = 0; seed < 40; seed++) {
            Session session = new Session(seed, LIMITS, RateSnapshot.unknown());
            session.run(30_000);
        }
    }

    @Test
    void silenceIsSurvived() {
        Session session = new Session(1, LIMITS, RateSnapshot.unknown());
        for (int second = 0; second < 120; second++) {
            session.pass(1_000);
        }
        session.run(5_000);
    }

    @Test
    void aWindowThatLostFeedbackHasShutOpensAgain() {
        Session session = new Session(7, LIMITS, RateSnapshot.unknown());
        for (int packet = 0; packet < 10_000 && session.controller.windowBytes() > 0; packet++) {
            session.controller.onPacketSent(session.now, session.sequence++, 1200);
        }
        for (int round = 0; round < 1_000 && session.controller.windowBytes() <= 0; round++) {
            session.pass(10);
        }
        assertTrue(session.controller.windowBytes() > 0, "ten seconds after the last packet nothing may leave yet");
    }

    @Test
    void deadlinesThatPassMoveOn() {
        Session session = new Session(2, LIMITS, RateSnapshot.unknown());
        session.run(2_000);
        for (int round = 0; round < 200; round++) {
            long deadline = session.controller.nextDeadlineNanos();
            if (deadline == Long.MAX_VALUE) {
                return;
            }
            session.now = Math.max(session.now, deadline);
            session.controller.onDeadline(session.now);
            assertTrue(
                    session.controller.nextDeadlineNanos() > session.now,
                    "a deadline that stays would keep the loop spinning");
        }
    }

    @Test
    void aDeadlineThatComesEarlyDoesNoHarm() {
        Session session = new Session(3, LIMITS, new RateSnapshot(300_000, 20 * MS, 0));
        session.run(1_000);
        long target = session.controller.targetBps();
        for (int call = 0; call < 10_000; call++) {
            session.controller.onDeadline(session.now);
        }
        session.check();
        assertTrue(
                Math.abs(session.controller.targetBps() - target) <= target / 4,
                "ten thousand early calls moved the target from " + target + " to " + session.controller.targetBps());
    }

    @Test
    void newLimitsHoldAtOnce() {
        Session session = new Session(4, LIMITS, RateSnapshot.unknown());
        session.run(3_000);
        Random random = new Random(4);
        for (int change = 0; change < 200; change++) {
            long min = 30_000 + random.nextInt(2_000_000);
            long start = min + random.nextInt(2_000_000);
            session.limit(new RateLimits(min, start, start + random.nextInt(4_000_000)));
            session.run(random.nextInt(500));
        }
        session.limit(new RateLimits(700_000, 700_000, 700_000));
        session.run(1_000);
        assertEquals(700_000, session.controller.targetBps());
    }

    @Test
    void aSuccessorStartsNearTheRateOfItsPredecessor() {
        for (int seed = 0; seed < 40; seed++) {
            Session session = new Session(seed, LIMITS, RateSnapshot.unknown());
            session.run(new Random(seed).nextInt(20_000));
            RateSnapshot snapshot = session.controller.snapshot();
            assertEquals(session.controller.targetBps(), snapshot.targetBps(), 0.1 * session.controller.targetBps());
            assertFinite(snapshot);

            Session next = new Session(seed + 1, LIMITS, snapshot);
            assertEquals(
                    snapshot.targetBps(),
                    next.controller.targetBps(),
                    0.1 * snapshot.targetBps(),
                    "the target right after the change");
            next.run(1_000);
        }
    }

    @Test
    void aSeedFromAnyPredecessorIsTakenOver() {
        for (long bps : new long[] {150_000, 300_000, 1_000_000, 2_900_000, 4_000_000}) {
            Session session = new Session(1, LIMITS, new RateSnapshot(bps, 20 * MS, 0.01));
            assertEquals(bps, session.controller.targetBps(), 0.1 * bps);
        }
    }

    @Test
    void aSeedOutsideTheLimitsIsBroughtInside() {
        for (long bps : new long[] {1, 10_000, 50_000_000, Long.MAX_VALUE / 16}) {
            new Session(1, LIMITS, new RateSnapshot(bps, 20 * MS, 0.01)).run(500);
            new Session(1, LIMITS, new RateSnapshot(bps, 0, 1)).run(500);
        }
    }

    @Test
    void negativeClocksWorkLikeAnyOther() {
        Session session = new Session(6, LIMITS, RateSnapshot.unknown(), -40_000 * MS);
        session.run(60_000);
    }

    private static void assertFinite(RateSnapshot snapshot) {
        assertTrue(snapshot.targetBps() > 0, () -> "target " + snapshot.targetBps());
        assertTrue(snapshot.rttNanos() >= 0, () -> "round trip " + snapshot.rttNanos());
        double loss = snapshot.lossFraction();
        assertTrue(loss >= 0 && loss <= 1, () -> "loss " + loss);
    }

    /** A controller, and a network that does what it likes to its packets. */
    private final class Session {

        private final Random random;
        private final CongestionController controller;
        private final List<Packet> inFlight = new ArrayList<>();
        private RateLimits limits;
        private long now;
        private long sequence;

        Session(long seed, RateLimits limits, RateSnapshot snapshot) {
            this(seed, limits, snapshot, seed * 1_000_000_007L);
        }

        Session(long seed, RateLimits limits, RateSnapshot snapshot, long startNanos) {
            random = new Random(seed);
            this.limits = limits;
            now = startNanos;
            controller = factory.open(now, limits, snapshot);
            check();
        }

        void limit(RateLimits changed) {
            limits = changed;
            controller.onLimits(now, changed);
            check();
        }

        void pass(long millis) {
            now += millis * MS;
            if (controller.nextDeadlineNanos() <= now) {
                controller.onDeadline(now);
            }
            check();
        }

        void run(int millis) {
            for (int elapsed = 0; elapsed < millis; elapsed += 10) {
                pass(10);
                for (long bytes = controller.targetBps() / 800; bytes > 0; bytes -= 1200) {
                    int size = (int) Math.min(1200, Math.max(60, bytes));
                    controller.onPacketSent(now, sequence, size);
                    inFlight.add(new Packet(sequence++, now, size, random.nextInt(10) > 0, arrival()));
                }
                if (random.nextInt(3) == 0) {
                    controller.onSendQueue(now, random.nextInt(100_000));
                }
                if (random.nextInt(8) == 0) {
                    feedback();
                }
                if (random.nextInt(100) == 0) {
                    controller.onReceiverReport(
                            now, random.nextInt(257) / 256.0, random.nextInt(3) == 0 ? 0 : random.nextInt(2_000) * MS);
                }
                if (random.nextInt(300) == 0) {
                    long anything = random.nextLong() >>> 2 + random.nextInt(50);
                    controller.onReceiverEstimate(now, random.nextBoolean() ? 0 : anything);
                }
                check();
            }
        }

        /** Mostly a plausible arrival, now and then any. */
        private long arrival() {
            return random.nextInt(500) == 0 ? random.nextLong() >> 2 + random.nextInt(40)
                    : now + (20 + random.nextInt(60)) * MS;
        }

        /** Reports come whole, in part, twice, empty, or not at all. */
        private void feedback() {
            int packets = random.nextInt(inFlight.size() + 1);
            List<Packet> report = List.copyOf(inFlight.subList(0, packets));
            for (int times = random.nextInt(3); times > 0; times--) {
                controller.onPacketFeedback(now, new Report(report));
                check();
            }
            if (random.nextInt(4) > 0) {
                inFlight.subList(0, packets).clear();
            }
        }

        void check() {
            long target = controller.targetBps();
            assertTrue(
                    target >= limits.minBps() && target <= limits.maxBps(),
                    () -> "target " + target + " outside " + limits);
            assertTrue(controller.pacingBps() >= target, () -> "pacing " + controller.pacingBps() + " below " + target);
            long padding = controller.paddingBps();
            assertTrue(padding >= 0 && padding <= controller.pacingBps(),
                    () -> "padding " + padding + " with pacing " + controller.pacingBps());
            assertFinite(controller.snapshot());
        }
    }

    private record Packet(long sequence, long sentNanos, int sizeBytes, boolean received, long arrivalNanos) {}

    private record Report(List<Packet> packets) implements PacketFeedback {

        @Override
        public int count() {
            return packets.size();
        }

        @Override
        public long transportSequence(int index) {
            return packets.get(index).sequence();
        }

        @Override
        public long sentNanos(int index) {
            return packets.get(index).sentNanos();
        }

        @Override
        public int sizeBytes(int index) {
            return packets.get(index).sizeBytes();
        }

        @Override
        public boolean received(int index) {
            return packets.get(index).received();
        }

        @Override
        public long arrivalNanos(int index) {
            return packets.get(index).arrivalNanos();
        }
    }
}
