package revcam.linklab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinkModelTest {

    private static final long MILLI = Simulation.MILLI;
    private static final long SECOND = Simulation.SECOND;

    private final Simulation simulation = new Simulation(1);
    private final List<Packet> arrived = new ArrayList<>();
    private final List<Long> arrivals = new ArrayList<>();
    private final List<Packet> lost = new ArrayList<>();
    private final Hop end = packet -> {
        arrived.add(packet);
        arrivals.add(simulation.now());
    };

    private Packet packet(int bytes) {
        return new Packet(Packet.Kind.AUDIO, 0, bytes, null, end);
    }

    private Bottleneck bottleneck(Capacity capacity, QueueDiscipline queue) {
        return new Bottleneck(simulation, capacity, queue, 0, packet -> {}, lost::add);
    }

    @Test
    void whatHappensAtOneMomentHappensInTheOrderItWasScheduled() {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int number = i;
            simulation.at(MILLI, () -> order.add(number));
        }
        simulation.at(0, () -> simulation.at(MILLI, () -> order.add(50)));
        simulation.run(MILLI);
        assertEquals(51, order.size());
        for (int i = 0; i <= 50; i++) {
            assertEquals(i, order.get(i));
        }
    }

    @Test
    void aTransmissionGoesOnThroughChangesOfTheCapacity() {
        Capacity capacity = Capacity.steps(0, 1000, 1, 0, 3, 500);
        // 600 bits in 0.6 s; 1000 bits: all of the first second; 1250: 250 more at 500 bit/s after the gap.
        assertEquals(600 * MILLI, capacity.finish(0, 600));
        assertEquals(SECOND, capacity.finish(0, 1000));
        assertEquals(3 * SECOND + 500 * MILLI, capacity.finish(0, 1250));
        assertEquals(1250, capacity.bits(0, 3 * SECOND + 500 * MILLI));
        assertEquals(Long.MAX_VALUE, Capacity.steps(0, 1000, 1, 0).finish(SECOND / 2, 501));
    }

    /** 1 Mbit/s carries 1000 bytes in 8 ms; the bucket is full again after 24 ms. */
    @Test
    void aTokenBucketLetsThroughAtOnceWhatItDidNotCarryBefore() {
        Bottleneck bucket = new Bottleneck(simulation, Capacity.constant(1_000_000),
                QueueDiscipline.dropTailMillis(300), 3000, packet -> {}, lost::add);
        for (long at : new long[] {100, 200}) {
            simulation.at(at * MILLI, () -> {
                for (int i = 0; i < 5; i++) {
                    bucket.accept(packet(1000));
                }
            });
        }
        simulation.run(SECOND);
        assertEquals(List.of(100 * MILLI, 100 * MILLI, 100 * MILLI, 108 * MILLI, 116 * MILLI,
                200 * MILLI, 200 * MILLI, 200 * MILLI, 208 * MILLI, 216 * MILLI), arrivals);
    }

    @Test
    void packetsLeaveOneAfterTheOtherAtTheCapacity() {
        Bottleneck link = bottleneck(Capacity.constant(1_000_000), QueueDiscipline.dropTailMillis(300));
        for (int i = 0; i < 10; i++) {
            link.accept(packet(1250));
        }
        simulation.run(SECOND);
        assertEquals(List.of(10L, 20L, 30L, 40L, 50L, 60L, 70L, 80L, 90L, 100L),
                arrivals.stream().map(at -> at / MILLI).toList());
        assertEquals(90 * MILLI, arrived.get(9).queueNanos);
    }

    @Test
    void dropTailHoldsWhatTheCapacityClearsInItsTime() {
        Bottleneck link = bottleneck(Capacity.constant(1_000_000), QueueDiscipline.dropTailMillis(300));
        for (int i = 0; i < 100; i++) {
            link.accept(packet(1250));
        }
        simulation.run(2 * SECOND);
        // 300 ms at 1 Mbit/s are 30 such packets, and one is on the wire.
        assertEquals(31, arrived.size());
        assertEquals(69, lost.size());
        assertTrue(arrived.stream().allMatch(packet -> packet.queueNanos <= 300 * MILLI));
    }

    @Test
    void aQueueInBytesIsLongerInTimeWhereTheCapacityIsSmall() {
        Bottleneck link = bottleneck(Capacity.constant(100_000), QueueDiscipline.dropTailBytes(12_500));
        for (int i = 0; i < 100; i++) {
            link.accept(packet(1250));
        }
        simulation.run(20 * SECOND);
        assertEquals(11, arrived.size());
        assertEquals(SECOND, arrived.get(10).queueNanos);
    }

    @Test
    void codelLetsBurstsPassButNoStandingQueue() {
        Bottleneck link = bottleneck(Capacity.constant(1_000_000), new CoDel(500_000));
        for (int i = 0; i < 8; i++) {
            link.accept(packet(1250));
        }
        simulation.run(SECOND);
        assertEquals(0, lost.size(), "80 ms of queue, once, is a burst");

        // A sender at 102 %: drop-tail would fill up, CoDel keeps the delay near its target by dropping a little more
        // than what is too much.
        for (int i = 0; i < 3000; i++) {
            simulation.at(SECOND + (long) (i * 9.8 * MILLI), () -> link.accept(packet(1250)));
        }
        simulation.run(40 * SECOND);
        assertTrue(lost.size() >= 50 && lost.size() < 300, lost.size() + " dropped");
        double[] queue = arrived.stream().skip(1000).mapToDouble(p -> (double) p.queueNanos / MILLI).sorted().toArray();
        assertTrue(RecordedFlow.percentile(queue, 0.5) < 30, "median " + RecordedFlow.percentile(queue, 0.5) + " ms");
    }

    @Test
    void codelDropsMoreOftenAsLongAsTheQueueStands() {
        List<Long> drops = new ArrayList<>();
        Bottleneck link = new Bottleneck(simulation, Capacity.constant(1_000_000), new CoDel(500_000), 0, packet -> {},
                packet -> drops.add(simulation.now()));
        for (int i = 0; i < 2000; i++) {
            simulation.at(i * 5 * MILLI, () -> link.accept(packet(1250)));
        }
        simulation.run(3 * SECOND);
        // RFC 8289, section 5.5: the next after interval / sqrt(count); a packet takes 10 ms to leave.
        for (int count = 1; count <= 8; count++) {
            double gap = (double) (drops.get(count) - drops.get(count - 1)) / MILLI;
            assertEquals(100 / Math.sqrt(count), gap, 10.1, "before drop " + (count + 1));
        }
    }

    @Test
    void jitterIsBoundedAndReordersOnlyIfAsked() {
        for (Channel.Jitter jitter : Channel.Jitter.values()) {
            Simulation time = new Simulation(3);
            List<Integer> order = new ArrayList<>();
            List<Double> extra = new ArrayList<>();
            Channel channel = new Channel(time, "x", now -> 50 * MILLI, jitter, Channel.Loss.none(), packet -> {
                order.add(packet.wireBytes);
                extra.add((double) (time.now() - packet.sentNanos - 50 * MILLI) / MILLI);
            }, lost::add);
            for (int i = 0; i < 5000; i++) {
                Packet packet = packet(i);
                time.at(i * MILLI, () -> {
                    packet.sentNanos = time.now();
                    channel.accept(packet);
                });
            }
            time.run(10 * SECOND);
            boolean sorted = order.equals(order.stream().sorted().toList());
            assertEquals(jitter != Channel.Jitter.REORDERING, sorted, jitter.toString());
            assertTrue(extra.stream().allMatch(ms -> ms >= 0 && ms <= 15), "three standard deviations of 5 ms");
            if (jitter == Channel.Jitter.REORDERING) {
                // The mean of |N(0, 5)|, hardly changed by the cut.
                assertEquals(5 * Math.sqrt(2 / Math.PI), extra.stream().mapToDouble(x -> x).average().orElse(0), 0.15);
            }
        }
    }

    @Test
    void lossesAreAsManyAndAsBurstyAsTheirModelSays() {
        var random = simulation.random("loss");
        Channel.Loss independent = Channel.Loss.independent(0.05);
        Channel.Loss bursty = Channel.Loss.gilbertElliott(0.005, 0.2, 0.8);
        int n = 400_000;
        int single = 0;
        int inBursts = 0;
        int pairs = 0;
        boolean before = false;
        for (int i = 0; i < n; i++) {
            single += independent.next(0, random) ? 1 : 0;
            boolean hit = bursty.next(0, random);
            inBursts += hit ? 1 : 0;
            pairs += hit && before ? 1 : 0;
            before = hit;
        }
        assertEquals(0.05, (double) single / n, 0.002);
        assertEquals(0.005 / 0.205 * 0.8, (double) inBursts / n, 0.002);
        assertEquals(0.8 * 0.8, (double) pairs / inBursts, 0.03, "after a loss the next is likely");
        Channel.Loss sometimes = Channel.Loss.none().between(10, 20, (now, draws) -> true);
        assertFalse(sometimes.next(9, random));
        assertTrue(sometimes.next(10, random));
        assertFalse(sometimes.next(20, random));
    }
}
