package revcam.connectivity.ice4j;

import java.net.DatagramPacket;
import java.nio.ByteBuffer;

/** A received datagram on its way to the media loop, and the command that takes it there. Used again and again. */
final class Datagram implements Runnable {

    /** What an Ethernet carries. */
    static final int MAX_BYTES = 1500;

    private final Ice4jConnectivity owner;
    private final ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES);

    Datagram(Ice4jConnectivity owner) {
        this.owner = owner;
    }

    void fill(DatagramPacket packet) {
        buffer.clear().put(packet.getData(), packet.getOffset(), packet.getLength()).flip();
    }

    @Override
    public void run() {
        owner.deliver(this, buffer);
    }
}
