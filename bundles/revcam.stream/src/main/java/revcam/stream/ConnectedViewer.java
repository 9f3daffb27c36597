package revcam.stream;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;
import revcam.api.stream.Viewer;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.stream.rate.SharedRate;
import revcam.stream.rate.Thinning;
import revcam.stream.session.PacketSink;
import revcam.stream.session.SharedFrame;
import revcam.stream.session.ViewerSession;

/**
 * One viewer, from its answered offer on: joins its transport to its session. Events and packets are the media loop's;
 * what {@link Viewer} offers may be called from anywhere.
 */
final class ConnectedViewer implements Viewer, TransportEvents, PacketSink, MediaLoop.DeadlineTask {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectedViewer.class);

    private final String id;
    private final Map<String, String> tags;
    private final String label;
    private final SelectorLoop loop;
    private final Audience audience;
    private final Supplier<String> elsewhere;
    private final Function<Transport, ViewerSession> sessions;
    private final AtomicBoolean alive = new AtomicBoolean(true);
    private volatile Transport transport;

    private boolean attached; // loop
    private ViewerSession session; // loop
    private SharedRate.Share share; // loop
    private final Thinning thinning = new Thinning(); // loop
    private boolean thinned; // loop
    /** As the session last answered: kept, because the loop asks often and a session may fail to answer. */
    private long targetBps; // loop
    private boolean backedUp; // loop
    private long deadlineNanos; // loop
    private int overheadBytes; // loop
    private int headerBytes; // loop
    private boolean secure; // loop
    private long connectByNanos; // loop
    private long spentNanos; // loop
    private MediaLoop.Registration connecting; // loop

    /**
     * @param tags of what is measured about it; no secret, unlike the id
     * @param label what logs call it
     * @param elsewhere see {@link Viewer#elsewhere()}, while it is alive
     * @param sessions makes the session once the path is secure
     */
    ConnectedViewer(String id, Map<String, String> tags, String label, SelectorLoop loop, Audience audience,
            Supplier<String> elsewhere, Function<Transport, ViewerSession> sessions) {
        this.id = id;
        this.tags = tags;
        this.label = label;
        this.loop = loop;
        this.audience = audience;
        this.elsewhere = elsewhere;
        this.sessions = sessions;
    }

    /** The transport is there; it may have connected already. */
    void attach(Transport opened) {
        transport = opened;
        loop.execute(() -> {
            long now = System.nanoTime();
            attached = true;
            connectByNanos = audience.connectDeadlineNanos(now);
            if (!alive.get()) {
                return;
            }
            if (!audience.expect(this)) {
                leave();
            } else if (secure) {
                start(now);
            } else {
                connecting = loop.onDeadline(this);
            }
        });
    }

    /** There will be no transport: the offer was refused. */
    void withdraw() {
        if (alive.compareAndSet(true, false)) {
            audience.dismiss();
        }
    }

    // ---- from the audience, on the loop; a session that fails costs its own viewer the picture, nobody else

    void shares(SharedRate.Share with) {
        share = with;
    }

    /** Says what it can take. */
    void report() {
        share.report(targetBps, session.loss(), backedUp);
    }

    /** Heeds what has been decided about it. */
    void settle(long now) {
        if (share.isThinned() != thinned) {
            thinned = !thinned;
            LOG.info(thinned ? "{} is far behind the others and gets only some of the pictures; it can take {} kbit/s"
                    : "{} gets all pictures again; it can take {} kbit/s", label, share.takesBps() / 1000);
        }
        thinning.set(now, thinned, share.takesBps());
    }

    void leaveShare() {
        if (share != null) {
            share.leave();
        }
    }

    /** Pictures that it was not given because it could not take them all. */
    long thinnedFrames() {
        return thinning.dropped();
    }

    /** Of RTP, in every packet. */
    int headerBytes() {
        return headerBytes;
    }

    /** Whether nothing is to be encoded now, because it would wait too long in the session of a viewer that counts. */
    boolean mayHold() {
        return backedUp && share.counts();
    }

    long sessionDeadlineNanos() {
        return deadlineNanos;
    }

    /** In the last receiver report, 0 to 1; NaN where unknown. */
    double loss() {
        return session.loss();
    }

    /** Bytes on the wire beside an RTP payload. */
    int overheadBytes() {
        return overheadBytes;
    }

    void onFrame(long now, SharedFrame frame) {
        int packets = frame.payloads().count();
        if (alive.get() && thinning.admits(now, frame.keyframe(),
                frame.payloads().totalBytes() + (long) packets * headerBytes)) {
            try {
                session.onFrame(now, frame);
            } catch (RuntimeException | Error e) {
                broke(e);
            }
        }
    }

    /** To be called after anything that may have changed what the session wants to send or to ask for. */
    void serve(long now) {
        if (alive.get()) {
            try {
                session.drain(now, this);
                if (thinning.asks(now, session.takeKeyframeWanted())) {
                    audience.keyframe();
                }
                targetBps = session.mediaBps();
                backedUp = session.isBackedUp();
                deadlineNanos = session.nextDeadlineNanos();
            } catch (RuntimeException | Error e) {
                broke(e);
            }
        }
    }

    void onSessionDeadline(long now) {
        if (alive.get()) {
            try {
                session.onDeadline(now);
            } catch (RuntimeException | Error e) {
                broke(e);
            }
            serve(now);
        }
    }

    void limits(long now, RateLimits limits, long pacerBoundNanos) {
        change(now, () -> {
            session.limits(now, limits);
            session.bound(pacerBoundNanos);
        });
    }

    void congestion(long now, CongestionControllerFactory factory) {
        change(now, () -> session.congestion(now, factory));
    }

    void measure(long now) {
        if (alive.get()) {
            try {
                session.measure(now, overheadBytes);
            } catch (RuntimeException | Error e) {
                broke(e);
            }
        }
    }

    private void change(long now, Runnable step) {
        if (alive.get()) {
            try {
                step.run();
            } catch (RuntimeException | Error e) {
                broke(e);
            }
            serve(now);
        }
    }

    private void broke(Throwable failure) {
        loop.rethrowIfLeftBehind();
        if (alive.get()) {
            LOG.error("{}: its session failed and is ended", label, failure);
            leave();
        }
    }

    // ---- from the transport, on the loop

    @Override
    public void onConnected(long now) {
        secure = true;
        if (attached) {
            start(now);
        }
    }

    private void start(long now) {
        stopWaiting();
        if (alive.get() && session == null) {
            try {
                session = sessions.apply(transport);
                headerBytes = session.headerBytes();
                overheadBytes = transport.overheadBytes() + headerBytes;
                LOG.info("{} is watching", label);
                audience.joined(now, this);
            } catch (RuntimeException | Error e) {
                broke(e);
            }
        }
    }

    @Override
    public void onRtcp(long now, ByteBuffer packet) {
        if (session != null && alive.get()) {
            try {
                session.onRtcp(now, packet);
            } catch (RuntimeException | Error e) {
                broke(e);
            }
            serve(now);
            audience.served(now);
        }
    }

    @Override
    public void onClosed(long now, String reason) {
        if (alive.compareAndSet(true, false)) {
            LOG.info("{} has gone: {}", label, reason);
            // Not now: the session may be in the middle of sending.
            loop.execute(this::end);
        }
    }

    private void end() {
        stopWaiting();
        audience.left(this);
        if (session != null) {
            session.close();
        }
    }

    private void stopWaiting() {
        if (connecting != null) {
            connecting.close();
            connecting = null;
        }
    }

    @Override
    public long nextDeadlineNanos() {
        return connectByNanos;
    }

    @Override
    public void onDeadline(long now) {
        LOG.info("{} was answered but never connected; is UDP blocked between it and this camera?", label);
        leave();
    }

    // ---- packets, on the loop

    @Override
    public boolean rtp(byte[] header, int headerBytes, byte[] payload, int payloadOffset, int payloadBytes) {
        if (!alive.get()) {
            return false;
        }
        long before = System.nanoTime();
        boolean sent = transport.sendRtp(header, headerBytes, payload, payloadOffset, payloadBytes);
        spentNanos += System.nanoTime() - before;
        return sent;
    }

    @Override
    public boolean rtcp(byte[] packet, int bytes) {
        return transport.sendRtcp(packet, bytes);
    }

    @Override
    public long takeSpentNanos() {
        long spent = spentNanos;
        spentNanos = 0;
        return spent;
    }

    // ---- from anywhere

    @Override
    public String id() {
        return id;
    }

    @Override
    public Map<String, String> tags() {
        return tags;
    }

    @Override
    public String answer() {
        return transport.answer();
    }

    @Override
    public String iceTag() {
        return transport.iceTag();
    }

    @Override
    public String patch(String sdpFragment) throws NegotiationException {
        return transport.patch(sdpFragment);
    }

    @Override
    public String elsewhere() {
        return alive.get() ? elsewhere.get() : "";
    }

    @Override
    public boolean alive() {
        return alive.get();
    }

    @Override
    public void leave() {
        if (alive.compareAndSet(true, false)) {
            loop.execute(this::sayGoodbye);
        }
    }

    private void sayGoodbye() {
        LOG.info("{} has left", label);
        try {
            if (session != null) {
                session.sayGoodbye(System.nanoTime(), this);
            }
        } catch (RuntimeException | Error e) {
            loop.rethrowIfLeftBehind();
            LOG.debug("{} leaves without a goodbye", label, e);
        }
        try {
            end();
        } finally {
            transport.close();
        }
    }
}
