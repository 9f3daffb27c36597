package revcam.telemetry.influx;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;

/**
 * Datagrams of whole lines. Nobody answers, and what is lost is lost. The name is looked up again every five minutes: the
 * database may have moved.
 */
final class UdpSink implements Sink {

    /** Fits one frame of Ethernet or Wi-Fi, with room for a tunnel. */
    static final int DATAGRAM_BYTES = 1_400;
    private static final int MAX_DATAGRAM_BYTES = 65_507;
    private static final long LOOK_UP_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final String host;
    private final int port;
    private volatile DatagramSocket socket;
    private InetSocketAddress address;
    private long lookedUpNanos;

    UdpSink(String host, int port) {
        this.host = host;
        this.port = port;
    }

    @Override
    public int maxBytes() {
        return DATAGRAM_BYTES;
    }

    @Override
    public void send(byte[] lines) throws IOException {
        if (lines.length > MAX_DATAGRAM_BYTES) {
            throw new Refused("a line of " + lines.length + " bytes does not fit a datagram", Refused.Then.DROP, 0);
        }
        long now = System.nanoTime();
        if (address == null || now - lookedUpNanos > LOOK_UP_NANOS) {
            try {
                address = new InetSocketAddress(InetAddress.getByName(host), port);
            } catch (UnknownHostException e) {
                if (address == null) {
                    throw new UnknownHostException("no address is known for " + host);
                }
            }
            lookedUpNanos = now;
        }
        if (socket == null || socket.isClosed()) {
            socket = new DatagramSocket();
        }
        socket.send(new DatagramPacket(lines, lines.length, address));
    }

    /** Looking up a name cannot be ended. */
    @Override
    public void abort() {
        DatagramSocket open = socket;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public String toString() {
        return "udp://" + host + ":" + port;
    }
}
