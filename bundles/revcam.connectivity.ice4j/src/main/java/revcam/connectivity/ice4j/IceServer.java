package revcam.connectivity.ice4j;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A STUN or TURN server over UDP. The name is looked up anew for each viewer, since addresses change.
 *
 * @param host name, IPv4 address, or IPv6 address without brackets
 */
record IceServer(String host, int port) {

    private static final int DEFAULT_PORT = 3478;
    /** As in RFC 7064 and RFC 7065; the scheme may be left out. */
    private static final Pattern URI = Pattern.compile(
            "(?:(?<scheme>stuns?|turns?):)?(?:\\[(?<v6>[0-9a-fA-F:.]+)]|(?<host>[A-Za-z0-9._-]+))(?::(?<port>\\d{1,5}))?"
                    + "(?:\\?transport=(?<transport>\\w+))?");

    /**
     * @param scheme {@code stun} or {@code turn}
     * @throws IllegalArgumentException with a message that continues "the value ..."
     */
    static List<IceServer> parse(String scheme, String list) {
        List<IceServer> servers = new ArrayList<>();
        for (String entry : list.trim().split("[,\\s]+")) {
            if (!entry.isEmpty()) {
                servers.add(parseOne(scheme, entry));
            }
        }
        return List.copyOf(servers);
    }

    private static IceServer parseOne(String scheme, String entry) {
        Matcher uri = URI.matcher(entry);
        String named = uri.matches() && uri.group("scheme") != null ? uri.group("scheme") : scheme;
        if (!uri.matches() || !named.startsWith(scheme)) {
            throw new IllegalArgumentException("\"" + entry + "\" is not of the form " + scheme + ":host:port");
        }
        String transport = uri.group("transport");
        if (named.endsWith("s") || transport != null && !transport.equals("udp")) {
            throw new IllegalArgumentException("\"" + entry + "\" is not reached over UDP, the only way there is");
        }
        int port = uri.group("port") == null ? DEFAULT_PORT : Integer.parseInt(uri.group("port"));
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("\"" + entry + "\" has a port that is not in 1-65535");
        }
        return new IceServer(uri.group("v6") == null ? uri.group("host") : uri.group("v6"), port);
    }
}
