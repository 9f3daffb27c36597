package revcam.linklab;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/** What waits before a bottleneck, and what is dropped there. */
interface QueueDiscipline {

    /** @return false if it is dropped instead */
    boolean offer(long now, Packet packet, double capacityBps);

    /** The next to be sent, or null. */
    Packet poll(long now, Consumer<Packet> dropped);

    long bytes();

    /** First in, first out, up to a number of bytes or to what the present capacity clears in a time. */
    static QueueDiscipline dropTail(long maxBytes, long maxNanos) {
        return new Fifo() {
            @Override
            public boolean offer(long now, Packet packet, double capacityBps) {
                // A link at rest still has a buffer: that of 100 kbit/s.
                double limit = maxBytes > 0 ? maxBytes
                        : Math.max(capacityBps, 100_000) / 8 * maxNanos / Simulation.SECOND;
                // However small, a packet's worth fits (at low rates 20 ms are less than one).
                return (bytes + packet.wireBytes <= Math.max(limit, 3000)) && add(now, packet);
            }
        };
    }

    static QueueDiscipline dropTailMillis(long millis) {
        return dropTail(0, millis * Simulation.MILLI);
    }

    static QueueDiscipline dropTailBytes(long bytes) {
        return dropTail(bytes, 0);
    }

    /** A FIFO without anything against its growth but the limit that a subclass has. */
    abstract class Fifo implements QueueDiscipline {

        final ArrayDeque<Packet> waiting = new ArrayDeque<>();
        long bytes;

        final boolean add(long now, Packet packet) {
            packet.enqueuedNanos = now;
            bytes += packet.wireBytes;
            return waiting.add(packet);
        }

        final Packet take() {
            Packet packet = waiting.poll();
            if (packet != null) {
                bytes -= packet.wireBytes;
            }
            return packet;
        }

        @Override
        public Packet poll(long now, Consumer<Packet> dropped) {
            return take();
        }

        @Override
        public long bytes() {
            return bytes;
        }
    }
}
