package revcam.linklab;

import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/** What a path does besides its bottleneck: takes time, varies it, and loses packets. */
final class Channel implements Hop {

    /** Delay variation (RFC 8868, section 4.5): z = |N(0, sd)|, cut off at three standard deviations. */
    enum Jitter {
        NONE,
        /** Packets may overtake each other. */
        REORDERING,
        /** They may not; for flows that compete. */
        IN_ORDER
    }

    /** Whether one packet is lost. */
    interface Loss {
        boolean next(long now, SplittableRandom random);

        static Loss none() {
            return (now, random) -> false;
        }

        static Loss independent(double probability) {
            return (now, random) -> random.nextDouble() < probability;
        }

        /**
         * Two states, of which the bad one loses (Gilbert-Elliott); per packet.
         *
         * @param toBad probability to turn bad
         * @param toGood probability to turn good again: bursts last 1/toGood packets
         * @param lossInBad of packets in the bad state
         */
        static Loss gilbertElliott(double toBad, double toGood, double lossInBad) {
            return new Loss() {
                private boolean bad;

                @Override
                public boolean next(long now, SplittableRandom random) {
                    bad = random.nextDouble() < (bad ? 1 - toGood : toBad);
                    return bad && random.nextDouble() < lossInBad;
                }
            };
        }

        /** Another model between two moments, nanoseconds. */
        default Loss between(long begin, long end, Loss other) {
            return (now, random) -> now >= begin && now < end ? other.next(now, random) : next(now, random);
        }
    }

    private static final double JITTER_SD = 5 * Simulation.MILLI;

    private final Timeline timeline;
    private final SplittableRandom random;
    private final LongUnaryOperator delayAt;
    private final Jitter jitter;
    private final Loss loss;
    private final Hop next;
    private final Consumer<Packet> lost;
    private long lastArrival;

    /** @param delayAt one-way propagation delay of a packet that enters at that moment, nanoseconds */
    Channel(Timeline timeline, String name, LongUnaryOperator delayAt, Jitter jitter, Loss loss, Hop next,
            Consumer<Packet> lost) {
        this.timeline = timeline;
        this.random = timeline.random(name);
        this.delayAt = delayAt;
        this.jitter = jitter;
        this.loss = loss;
        this.next = next;
        this.lost = lost;
    }

    @Override
    public void accept(Packet packet) {
        long now = timeline.now();
        if (loss.next(now, random)) {
            lost.accept(packet);
            return;
        }
        long arrival = now + delayAt.applyAsLong(now);
        if (jitter != Jitter.NONE) {
            double z;
            do {
                z = Math.abs(Simulation.gaussian(random));
            } while (z > 3);
            arrival += (long) (z * JITTER_SD);
        }
        if (jitter != Jitter.REORDERING) {
            arrival = Math.max(arrival, lastArrival);
            lastArrival = arrival;
        }
        timeline.at(arrival, () -> next.accept(packet));
    }
}
