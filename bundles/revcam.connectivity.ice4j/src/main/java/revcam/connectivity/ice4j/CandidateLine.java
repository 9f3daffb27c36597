package revcam.connectivity.ice4j;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.ice4j.Transport;
import org.ice4j.TransportAddress;
import org.ice4j.ice.CandidateType;
import org.ice4j.ice.Component;
import org.ice4j.ice.LocalCandidate;
import org.ice4j.ice.RemoteCandidate;

/** Values of {@code a=candidate} lines (RFC 8839, section 5.1). ice4j's own parser would need a SIP stack. */
final class CandidateLine {

    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*");
    private static final Pattern FOUNDATION = Pattern.compile("[A-Za-z0-9+/]{1,32}");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,10}");

    private CandidateLine() {}

    /** @param hideRelated whether the address behind a reflexive or relayed one is kept from the peer */
    static String format(LocalCandidate candidate, boolean hideRelated) {
        TransportAddress address = candidate.getTransportAddress();
        String line = candidate.getFoundation() + " " + Component.RTP + " udp " + candidate.getPriority() + " "
                + host(address) + " " + address.getPort() + " typ " + candidate.getType();
        if (candidate.getType() == CandidateType.HOST_CANDIDATE) {
            return line;
        }
        TransportAddress related = candidate.getRelatedAddress();
        return related == null || hideRelated
                ? line + " raddr " + (address.isIPv6() ? "::" : "0.0.0.0") + " rport 0"
                : line + " raddr " + host(related) + " rport " + related.getPort();
    }

    private static String host(TransportAddress address) {
        String host = address.getAddress().getHostAddress();
        int scope = host.indexOf('%');
        return scope < 0 ? host : host.substring(0, scope);
    }

    /**
     * @param line anything
     * @return null when it is no candidate that this component can try: another transport, a name such as mDNS gives, an
     *     address that is none of one host
     */
    static RemoteCandidate parse(String line, Component component) {
        String value = line.startsWith("candidate:") ? line.substring("candidate:".length()) : line;
        String[] fields = value.trim().split(" +");
        if (fields.length < 8
                || !FOUNDATION.matcher(fields[0]).matches()
                || !fields[1].equals("1")
                || !fields[2].equalsIgnoreCase("udp")
                || !NUMBER.matcher(fields[3]).matches()
                || !NUMBER.matcher(fields[5]).matches()
                || !fields[6].equals("typ")) {
            return null;
        }
        CandidateType type = type(fields[7]);
        InetAddress address = address(fields[4]);
        long priority = Long.parseLong(fields[3]);
        long port = Long.parseLong(fields[5]);
        if (type == null || address == null || priority < 1 || priority > 0x7fff_ffffL || port < 1 || port > 65_535) {
            return null;
        }
        return new RemoteCandidate(
                new TransportAddress(address, (int) port, Transport.UDP), component, type, fields[0], priority, null);
    }

    private static CandidateType type(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "host" -> CandidateType.HOST_CANDIDATE;
            case "srflx" -> CandidateType.SERVER_REFLEXIVE_CANDIDATE;
            case "prflx" -> CandidateType.PEER_REFLEXIVE_CANDIDATE;
            case "relay" -> CandidateType.RELAYED_CANDIDATE;
            default -> null;
        };
    }

    /** Only literals: a name must never start a look-up. */
    private static InetAddress address(String text) {
        if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
            return null;
        }
        try {
            InetAddress address = InetAddress.getByName(text);
            boolean zoneless = address instanceof Inet6Address && address.isLinkLocalAddress();
            return address.isAnyLocalAddress() || address.isMulticastAddress() || zoneless ? null : address;
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
