package revcam.connectivity.ice4j;

import java.net.DatagramPacket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.connectivity.IceCredentials;
import revcam.api.media.StageException;
import revcam.api.transport.MediaLoop;

/** The path to one peer: an {@link IcePath}, and during a restart the one that will replace it. */
final class Ice4jConnectivity implements Connectivity, MediaLoop.DeadlineTask {

    private static final long CONNECT_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** IPv6 and UDP. */
    private static final int UDP_OVERHEAD_BYTES = 40 + 8;
    /**
     * A Send indication (RFC 8656, section 11.1) to an IPv6 peer: STUN header, XOR-PEER-ADDRESS, header and padding of
     * DATA. ice4j goes over to channels, with 4 bytes, when the server has confirmed one.
     */
    private static final int TURN_OVERHEAD_BYTES = 20 + 24 + 4 + 3;
    /** Datagrams of one viewer that wait for the media loop: RTCP comes some 20 times a second. */
    private static final int MAX_WAITING = 32;

    private final IceSettings settings;
    private final MediaLoop loop;
    private final ExecutorService blocking;
    private final ConnectivityEvents events;
    private final Consumer<Ice4jConnectivity> onEnd;
    private final BlockingQueue<Datagram> free = new ArrayBlockingQueue<>(MAX_WAITING);
    private final MediaLoop.Registration deadline;

    private volatile IcePath current;
    /** After a restart, until its checks have selected a pair; guarded by this. */
    private IcePath next;
    private volatile boolean ended;
    /** None while the peer has yet to answer: whoever made the offer sees to that. */
    private volatile long connectDeadlineNanos = Long.MAX_VALUE;

    /** @param remote null where the peer has yet to answer our offer */
    Ice4jConnectivity(
            IceSettings settings,
            MediaLoop loop,
            ExecutorService blocking,
            IceCredentials remote,
            ConnectivityEvents events,
            Consumer<Ice4jConnectivity> onEnd)
            throws StageException {
        this.settings = settings;
        this.loop = loop;
        this.blocking = blocking;
        this.events = events;
        this.onEnd = onEnd;
        for (int i = 0; i < MAX_WAITING; i++) {
            free.add(new Datagram(this));
        }
        deadline = loop.onDeadline(this);
        try {
            current = IcePath.open(settings, blocking, remote == null, this);
            if (remote != null) {
                answered(remote);
            }
        } catch (StageException | RuntimeException e) {
            deadline.close();
            throw e;
        }
    }

    private synchronized IcePath newest() {
        return next == null ? current : next;
    }

    @Override
    public IceCredentials local() {
        return newest().credentials();
    }

    @Override
    public boolean lite() {
        return false;
    }

    @Override
    public List<String> candidates() {
        return newest().candidates();
    }

    @Override
    public void addRemoteCandidate(String candidate) {
        newest().addRemoteCandidate(candidate);
    }

    @Override
    public void answered(IceCredentials remote) {
        connectDeadlineNanos = System.nanoTime() + CONNECT_TIMEOUT_NANOS;
        current.begin(remote);
    }

    @Override
    public void restart(IceCredentials remote) throws StageException {
        IcePath restarted = IcePath.open(settings, blocking, current.isControlling(), this);
        IcePath replaced;
        synchronized (this) {
            replaced = ended ? restarted : next;
            next = ended ? null : restarted;
        }
        closeLater(replaced);
        if (replaced != restarted) {
            restarted.begin(remote);
        }
    }

    @Override
    public int overheadBytes() {
        return settings.turn().isEmpty() ? UDP_OVERHEAD_BYTES : UDP_OVERHEAD_BYTES + TURN_OVERHEAD_BYTES;
    }

    @Override
    public boolean send(ByteBuffer datagram) {
        return !ended && current.send(datagram);
    }

    @Override
    public void close() {
        end();
    }

    /** Tells the transport that it is over, unless it was over before. Any thread. */
    void lose(String reason) {
        if (end()) {
            loop.execute(() -> events.onLost(System.nanoTime(), reason));
        }
    }

    private boolean end() {
        IcePath restarted;
        synchronized (this) {
            if (ended) {
                return false;
            }
            ended = true;
            restarted = next;
            next = null;
        }
        deadline.close();
        onEnd.accept(this);
        closeLater(restarted);
        closeLater(current);
        return true;
    }

    private void closeLater(IcePath path) {
        if (path != null) {
            blocking.execute(path::close);
        }
    }

    void selected(IcePath path) {
        loop.execute(() -> {
            IcePath replaced = null;
            synchronized (this) {
                if (path == next) {
                    replaced = current;
                    current = next;
                    next = null;
                }
            }
            closeLater(replaced);
            if (!ended && path == current) {
                connectDeadlineNanos = Long.MAX_VALUE;
                events.onValidated(System.nanoTime());
            }
        });
    }

    void failed(IcePath path, String reason) {
        boolean isCurrent;
        synchronized (this) {
            isCurrent = path == current;
            if (path == next) {
                next = null;
                closeLater(path);
            }
        }
        if (isCurrent) {
            lose(reason);
        }
    }

    /** With {@value #MAX_WAITING} waiting for the loop, another is lost, as on a network. */
    void received(DatagramPacket packet) {
        Datagram datagram = free.poll();
        if (datagram != null) {
            datagram.fill(packet);
            loop.execute(datagram);
        }
    }

    void deliver(Datagram datagram, ByteBuffer content) {
        if (!ended) {
            events.onDatagram(System.nanoTime(), content);
        }
        free.offer(datagram);
    }

    @Override
    public long nextDeadlineNanos() {
        return connectDeadlineNanos;
    }

    @Override
    public void onDeadline(long nowNanos) {
        if (connectDeadlineNanos != Long.MAX_VALUE) {
            connectDeadlineNanos = Long.MAX_VALUE;
            lose("no path was found within " + TimeUnit.NANOSECONDS.toSeconds(CONNECT_TIMEOUT_NANOS) + " s");
        }
    }
}
