package revcam.mtu;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to measure to.
 *
 * @param host a name or an address, without brackets
 * @param port of UDP, or 0 for ICMP echo
 */
record Target(String host, int port) {

    private static final Pattern BRACKETS = Pattern.compile("\\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)\\](?::(\\d{1,5}))?");
    private static final Pattern IPV6 = Pattern.compile("([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9._-]+)?)()");
    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9_][A-Za-z0-9._-]*)(?::(\\d{1,5}))?");

    /** @throws IllegalArgumentException it is none; the message says what is */
    static Target parse(String text) {
        for (Pattern pattern : new Pattern[] {BRACKETS, IPV6, NAME}) {
            Matcher matcher = pattern.matcher(text);
            if (!matcher.matches()) {
                continue;
            }
            String digits = matcher.group(2);
            if (digits == null || digits.isEmpty()) {
                return new Target(matcher.group(1), 0);
            }
            int port = Integer.parseInt(digits);
            if (port >= 1 && port <= 65535) {
                return new Target(matcher.group(1), port);
            }
        }
        throw new IllegalArgumentException("'" + text + "' is neither HOST nor HOST:PORT, with a port from 1 to 65535; an IPv6"
                + " address with a port is [ADDRESS]:PORT");
    }
}
