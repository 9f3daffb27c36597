package revcam.http.server;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import revcam.http.HttpEndpoint;

/** What can be said of a port once it is bound. */
record BoundEndpoint(String scheme, InetSocketAddress bound, Mounts mounts) implements HttpEndpoint {

    @Override
    public URI local() {
        InetAddress address = bound.getAddress();
        return address.isAnyLocalAddress() || address.isLoopbackAddress() ? root("localhost") : root(literal(address));
    }

    @Override
    public List<URI> remote() {
        InetAddress address = bound.getAddress();
        if (address.isLoopbackAddress()) {
            return List.of();
        }
        if (!address.isAnyLocalAddress()) {
            return List.of(root(literal(address)));
        }
        return addresses().stream().map(each -> root(literal(each))).toList();
    }

    /** This machine's own, as others may reach it. */
    static List<InetAddress> addresses() {
        List<InetAddress> own = new ArrayList<>();
        try {
            for (NetworkInterface each : (Iterable<NetworkInterface>) NetworkInterface.networkInterfaces()::iterator) {
                if (each.isUp() && !each.isLoopback()) {
                    each.inetAddresses().filter(a -> !a.isLinkLocalAddress()).forEach(own::add);
                }
            }
        } catch (SocketException e) {
            // An interface that vanishes while it is asked has no address to show.
        }
        // The shorter ones first: somebody may have to type one.
        own.sort(Comparator.comparing(Inet6Address.class::isInstance));
        return own;
    }

    @Override
    public boolean serves(String path) {
        return mounts.find(path) != null;
    }

    private URI root(String host) {
        return URI.create(scheme + "://" + host + ":" + bound.getPort() + "/");
    }

    private static String literal(InetAddress address) {
        String text = address.getHostAddress();
        return address instanceof Inet6Address ? "[" + text.replaceFirst("%.*", "") + "]" : text;
    }
}
