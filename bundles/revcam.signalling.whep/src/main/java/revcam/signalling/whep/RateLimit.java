package revcam.signalling.whep;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A token bucket for each client: so many at once, then evenly spread over the period. Told the time; thread-safe;
 * remembers the clients seen last.
 */
final class RateLimit {

    private static final int CLIENTS = 256;

    private final int burst;
    private final long intervalNanos;

    /** When each client's bucket will be full again; the generic cell rate algorithm keeps no more than that. */
    private final Map<String, Long> fullAtNanos = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > CLIENTS;
        }
    };

    RateLimit(int times, TimeUnit per) {
        burst = times;
        intervalNanos = per.toNanos(1) / times;
    }

    /** Whole seconds until {@link #take} is due again; 0 for now. */
    synchronized long waitSeconds(String client, long nowNanos) {
        long wait = fullAt(client, nowNanos) + intervalNanos - burst * intervalNanos - nowNanos;
        return wait <= 0 ? 0 : TimeUnit.NANOSECONDS.toSeconds(wait - 1) + 1;
    }

    synchronized void take(String client, long nowNanos) {
        fullAtNanos.put(client, fullAt(client, nowNanos) + intervalNanos);
    }

    private long fullAt(String client, long nowNanos) {
        Long full = fullAtNanos.get(client);
        return full == null || full - nowNanos < 0 ? nowNanos : full;
    }

    /** Who counts as one client: an IPv4 address, or the 64-bit prefix that one holder of IPv6 addresses has. */
    static String client(InetSocketAddress peer) {
        InetAddress address = peer.getAddress();
        return address instanceof Inet6Address
                ? HexFormat.of().formatHex(address.getAddress(), 0, 8)
                : address.getHostAddress();
    }
}
