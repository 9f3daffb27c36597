package revcam.transport.webrtc.ice;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which of the machine's addresses a viewer may try, best first. */
final class LocalAddresses {

    /** Candidates of one answer; a browser pairs each with each of its own (RFC 8445, section 6.1.2.5). */
    static final int MAX = 16;

    private LocalAddresses() {}

    /** The addresses of all interfaces that are up. */
    static List<InetAddress> ofMachine() throws SocketException {
        List<InetAddress> addresses = new ArrayList<>();
        for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
            if (network.isUp()) {
                addresses.addAll(network.inetAddresses().toList());
            }
        }
        return addresses;
    }

    /**
     * Keeps the useful ones in order of preference: IPv6 before IPv4 (RFC 8421), IPv4 link-local late, loopback last.
     *
     * @param only if not empty, these alone are used, and the rule for loopback does not matter
     */
    static List<InetAddress> choose(List<InetAddress> machine, List<InetAddress> only, Loopback loopback) {
        List<InetAddress> chosen = new ArrayList<>();
        boolean reachable = machine.stream().anyMatch(address -> usable(address) && !address.isLoopbackAddress());
        for (InetAddress address : machine) {
            if (!usable(address)) {
                continue;
            }
            boolean wanted;
            if (!only.isEmpty()) {
                wanted = only.contains(address);
            } else {
                wanted = !address.isLoopbackAddress() || loopback.wanted(reachable);
            }
            if (wanted && !chosen.contains(address)) {
                chosen.add(address);
            }
        }
        chosen.sort(Comparator.comparingInt(LocalAddresses::rank));
        return chosen.size() > MAX ? chosen.subList(0, MAX) : chosen;
    }

    private static boolean usable(InetAddress address) {
        if (address.isMulticastAddress() || address.isAnyLocalAddress()) {
            return false;
        }
        // A scoped address means nothing to the peer (RFC 8445, section 5.1.1.1, and draft-ietf-mmusic-mdns-ice).
        return !(address instanceof Inet6Address) || !address.isLinkLocalAddress() && !address.isSiteLocalAddress();
    }

    private static int rank(InetAddress address) {
        boolean ipv6 = address instanceof Inet6Address;
        if (address.isLoopbackAddress()) {
            return ipv6 ? 4 : 3;
        }
        if (address.isLinkLocalAddress()) {
            return 2;
        }
        return ipv6 ? 0 : 1;
    }
}
