package revcam.connectivity.ice4j;

import java.beans.PropertyChangeEvent;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ice4j.Transport;
import org.ice4j.TransportAddress;
import org.ice4j.ice.Agent;
import org.ice4j.ice.CandidatePair;
import org.ice4j.ice.CandidatePairState;
import org.ice4j.ice.CandidateType;
import org.ice4j.ice.Component;
import org.ice4j.ice.ComponentSocket;
import org.ice4j.ice.IceMediaStream;
import org.ice4j.ice.IceProcessingState;
import org.ice4j.ice.KeepAliveStrategy;
import org.ice4j.ice.LocalCandidate;
import org.ice4j.ice.RemoteCandidate;
import org.ice4j.ice.harvest.StunCandidateHarvester;
import org.ice4j.ice.harvest.TurnCandidateHarvester;
import org.ice4j.security.LongTermCredential;
import org.ice4j.util.Buffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.connectivity.IceCredentials;
import revcam.api.media.StageException;

/**
 * One ICE session with one peer, from one restart to the next: an agent of ice4j, its sockets, and the thread that reads
 * them. Full ICE, in the controlling role where the offer is ours (RFC 8445, section 6.1.1).
 */
final class IcePath {

    private static final Logger LOG = LoggerFactory.getLogger(IcePath.class);

    /** Each makes us send checks to an address of the peer's choice, so there is an end to them. */
    private static final int MAX_REMOTE_CANDIDATES = 64;

    private final IceSettings settings;
    private final Ice4jConnectivity owner;
    private final Agent agent;
    private final IceMediaStream stream;
    private final Component component;
    private final List<String> candidates;
    private final Set<CandidatePair> working = new HashSet<>();
    private final byte[] sendBuffer = new byte[Datagram.MAX_BYTES];
    private int remoteCandidates;
    private boolean selected;
    private volatile boolean closed;

    /**
     * Binds sockets and asks the servers within the time allowed for it; checks are made from {@link #begin} on.
     *
     * @param offers whether the peer is the one that answers
     */
    static IcePath open(IceSettings settings, ExecutorService blocking, boolean offers, Ice4jConnectivity owner)
            throws StageException {
        ClassLoader callers = ownClassLoader();
        try {
            return new IcePath(settings, blocking, offers, owner);
        } finally {
            Thread.currentThread().setContextClassLoader(callers);
        }
    }

    /** ice4j finds its configuration through the context class loader of whoever touches it first. @return the one before */
    private static ClassLoader ownClassLoader() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(IcePath.class.getClassLoader());
        return before;
    }

    private IcePath(IceSettings settings, ExecutorService blocking, boolean offers, Ice4jConnectivity owner)
            throws StageException {
        Ice4jDefaults.apply();
        this.settings = settings;
        this.owner = owner;
        agent = settings.relayOnly() ? new RelayOnlyAgent() : new Agent();
        try {
            agent.setControlling(offers);
            agent.setTrickling(true);
            agent.setUseDynamicPorts(true);
            agent.setPerformConsentFreshness(true);
            stream = agent.createMediaStream("video");
            component = bind();
            component.setBufferCallback(buffer -> {});
            gather(blocking);
            candidates = describe();

            agent.addStateChangeListener(this::onAgentChange);
            stream.addPairChangeListener(this::onPairChange);
        } catch (StageException | RuntimeException e) {
            agent.free();
            throw e;
        }
    }

    /** Starts to answer and to make checks. Once; does nothing after {@link #close}. */
    void begin(IceCredentials remote) {
        ClassLoader callers = ownClassLoader();
        try {
            stream.setRemoteUfrag(remote.ufrag());
            stream.setRemotePassword(remote.password());
            agent.startConnectivityEstablishment();
        } catch (RuntimeException e) {
            if (!closed) {
                close();
                throw e;
            }
            return;
        } finally {
            Thread.currentThread().setContextClassLoader(callers);
        }
        Thread reader = new Thread(this::read, "revcam-ice4j reader");
        reader.setDaemon(true);
        reader.start();
    }

    private Component bind() throws StageException {
        int first = settings.minPort() == 0
                ? 0
                : ThreadLocalRandom.current().nextInt(settings.minPort(), settings.maxPort() + 1);
        try {
            return agent.createComponent(
                    stream, first, settings.minPort(), settings.maxPort(), KeepAliveStrategy.ALL_SUCCEEDED, true);
        } catch (IOException e) {
            throw new StageException(
                    StageException.Reason.UNAVAILABLE,
                    settings.minPort() == 0
                            ? "no network interface with an address is up"
                            : "no free UDP port in " + settings.minPort() + "-" + settings.maxPort()
                                    + ", or no network interface with an address is up",
                    e);
        }
    }

    private void gather(ExecutorService blocking) {
        if (settings.stun().isEmpty() && settings.turn().isEmpty()) {
            return;
        }
        Future<?> gathering = blocking.submit(() -> {
            for (IceServer server : settings.stun()) {
                for (TransportAddress address : addresses(server)) {
                    agent.addCandidateHarvester(new StunCandidateHarvester(address));
                }
            }
            for (IceServer server : settings.turn()) {
                for (TransportAddress address : addresses(server)) {
                    agent.addCandidateHarvester(new TurnCandidateHarvester(
                            address, new LongTermCredential(settings.turnUser(), settings.turnPassword())));
                }
            }
            agent.startCandidateTrickle(gathered -> {});
        });
        try {
            gathering.get(settings.gatherTimeoutMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("Not all STUN and TURN servers answered within {} ms; going on without the rest",
                    settings.gatherTimeoutMillis());
        } catch (ExecutionException e) {
            LOG.warn("Asking STUN and TURN servers failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One address of each family. */
    private static List<TransportAddress> addresses(IceServer server) {
        List<TransportAddress> addresses = new ArrayList<>();
        try {
            boolean four = false;
            boolean six = false;
            for (InetAddress address : InetAddress.getAllByName(server.host())) {
                boolean isFour = address instanceof Inet4Address;
                if (isFour ? !four : !six) {
                    addresses.add(new TransportAddress(address, server.port(), Transport.UDP));
                }
                four |= isFour;
                six |= !isFour;
            }
        } catch (UnknownHostException e) {
            LOG.warn("The name of the STUN or TURN server {} is not known", server.host());
        }
        return addresses;
    }

    private List<String> describe() throws StageException {
        List<String> lines = new ArrayList<>();
        for (LocalCandidate candidate : component.getLocalCandidates()) {
            if (!settings.relayOnly() || candidate.getType() == CandidateType.RELAYED_CANDIDATE) {
                lines.add(CandidateLine.format(candidate, settings.relayOnly()));
            }
        }
        if (lines.isEmpty()) {
            throw new StageException(
                    StageException.Reason.UNAVAILABLE,
                    "no TURN server of " + settings.turn() + " gave a relayed address; is it reachable, and are turn.user"
                            + " and turn.password right?");
        }
        return List.copyOf(lines);
    }

    boolean isControlling() {
        return agent.isControlling();
    }

    IceCredentials credentials() {
        return new IceCredentials(agent.getLocalUfrag(), agent.getLocalPassword());
    }

    List<String> candidates() {
        return candidates;
    }

    synchronized void addRemoteCandidate(String line) {
        RemoteCandidate candidate = CandidateLine.parse(line, component);
        if (candidate == null || closed || remoteCandidates == MAX_REMOTE_CANDIDATES) {
            return;
        }
        remoteCandidates++;
        component.addUpdateRemoteCandidates(candidate);
        component.updateRemoteCandidates();
    }

    boolean send(ByteBuffer datagram) {
        int bytes = datagram.remaining();
        try {
            if (datagram.hasArray()) {
                component.send(datagram.array(), datagram.arrayOffset() + datagram.position(), bytes);
            } else {
                synchronized (sendBuffer) {
                    datagram.get(datagram.position(), sendBuffer, 0, bytes);
                    component.send(sendBuffer, 0, bytes);
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        } finally {
            datagram.position(datagram.limit());
        }
    }

    /** Blocks; idempotent. */
    void close() {
        closed = true;
        agent.free();
    }

    private void read() {
        ComponentSocket socket = component.getComponentSocket();
        DatagramPacket packet = new DatagramPacket(new byte[Datagram.MAX_BYTES], Datagram.MAX_BYTES);
        SocketAddress last = null;
        while (!closed) {
            packet.setLength(Datagram.MAX_BYTES);
            try {
                // Lets pass what comes from an address that succeeded in a check, and is not STUN.
                socket.receive(packet);
            } catch (IOException e) {
                if (!closed) {
                    owner.failed(this, "its sockets are gone: " + e.getMessage());
                }
                return;
            }
            if (!packet.getSocketAddress().equals(last)) {
                last = packet.getSocketAddress();
                // Only tells the component whom to answer.
                component.handleBuffer(new Buffer(packet.getData(), 0, 0, null, null, last));
            }
            owner.received(packet);
        }
    }

    private void onAgentChange(PropertyChangeEvent event) {
        if (event.getNewValue() == IceProcessingState.COMPLETED) {
            synchronized (working) {
                selected = true;
            }
            owner.selected(this);
        } else if (event.getNewValue() == IceProcessingState.FAILED) {
            owner.failed(this, "no connectivity check succeeded");
        }
    }

    /** Consent (RFC 7675) is lost with the last pair. */
    private void onPairChange(PropertyChangeEvent event) {
        if (!IceMediaStream.PROPERTY_PAIR_STATE_CHANGED.equals(event.getPropertyName())) {
            return;
        }
        CandidatePair pair = (CandidatePair) event.getSource();
        boolean lost = false;
        synchronized (working) {
            if (event.getNewValue() == CandidatePairState.SUCCEEDED) {
                working.add(pair);
            } else if (event.getNewValue() == CandidatePairState.FAILED) {
                lost = working.remove(pair) && working.isEmpty() && selected;
            }
        }
        if (lost) {
            owner.failed(this, "it no longer answers connectivity checks");
        }
    }
}
