package revcam.connectivity.ice4j;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;

/** Carries datagrams between one address and whoever writes to it from elsewhere, until it is cut. */
final class Wire implements AutoCloseable {

    private final DatagramSocket socket;
    private final InetSocketAddress end;
    private volatile boolean cut;

    Wire(InetSocketAddress end) throws SocketException {
        this.end = end;
        socket = new DatagramSocket(0, end.getAddress());
        Thread carrier = new Thread(this::carry, "wire");
        carrier.setDaemon(true);
        carrier.start();
    }

    int port() {
        return socket.getLocalPort();
    }

    void cut() {
        cut = true;
    }

    private void carry() {
        DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
        SocketAddress other = null;
        try {
            while (true) {
                packet.setLength(1500);
                socket.receive(packet);
                if (!packet.getSocketAddress().equals(end)) {
                    other = packet.getSocketAddress();
                    packet.setSocketAddress(end);
                } else if (other != null) {
                    packet.setSocketAddress(other);
                } else {
                    continue;
                }
                if (!cut) {
                    socket.send(packet);
                }
            }
        } catch (SocketException closed) {
            // The test is over.
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
