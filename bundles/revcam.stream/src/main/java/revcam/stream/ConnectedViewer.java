package revcam.stream;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.stream.Viewer;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;

/**
 * One viewer, from its answered offer on: joins its transport to its session. Events and packets are the media loop's;
 * what {@link Viewer} offers may be called from anywhere.
 */
final class ConnectedViewer implements Viewer, TransportEvents, PacketSink, MediaLoop.DeadlineTask {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectedViewer.class);

    private final String id;
    private final String label;
    private final MediaLoop loop;
    private final Audience audience;
    private final Function<Transport, ViewerSession> sessions;
    private final AtomicBoolean alive = new AtomicBoolean(true);
    private volatile Transport transport;

    private ViewerSession session; // loop
    private boolean secure; // loop
    private long connectByNanos; // loop
    private long spentNanos; // loop
    private MediaLoop.Registration connecting; // loop

    /**
     * @param label what logs and telemetry call it; no secret, unlike the id
     * @param sessions makes the session once the path is secure
     */
    ConnectedViewer(String id, String label, MediaLoop loop, Audience audience,
            Function<Transport, ViewerSession> sessions) {
        this.id = id;
        this.label = label;
        this.loop = loop;
        this.audience = audience;
        this.sessions = sessions;
    }

    /** The transport is there; it may have connected already. */
    void attach(Transport opened) {
        transport = opened;
        loop.execute(() -> {
            long now = System.nanoTime();
            connectByNanos = audience.connectDeadlineNanos(now);
            if (secure) {
                start(now);
            } else if (alive.get()) {
                connecting = loop.onDeadline(this);
            }
        });
    }

    ViewerSession session() {
        return session;
    }

    int overheadBytes() {
        return transport.overheadBytes() + session.headerBytes();
    }

    // ---- from the transport, on the loop

    @Override
    public void onConnected(long now) {
        secure = true;
        if (transport != null) {
            start(now);
        }
    }

    private void start(long now) {
        stopWaiting();
        if (alive.get() && session == null) {
            session = sessions.apply(transport);
            LOG.info("{} is watching", label);
            audience.joined(now, this);
        }
    }

    @Override
    public void onRtcp(long now, ByteBuffer packet) {
        if (session != null && alive.get()) {
            session.onRtcp(now, packet, this);
            audience.served(now, this);
        }
    }

    @Override
    public void onClosed(long now, String reason) {
        if (alive.compareAndSet(true, false)) {
            LOG.info("{} has gone: {}", label, reason);
            end(now);
        }
    }

    private void end(long now) {
        stopWaiting();
        audience.left(now, this);
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
    public boolean alive() {
        return alive.get();
    }

    @Override
    public void leave() {
        if (alive.compareAndSet(true, false)) {
            loop.execute(() -> {
                LOG.info("{} has left", label);
                if (session != null) {
                    session.sayGoodbye(System.nanoTime(), this);
                }
                end(System.nanoTime());
                transport.close();
            });
        }
    }
}
