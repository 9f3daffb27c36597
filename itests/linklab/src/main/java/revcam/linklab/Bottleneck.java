package revcam.linklab;

import java.util.function.Consumer;

/** The link that is too narrow: a queue and one packet after the other at the capacity of the moment. */
final class Bottleneck implements Hop {

    private final Timeline timeline;
    private final Capacity capacity;
    private final QueueDiscipline queue;
    private final Consumer<Packet> served;
    private final Consumer<Packet> dropped;
    private boolean busy;

    Bottleneck(Timeline timeline, Capacity capacity, QueueDiscipline queue, Consumer<Packet> served,
            Consumer<Packet> dropped) {
        this.timeline = timeline;
        this.capacity = capacity;
        this.queue = queue;
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
        long done = capacity.finish(now, packet.wireBytes * 8.0);
        if (done == Long.MAX_VALUE) {
            return;
        }
        timeline.at(done, () -> {
            served.accept(packet);
            packet.onward.accept(packet);
            serve();
        });
    }
}
