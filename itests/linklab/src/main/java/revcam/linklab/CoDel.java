package revcam.linklab;

import java.util.function.Consumer;

/** Controlled delay active queue management (RFC 8289, section 5), with its default target and interval. */
final class CoDel extends QueueDiscipline.Fifo {

    private static final long TARGET = 5 * Simulation.MILLI;
    private static final long INTERVAL = 100 * Simulation.MILLI;
    private static final int MTU = 1500;

    private final long maxBytes;
    private long firstAbove;
    private boolean dropping;
    private long dropNext;
    private int count;
    private int lastCount;

    CoDel(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public boolean offer(long now, Packet packet, double capacityBps) {
        return bytes + packet.wireBytes <= maxBytes && add(now, packet);
    }

    @Override
    public Packet poll(long now, Consumer<Packet> dropped) {
        Packet packet = take();
        boolean above = stayedAbove(now, packet);
        if (dropping) {
            if (!above) {
                dropping = false;
            }
            while (dropping && now >= dropNext) {
                dropped.accept(packet);
                count++;
                packet = take();
                if (stayedAbove(now, packet)) {
                    dropNext = controlLaw(dropNext);
                } else {
                    dropping = false;
                }
            }
        } else if (above) {
            dropped.accept(packet);
            packet = take();
            stayedAbove(now, packet);
            dropping = true;
            int delta = count - lastCount;
            count = delta > 1 && now - dropNext < 16 * INTERVAL ? delta : 1;
            dropNext = controlLaw(now);
            lastCount = count;
        }
        return packet;
    }

    /** Whether the sojourn time has been above the target for an interval. */
    private boolean stayedAbove(long now, Packet packet) {
        if (packet == null || now - packet.enqueuedNanos < TARGET || bytes <= MTU) {
            firstAbove = 0;
            return false;
        }
        if (firstAbove == 0) {
            firstAbove = now + INTERVAL;
            return false;
        }
        return now >= firstAbove;
    }

    private long controlLaw(long from) {
        return from + (long) (INTERVAL / StrictMath.sqrt(count));
    }
}
