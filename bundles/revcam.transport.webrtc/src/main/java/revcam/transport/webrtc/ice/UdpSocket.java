package revcam.transport.webrtc.ice;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.HashMap;
import java.util.Map;
import revcam.api.transport.MediaLoop;

/**
 * One local address on the UDP port. A socket per address, because Java cannot choose the source address of a datagram
 * that leaves through a wildcard socket.
 */
final class UdpSocket {

    /** Holds a large IDR picture that a pacer sends within a few milliseconds. */
    private static final int SEND_BUFFER_BYTES = 256 * 1024;

    private final DatagramChannel channel;
    private final InetSocketAddress local;
    /** By remote address: those that passed a connectivity check. Media loop. */
    private final Map<SocketAddress, Path> paths = new HashMap<>();
    private MediaLoop.Registration registration;

    private UdpSocket(DatagramChannel channel) throws IOException {
        this.channel = channel;
        local = (InetSocketAddress) channel.getLocalAddress();
    }

    /** @param port 0 for any that is free */
    static UdpSocket bind(InetAddress address, int port) throws IOException {
        DatagramChannel channel = DatagramChannel.open(
                address instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
            channel.bind(new InetSocketAddress(address, port));
            return new UdpSocket(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    void listen(MediaLoop loop, MediaLoop.TimedHandler handler) {
        registration = loop.onReadable(channel, handler);
    }

    DatagramChannel channel() {
        return channel;
    }

    InetSocketAddress local() {
        return local;
    }

    Map<SocketAddress, Path> paths() {
        return paths;
    }

    void close() {
        registration.close();
        try {
            channel.close();
        } catch (IOException e) {
            // Gone either way.
        }
    }
}
