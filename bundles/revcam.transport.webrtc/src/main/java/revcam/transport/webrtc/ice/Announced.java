package revcam.transport.webrtc.ice;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address by which viewers reach us that is not the machine's own, such as that of a router that forwards a port.
 *
 * @param port 0 for the same as ours
 */
record Announced(InetAddress address, int port) {

    private static final Pattern WITH_PORT =
            Pattern.compile("(?:(\\d+(?:\\.\\d+){3})|\\[([0-9A-Fa-f:.]+)\\]):(\\d{1,5})");
    private static final Pattern LITERAL = Pattern.compile("\\d+(?:\\.\\d+){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");

    /**
     * Reads {@code 203.0.113.7}, {@code 203.0.113.7:8189}, {@code 2001:db8::7} or {@code [2001:db8::7]:8189}.
     *
     * @throws IllegalArgumentException for anything else
     */
    static Announced parse(String text) {
        Matcher withPort = WITH_PORT.matcher(text);
        if (withPort.matches()) {
            int port = Integer.parseInt(withPort.group(3));
            if (port >= 1 && port <= 65535) {
                return new Announced(literal(withPort.group(1) != null ? withPort.group(1) : withPort.group(2)), port);
            }
            throw new IllegalArgumentException(text);
        }
        return new Announced(literal(text), 0);
    }

    /** Never asks DNS. @throws IllegalArgumentException unless {@code text} is an IP address */
    static InetAddress literal(String text) {
        try {
            if (LITERAL.matcher(text).matches()) {
                return InetAddress.getByName(text);
            }
        } catch (UnknownHostException e) {
            // Looks like an address, and is none.
        }
        throw new IllegalArgumentException(text);
    }
}
