package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/**
 * What a {@link CongestionController} must hold that claims to find a link's capacity: on one bottleneck with one flow, on
 * simulated time. The link laboratory asks for much more; this is what a change breaks first.
 */
public abstract class AdaptiveControllerConformance extends CongestionControllerConformance {

    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;
    private static final RateLimits LIMITS = new RateLimits(150_000, 300_000, 4_000_000);

    private final CongestionControllerFactory factory;

    protected AdaptiveControllerConformance(CongestionControllerFactory factory) {
        super(factory);
        this.factory = factory;
    }

    @Test
    void theLinkIsUsedWithoutAStandingQueue() {
        Link link = new Link(RateSnapshot.unknown(), 1_000_000);
        link.run(15);
        link.measure();
        link.run(15);
        assertTrue(link.arrivedBps() > 800_000, "only " + link.arrivedBps() + " of 1000000 bit/s arrive");
        assertTrue(link.queueMillis(0.95) < 150, "the queue is " + link.queueMillis(0.95) + " ms");
    }

    @Test
    void aLinkThatBecomesNarrowIsNotDrowned() {
        Link link = new Link(new RateSnapshot(1_800_000, 60 * MS, 0), 2_000_000);
        link.run(10);
        link.capacityBps = 500_000;
        link.run(3);
        assertTrue(link.controller.targetBps() < 550_000, "after 3 s the target is " + link.controller.targetBps());
        link.measure();
        link.run(10);
        assertTrue(link.queueMillis(0.95) < 200, "the queue is " + link.queueMillis(0.95) + " ms");
        assertTrue(link.arrivedBps() > 350_000, "only " + link.arrivedBps() + " of 500000 bit/s arrive");
    }

    @Test
    void aLinkThatBecomesWideIsFound() {
        Link link = new Link(new RateSnapshot(450_000, 60 * MS, 0), 500_000);
        link.run(10);
        link.capacityBps = 2_500_000;
        link.run(15);
        link.measure();
        link.run(5);
        assertTrue(link.arrivedBps() > 1_500_000, "only " + link.arrivedBps() + " of 2500000 bit/s arrive");
    }

    @Test
    void theReceiversEstimateIsACeiling() {
        Link link = new Link(RateSnapshot.unknown(), 2_000_000);
        link.run(10);
        link.controller.onReceiverEstimate(link.now, 400_000);
        assertTrue(link.controller.targetBps() <= 400_000, "target " + link.controller.targetBps());
        link.run(5);
        assertTrue(link.controller.targetBps() <= 400_000, "target " + link.controller.targetBps());
    }

    @Test
    void whenNothingIsHeardAnyMoreLittleIsSentAndItComesBack() {
        Link link = new Link(new RateSnapshot(1_500_000, 60 * MS, 0), 2_000_000);
        link.run(10);
        long before = link.controller.targetBps();
        link.deaf = true;
        link.run(6);
        assertTrue(link.controller.targetBps() <= before / 2,
                "six seconds into silence the target is " + link.controller.targetBps() + " of " + before);
        link.deaf = false;
        link.run(20);
        assertTrue(link.controller.targetBps() >= before / 2, "afterwards it is " + link.controller.targetBps());
    }

    @Test
    void receiverReportsAloneAreEnoughToBackOffAndToComeBack() {
        try (CongestionController controller = factory.open(0, LIMITS, new RateSnapshot(1_000_000, 0, 0))) {
            long now = 0;
            for (int second = 0; second < 10; second++) {
                now += SECOND;
                controller.onReceiverReport(now, 0.3, 80 * MS);
            }
            long low = controller.targetBps();
            assertTrue(low < 600_000, "after ten seconds of 30 % loss the target is " + low);
            for (int second = 0; second < 30; second++) {
                now += SECOND;
                controller.onReceiverReport(now, 0, 80 * MS);
            }
            assertTrue(controller.targetBps() > 1.3 * low, "half a minute later it is " + controller.targetBps());
            assertTrue(controller.windowBytes() > 0, "nothing may leave");
        }
    }

    @Test
    void aSuccessorGoesOnWithoutABreak() {
        Link link = new Link(RateSnapshot.unknown(), 1_500_000);
        link.run(20);
        RateSnapshot snapshot = link.controller.snapshot();
        Link next = new Link(snapshot, 1_500_000);
        assertEquals(snapshot.targetBps(), next.controller.targetBps(), 0.1 * snapshot.targetBps());
        next.run(5);
        next.measure();
        next.run(10);
        assertTrue(next.arrivedBps() > 1_000_000, "only " + next.arrivedBps() + " of 1500000 bit/s arrive");
    }

    /** A sender of 30 frames a second, a bottleneck with a queue of 300 ms, 30 ms each way, and a receiver. */
    private final class Link {

        private static final long TICK = MS;
        private static final long FRAME = 33 * MS;
        private static final long ONE_WAY = 30 * MS;
        private static final long FEEDBACK = 80 * MS;
        private static final int PACKET = 1200;

        private final CongestionController controller;
        private final Deque<Integer> waiting = new ArrayDeque<>();
        private final List<Sent> flight = new ArrayList<>();
        private final Deque<Report> reports = new ArrayDeque<>();
        private final List<Double> queues = new ArrayList<>();
        private long now = 77 * SECOND;
        private long sequence;
        private long freeAt;
        private long waitingBytes;
        private double credit;
        private long nextFrame = now;
        private long nextFeedback = now;
        private long arrivedBytes;
        private long measuredFrom = now;
        private long capacityBps;
        private boolean deaf;

        Link(RateSnapshot seed, long capacityBps) {
            this.capacityBps = capacityBps;
            controller = factory.open(now, LIMITS, seed);
        }

        void run(int seconds) {
            for (long end = now + seconds * SECOND; now < end; now += TICK) {
                tick();
            }
        }

        private void tick() {
            if (controller.nextDeadlineNanos() <= now) {
                controller.onDeadline(now);
            }
            if (now >= nextFrame) {
                nextFrame += FRAME;
                // An encoder is not fed while what it gave waits.
                if (waitingBytes * 8e9 / controller.pacingBps() < 100 * MS) {
                    for (long bytes = controller.targetBps() / 8 * FRAME / SECOND; bytes > 0; bytes -= PACKET) {
                        int size = (int) Math.min(PACKET, Math.max(100, bytes));
                        waiting.add(size);
                        waitingBytes += size;
                    }
                    controller.onSendQueue(now, waitingBytes);
                }
            }
            credit = Math.min(5 * MS * controller.pacingBps() / 8e9, credit + TICK * controller.pacingBps() / 8e9);
            while (credit > 0 && controller.windowBytes() > 0 && (!waiting.isEmpty() || controller.paddingBps() > 0)) {
                int size = waiting.isEmpty() ? PACKET : waiting.remove();
                waitingBytes = Math.max(0, waitingBytes - size);
                credit -= size;
                send(size);
                controller.onSendQueue(now, waitingBytes);
            }
            feedback();
        }

        private void send(int size) {
            controller.onPacketSent(now, sequence, size);
            long queue = Math.max(0, freeAt - now);
            boolean lost = queue > 300 * MS;
            if (!lost) {
                freeAt = Math.max(now, freeAt) + size * 8 * SECOND / capacityBps;
                queues.add(queue * 1e-6);
            }
            flight.add(new Sent(sequence++, now, size, !lost, freeAt + ONE_WAY));
        }

        private void feedback() {
            if (now >= nextFeedback) {
                nextFeedback += FEEDBACK;
                int arrived = 0;
                for (int i = 0; i < flight.size(); i++) {
                    if (flight.get(i).received && flight.get(i).arrivalNanos <= now) {
                        arrived = i + 1;
                    }
                }
                if (arrived > 0) {
                    List<Sent> told = List.copyOf(flight.subList(0, arrived));
                    flight.subList(0, arrived).clear();
                    for (Sent packet : told) {
                        arrivedBytes += packet.received ? packet.sizeBytes : 0;
                    }
                    if (!deaf) {
                        reports.add(new Report(now + ONE_WAY, told));
                    }
                }
            }
            while (!reports.isEmpty() && reports.peek().dueNanos <= now) {
                controller.onPacketFeedback(now, reports.remove());
            }
        }

        void measure() {
            queues.clear();
            arrivedBytes = 0;
            measuredFrom = now;
        }

        double queueMillis(double share) {
            List<Double> sorted = queues.stream().sorted().toList();
            return sorted.get((int) (share * (sorted.size() - 1)));
        }

        long arrivedBps() {
            return arrivedBytes * 8 * SECOND / (now - measuredFrom);
        }
    }

    private record Sent(long sequence, long sentNanos, int sizeBytes, boolean received, long arrivalNanos) {}

    private record Report(long dueNanos, List<Sent> packets) implements PacketFeedback {

        /** Of feedback, a quarter of a millisecond; the receiver's clock is not the sender's. */
        private static final long RESOLUTION = 250_000;
        private static final long OFFSET = 987_654 * MS;

        @Override
        public int count() {
            return packets.size();
        }

        @Override
        public long transportSequence(int index) {
            return packets.get(index).sequence;
        }

        @Override
        public long sentNanos(int index) {
            return packets.get(index).sentNanos;
        }

        @Override
        public int sizeBytes(int index) {
            return packets.get(index).sizeBytes;
        }

        @Override
        public boolean received(int index) {
            return packets.get(index).received;
        }

        @Override
        public long arrivalNanos(int index) {
            return packets.get(index).arrivalNanos / RESOLUTION * RESOLUTION + OFFSET;
        }
    }
}
