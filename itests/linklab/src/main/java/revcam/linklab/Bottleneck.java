package revcam.linklab;

import java.util.function.Consumer;

/**
 * The link that is too narrow: a queue and one packet after the other at the capacity of the moment. With a burst it is a
 * token bucket, such as {@code tc-tbf}: what it did not carry lately, up to so much, passes at once.
 */
final class Bottleneck implements Hop {

    private final Timeline timeline;
    private final Capacity capacity;
    private final QueueDiscipline queue;
    private final double burstBits;
    private final Consumer<Packet> served;
    private final Consumer<Packet> dropped;
    private boolean busy;
    /** Up to when the capacity is spent; behind the present by what the bucket holds. */
    private long spentNanos;

    Bottleneck(Timeline timeline, Capacity capacity, QueueDiscipline queue, int burstBytes,
            Consumer<Packet> served, Consumer<Packet> dropped) {
        this.timeline = timeline;
        this.capacity = capacity;
        this.queue = queue;
        burstBits = 8.0 * burstBytes;
        this.served = served;
        this.dropped = dropped;
    }

    @Override
    public void accept(Packet packet) {
        long now = timeline.now();
        if (!queue.offer(now, packet, capacity.at(now))) {
            dropped.accept(packet);
        } else if (!busy) {
            serve();
        }
    }

    private void serve() {
        long now = timeline.now();
        Packet packet = queue.poll(now, dropped);
        busy = packet != null;
        if (!busy) {
            return;
        }
        packet.queueNanos += now - packet.enqueuedNanos;
        long unspent = burstBits == 0 ? 0 : (long) Math.min(now, burstBits / capacity.at(now) * Simulation.SECOND);
        spentNanos = capacity.finish(Math.max(spentNanos, now - unspent), packet.wireBytes * 8.0);
        if (spentNanos == Long.MAX_VALUE) {
            return;
        }
        timeline.at(Math.max(now, spentNanos), () -> {
            served.accept(packet);
            packet.onward.accept(packet);
            serve();
        });
    }
}
