package revcam.transport.webrtc.ice;

import java.net.InetSocketAddress;

/** A way to a peer that a connectivity check came by: a valid pair of RFC 8445. Media loop, but for the final fields. */
final class Path {

    final UdpSocket socket;
    final InetSocketAddress remote;
    final IceLite session;
    long lastCheckNanos;

    Path(UdpSocket socket, InetSocketAddress remote, IceLite session) {
        this.socket = socket;
        this.remote = remote;
        this.session = session;
    }
}
