package revcam.transport.webrtc.ice;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.connectivity.IceCredentials;
import revcam.transport.webrtc.Budget;

/**
 * The path to one viewer: it answers the viewer's checks and never sends its own (RFC 8445, section 2.5), so the
 * viewer's candidates are of no use to it.
 */
final class IceLite implements Connectivity {

    /** Checks by an unknown address cost an HMAC before they are known to be forged. A browser sends some 20 a second. */
    private static final int STRANGER_CHECKS_PER_SECOND = 100;
    /** By an address that is known; whoever forges that has to forge more than anybody sends before a genuine one is not heard. */
    private static final int CHECKS_PER_SECOND = 1000;
    /** Sent again by the peer, which may have missed the answer, or by somebody who has seen it pass: then by the thousand. */
    private static final int REPEATED_CHECKS_PER_SECOND = 20;
    private static final int MAX_PATHS = 16;
    /** Consent that no check renews ends after 30 s (RFC 7675, section 5.1), whatever else arrives. */
    private static final long CONSENT_NANOS = 30_000_000_000L;
    private static final int IPV4_UDP_BYTES = 20 + 8;
    private static final int IPV6_UDP_BYTES = 40 + 8;

    private final IcePort port;
    private final ConnectivityEvents events;
    private final long silenceNanos;
    private volatile IceCredentials local;
    private volatile List<String> candidates;
    /** Where datagrams go; null before the first check. */
    private volatile Path selected;
    private volatile boolean closed;

    // Media loop from here on.
    private final List<Path> paths = new ArrayList<>();
    private final Budget strangers;
    private final Budget checks;
    private final Budget repeatedChecks;
    private Credentials current;
    /** Those from before a restart, until the peer nominates a pair with the new ones (RFC 8445, section 9). */
    private Credentials previous;
    private boolean nominated;
    /** Until then no time runs: whoever made the offer sees to that. */
    private boolean answered;
    private long lastCheckNanos;
    private long lastHeardNanos;

    /** @param answered whether the peer is known, and not yet to answer our offer */
    IceLite(IcePort port, Credentials credentials, boolean answered, ConnectivityEvents events, long silenceNanos,
            long nowNanos) {
        this.answered = answered;
        this.port = port;
        this.events = events;
        this.silenceNanos = silenceNanos;
        current = credentials;
        local = credentials.local();
        candidates = port.candidates();
        strangers = new Budget(STRANGER_CHECKS_PER_SECOND, nowNanos);
        checks = new Budget(CHECKS_PER_SECOND, nowNanos);
        repeatedChecks = new Budget(REPEATED_CHECKS_PER_SECOND, nowNanos);
        lastCheckNanos = nowNanos;
        lastHeardNanos = nowNanos;
    }

    @Override
    public IceCredentials local() {
        return local;
    }

    @Override
    public boolean lite() {
        return true;
    }

    @Override
    public List<String> candidates() {
        return candidates;
    }

    @Override
    public void addRemoteCandidate(String candidate) {
        // The peer's checks tell its addresses.
    }

    @Override
    public void answered(IceCredentials remote) {
        port.loop().execute(() -> {
            if (!answered) {
                answered = true;
                current.answered(remote);
                lastCheckNanos = System.nanoTime();
                lastHeardNanos = lastCheckNanos;
                port.expires(this);
            }
        });
    }

    @Override
    public void restart(IceCredentials remote) {
        port.refreshQuietly();
        Credentials fresh = new Credentials(remote);
        local = fresh.local();
        candidates = port.candidates();
        port.loop().execute(() -> {
            previous = current;
            current = fresh;
        });
    }

    @Override
    public int overheadBytes() {
        return port.ipv6() ? IPV6_UDP_BYTES : IPV4_UDP_BYTES;
    }

    @Override
    public boolean send(ByteBuffer datagram) {
        Path path = selected;
        if (path == null || closed) {
            return false;
        }
        try {
            return path.socket.channel().send(datagram, path.remote) > 0;
        } catch (IOException e) {
            // No route now, or a full queue: as lost as a datagram on the network, and silence ends the session.
            return false;
        }
    }

    @Override
    public void close() {
        closed = true;
        port.loop().execute(() -> port.remove(this));
    }

    List<Path> paths() {
        return paths;
    }

    Path selected() {
        return selected;
    }

    /** The generation that {@code ufragKey} names, or null. */
    Credentials credentials(long ufragKey) {
        if (ufragKey == current.ufragKey()) {
            return current;
        }
        return previous != null && ufragKey == previous.ufragKey() ? previous : null;
    }

    /** Whether there is time for one more check. @param path null for an address that has passed none */
    boolean affords(Path path, long transaction, long nowNanos) {
        Budget budget = path == null ? strangers : path.knows(transaction) ? repeatedChecks : checks;
        return budget.take(nowNanos);
    }

    /** A check passed. @param path null for an address seen for the first time */
    void onCheck(long nowNanos, UdpSocket socket, InetSocketAddress remote, Path path, Credentials credentials,
            long transaction, boolean nominates) {
        Path valid = path != null ? path : add(socket, remote);
        valid.remember(transaction);
        valid.lastCheckNanos = nowNanos;
        lastCheckNanos = nowNanos;
        lastHeardNanos = nowNanos;
        if (credentials == current && nominates) {
            previous = null;
            if (!nominated || valid != selected) {
                nominated = true;
                selected = valid;
                events.onValidated(nowNanos);
            }
        } else if (!nominated) {
            // A DTLS hello may overtake the nomination, and its answer must not wait for a retransmission.
            selected = valid;
        }
    }

    void onDatagram(long nowNanos, ByteBuffer datagram) {
        lastHeardNanos = nowNanos;
        events.onDatagram(nowNanos, datagram);
    }

    /** When this is lost unless something is heard before. */
    long expiryNanos() {
        return !answered ? Long.MAX_VALUE : Math.min(lastHeardNanos + silenceNanos, lastCheckNanos + CONSENT_NANOS);
    }

    void lost(long nowNanos, String reason) {
        if (!closed) {
            closed = true;
            events.onLost(nowNanos, reason);
        }
    }

    private Path add(UdpSocket socket, InetSocketAddress remote) {
        if (paths.size() == MAX_PATHS) {
            Path oldest = null;
            for (Path path : paths) {
                if (path != selected && (oldest == null || path.lastCheckNanos - oldest.lastCheckNanos < 0)) {
                    oldest = path;
                }
            }
            paths.remove(oldest);
            oldest.socket.paths().remove(oldest.remote);
        }
        Path path = new Path(socket, remote, this);
        paths.add(path);
        socket.paths().put(remote, path);
        return path;
    }
}
