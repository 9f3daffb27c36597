package revcam.transport.webrtc.ice;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.connectivity.IceCredentials;
import revcam.api.media.StageException;
import revcam.api.transport.MediaLoop;

/**
 * The one UDP port that all viewers share, with a socket per local address. Incoming datagrams find their viewer by the
 * address they came from, once that has passed a connectivity check, and by nothing else (RFC 7983 tells STUN from the
 * rest). The machine's addresses are looked up anew whenever a viewer comes or restarts ICE, which is when a new one
 * can first be of use.
 */
final class IcePort implements MediaLoop.DeadlineTask, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(IcePort.class);

    /** Larger ones are not for us: DTLS and SRTP stay within an Ethernet frame. */
    private static final int MAX_DATAGRAM_BYTES = 2048;
    /** A check with every attribute that ICE knows has fewer than 200 bytes. */
    private static final int MAX_STUN_BYTES = 548;
    /** Then the loop turns to its other work, whatever the flood. */
    private static final int DATAGRAMS_PER_ROUND = 64;
    /** RFC 8445, section 5.1.2.2: host candidates. */
    private static final long HOST_PREFERENCE = 126;
    /** Where the configured port is taken, as by another RevCam, one of the next is used: so many are tried. */
    static final int PORTS_TO_TRY = 16;
    private static final int MAX_PORT = 65535;
    private static final long RELEASE_NANOS = 500_000_000L;
    private static final long RELEASE_POLL_NANOS = 2_000_000L;

    /**
     * What configuration says.
     *
     * @param port of UDP, or the first of {@value IcePort#PORTS_TO_TRY} to try; 0 for any that is free
     * @param listen local addresses; empty for all
     * @param announced more addresses by which viewers reach us, such as a port-forwarding router's
     * @param silenceNanos a viewer that is not heard for so long is lost
     */
    record Settings(int port, List<InetAddress> listen, Loopback loopback, List<Announced> announced,
            long silenceNanos) {}

    private final MediaLoop loop;
    private final Settings settings;
    private final Callable<List<InetAddress>> machine;
    private final MediaLoop.Registration deadlines;
    /** Changed by who holds {@code this}, and by the media loop when one fails. */
    private final List<UdpSocket> sockets = new CopyOnWriteArrayList<>();
    private volatile List<InetAddress> order = List.of();
    /** Those that were complained of. */
    private final Set<InetAddress> unusable = new HashSet<>();
    /** Where the next socket looks first, so that all addresses have the same port if they can. */
    private int boundPort;
    private boolean closed;
    /**
     * Added to by who holds {@code this}, so that a check is answered from the moment on when somebody is told the
     * credentials; a datagram may overtake a command to the loop. The media loop alone takes away.
     */
    private final List<IceLite> sessions = new CopyOnWriteArrayList<>();

    // Media loop from here on.
    private final ByteBuffer datagram = ByteBuffer.allocateDirect(MAX_DATAGRAM_BYTES);
    private final byte[] stunBytes = new byte[MAX_STUN_BYTES];
    private final StunMessage stun = new StunMessage();
    private final StunWriter response = new StunWriter();
    private final ByteBuffer responseBuffer = ByteBuffer.wrap(response.bytes());
    private long nextDeadlineNanos = Long.MAX_VALUE;

    /** @param machine lists the machine's addresses */
    IcePort(MediaLoop loop, Settings settings, Callable<List<InetAddress>> machine) {
        this.loop = loop;
        this.settings = settings;
        this.machine = machine;
        boundPort = settings.port();
        deadlines = loop.onDeadline(this);
    }

    MediaLoop loop() {
        return loop;
    }

    /** Prepares for one more viewer. Any thread. @param remote null where the peer has yet to answer our offer */
    IceLite open(IceCredentials remote, ConnectivityEvents events) throws StageException {
        refresh();
        IceLite session =
                new IceLite(this, new Credentials(remote), remote != null, events, settings.silenceNanos(), System.nanoTime());
        add(session);
        loop.execute(() -> expires(session));
        return session;
    }

    private synchronized void add(IceLite session) throws StageException {
        if (closed) {
            throw closing();
        }
        sessions.add(session);
    }

    private static StageException closing() {
        return new StageException(StageException.Reason.UNAVAILABLE, "ICE is shutting down");
    }

    /** Media loop. */
    void expires(IceLite session) {
        nextDeadlineNanos = Math.min(nextDeadlineNanos, session.expiryNanos());
    }

    /**
     * Opens sockets for addresses that are new, and closes those of addresses that are gone and unused. Any thread.
     *
     * @throws StageException UNAVAILABLE when there is no socket at all
     */
    synchronized void refresh() throws StageException {
        if (closed) {
            throw closing();
        }
        List<InetAddress> addresses;
        try {
            addresses = LocalAddresses.choose(machine.call(), settings.listen(), settings.loopback());
        } catch (Exception e) {
            throw new StageException(StageException.Reason.UNAVAILABLE, "the machine's addresses: " + e, e);
        }
        IOException failure = null;
        InetAddress failed = null;
        for (InetAddress address : addresses) {
            if (socket(address) == null) {
                try {
                    open(address);
                    unusable.remove(address);
                } catch (IOException e) {
                    if (unusable.add(address)) {
                        LOG.warn("UDP ports {} to {} on {} cannot be used: {}", boundPort, lastPort(),
                                address.getHostAddress(), e.toString());
                    }
                    failure = e;
                    failed = address;
                }
            }
        }
        order = addresses;
        for (UdpSocket socket : sockets) {
            if (!addresses.contains(socket.local().getAddress())) {
                loop.execute(() -> closeIfUnused(socket));
            }
        }
        if (addresses.isEmpty()) {
            throw new StageException(StageException.Reason.UNAVAILABLE, settings.listen().isEmpty()
                    ? "this machine has no network address: connect it, or set loopback = always"
                    : "this machine has none of the addresses in listen: " + settings.listen());
        }
        if (candidates().isEmpty()) {
            throw new StageException(StageException.Reason.UNAVAILABLE,
                    failure instanceof BindException
                            ? "UDP ports " + boundPort + " to " + lastPort() + " on " + failed.getHostAddress()
                                    + " are in use: stop a program that has one, or set another port"
                            : "UDP port " + boundPort + ": " + failure,
                    failure);
        }
    }

    void refreshQuietly() {
        try {
            refresh();
        } catch (StageException e) {
            LOG.debug("{}", e.getMessage());
        }
    }

    /** Values of {@code a=candidate} lines (RFC 8839, section 5.1), best first. */
    List<String> candidates() {
        List<String> candidates = new ArrayList<>();
        int port = 0;
        for (InetAddress address : order) {
            UdpSocket socket = socket(address);
            if (socket != null) {
                port = socket.local().getPort();
                candidates.add(candidate(candidates.size(), address, port));
            }
        }
        if (!candidates.isEmpty()) {
            for (Announced announced : settings.announced()) {
                candidates.add(candidate(
                        candidates.size(), announced.address(), announced.port() == 0 ? port : announced.port()));
            }
        }
        return List.copyOf(candidates);
    }

    /** Whether a viewer may come by IPv6. */
    boolean ipv6() {
        return order.stream().anyMatch(Inet6Address.class::isInstance);
    }

    private static String candidate(int index, InetAddress address, int port) {
        // RFC 8445, section 5.1.2.1, for component 1.
        long priority = HOST_PREFERENCE << 24 | (65535L - index) << 8 | 255;
        String ip = address.getHostAddress();
        int scope = ip.indexOf('%');
        String literal = scope < 0 ? ip : ip.substring(0, scope);
        return index + 1 + " 1 udp " + priority + ' ' + literal + ' ' + port + " typ host";
    }

    private void open(InetAddress address) throws IOException {
        UdpSocket socket = bind(address);
        int port = socket.local().getPort();
        if (boundPort != 0 && port != boundPort) {
            LOG.warn("UDP port {} on {} is in use; using {} instead. For a port that stays the same, as a firewall needs,"
                    + " set port in revcam.connectivity.lite.cfg to one that is free, or stop the program that has it.",
                    boundPort, address.getHostAddress(), port);
        }
        boundPort = port;
        socket.listen(loop, nowNanos -> receive(socket, nowNanos));
        sockets.add(socket);
        LOG.debug("listening on {}", socket.local());
    }

    private UdpSocket bind(InetAddress address) throws IOException {
        int last = lastPort();
        for (int port = boundPort; ; port++) {
            try {
                return UdpSocket.bind(address, port);
            } catch (BindException e) {
                if (port == last) {
                    throw e;
                }
            }
        }
    }

    private int lastPort() {
        return boundPort == 0 ? 0 : Math.min(boundPort + PORTS_TO_TRY - 1, MAX_PORT);
    }

    private UdpSocket socket(InetAddress address) {
        for (UdpSocket socket : sockets) {
            if (socket.local().getAddress().equals(address)) {
                return socket;
            }
        }
        return null;
    }

    private void closeIfUnused(UdpSocket socket) {
        // An address that comes back, as after a short loss of Wi-Fi, works again with the same socket.
        for (IceLite session : sessions) {
            if (session.selected() != null && session.selected().socket == socket) {
                return;
            }
        }
        close(socket);
    }

    private void close(UdpSocket socket) {
        sockets.remove(socket);
        for (Path path : socket.paths().values()) {
            path.session.paths().remove(path);
        }
        socket.paths().clear();
        socket.close();
    }

    private void receive(UdpSocket socket, long nowNanos) {
        for (int i = 0; i < DATAGRAMS_PER_ROUND; i++) {
            InetSocketAddress from;
            datagram.clear();
            try {
                from = (InetSocketAddress) socket.channel().receive(datagram);
            } catch (IOException e) {
                if (socket.channel().isOpen()) {
                    LOG.warn("UDP on {} failed: {}", socket.local(), e.toString());
                    close(socket);
                }
                return;
            }
            if (from == null) {
                return;
            }
            datagram.flip();
            if (datagram.remaining() > 0 && datagram.remaining() < MAX_DATAGRAM_BYTES) {
                onDatagram(socket, from, nowNanos);
            }
        }
    }

    private void onDatagram(UdpSocket socket, InetSocketAddress from, long nowNanos) {
        Path path = socket.paths().get(from);
        // RFC 7983, section 7.
        if ((datagram.get(0) & 0xFF) <= 3) {
            onStun(socket, from, path, nowNanos);
        } else if (path != null) {
            path.session.onDatagram(nowNanos, datagram);
        }
    }

    private void onStun(UdpSocket socket, InetSocketAddress from, Path path, long nowNanos) {
        int size = datagram.remaining();
        if (size > MAX_STUN_BYTES) {
            return;
        }
        datagram.get(0, stunBytes, 0, size);
        // A check without these can be for none of our viewers (RFC 8445, section 7.1), and strangers get no reply.
        if (!stun.read(stunBytes, size) || stun.type() != Stun.BINDING_REQUEST || !stun.hasUsername()
                || !stun.hasIntegrity() || !stun.hasFingerprint()) {
            return;
        }
        long ufragKey = Credentials.ufragKey(stunBytes, stun);
        for (int i = 0; i < sessions.size(); i++) {
            Credentials credentials = sessions.get(i).credentials(ufragKey);
            if (credentials != null) {
                onCheck(sessions.get(i), credentials, socket, from, path, nowNanos);
                return;
            }
        }
    }

    private void onCheck(IceLite session, Credentials credentials, UdpSocket socket, InetSocketAddress from, Path path,
            long nowNanos) {
        // The address belongs to the viewer that proved it first, until that viewer is gone: nobody can take over
        // another's traffic by a check with a forged source address.
        long transaction = stun.transaction();
        if (path != null && path.session != session || !session.affords(path, transaction, nowNanos)) {
            return;
        }
        if (!credentials.namesPeer(stunBytes, stun) || !stun.integrityMatches(credentials.hmac())) {
            // Unsigned: no credential to sign with (RFC 8489, section 9.1.3).
            reply(socket, from, response.begin(Stun.BINDING_ERROR, stunBytes)
                    .error(401, "Unauthenticated")
                    .fingerprint());
            return;
        }
        if (stun.unknownAttribute() != 0) {
            reply(socket, from, response.begin(Stun.BINDING_ERROR, stunBytes)
                    .error(420, "Unknown Attribute")
                    .unknownAttribute(stun.unknownAttribute())
                    .integrity(credentials.hmac())
                    .fingerprint());
        } else if (stun.controlled()) {
            // A lite agent is always the controlled one (RFC 8445, section 6.1.1): the peer has to switch.
            reply(socket, from, response.begin(Stun.BINDING_ERROR, stunBytes)
                    .error(487, "Role Conflict")
                    .integrity(credentials.hmac())
                    .fingerprint());
        } else {
            reply(socket, from, response.begin(Stun.BINDING_SUCCESS, stunBytes)
                    .xorMappedAddress(from)
                    .integrity(credentials.hmac())
                    .fingerprint());
            session.onCheck(nowNanos, socket, from, path, credentials, transaction, stun.useCandidate());
        }
    }

    private void reply(UdpSocket socket, InetSocketAddress to, StunWriter message) {
        responseBuffer.limit(message.size()).position(0);
        try {
            socket.channel().send(responseBuffer, to);
        } catch (IOException e) {
            LOG.debug("reply to {}: {}", to, e.toString());
        }
    }

    /** Media loop. */
    void remove(IceLite session) {
        sessions.remove(session);
        for (Path path : session.paths()) {
            path.socket.paths().remove(path.remote);
        }
        session.paths().clear();
    }

    @Override
    public long nextDeadlineNanos() {
        return nextDeadlineNanos;
    }

    @Override
    public void onDeadline(long nowNanos) {
        long next = Long.MAX_VALUE;
        for (int i = sessions.size() - 1; i >= 0; i--) {
            IceLite session = sessions.get(i);
            long expiryNanos = session.expiryNanos();
            if (expiryNanos != Long.MAX_VALUE && expiryNanos - nowNanos <= 0) {
                remove(session);
                session.lost(nowNanos, session.selected() == null
                        ? "no connectivity check came: UDP port " + boundPort() + " may be blocked between us"
                        : "silent for too long");
            } else {
                next = Math.min(next, session.expiryNanos());
            }
        }
        nextDeadlineNanos = next;
    }

    private synchronized int boundPort() {
        return boundPort;
    }

    /** Any thread; waits a moment until the port is free again. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        deadlines.close();
        loop.execute(() -> {
            long nowNanos = System.nanoTime();
            for (IceLite session : sessions) {
                remove(session);
                session.lost(nowNanos, "ICE is shutting down");
            }
        });
        sockets.forEach(UdpSocket::close);
        if (!loop.isLoopThread()) {
            awaitRelease();
        }
        sockets.clear();
    }

    /** A selector holds on to a closed socket until it selects again, and a successor wants the same port. */
    private void awaitRelease() {
        long untilNanos = System.nanoTime() + RELEASE_NANOS;
        for (UdpSocket socket : sockets) {
            while (socket.channel().isRegistered() && System.nanoTime() - untilNanos < 0) {
                LockSupport.parkNanos(RELEASE_POLL_NANOS);
            }
        }
        // The selector forgets a socket just before it lets go of it; then the loop comes round.
        CountDownLatch released = new CountDownLatch(1);
        loop.execute(released::countDown);
        try {
            released.await(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
