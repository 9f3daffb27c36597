package revcam.stream;

import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineStatistics;
import revcam.api.engine.EngineViewer;
import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiationException;

/** One viewer of somebody else's engine, from its answered offer on. Any thread. */
final class EngineWatcher implements Viewer, EngineEvents {

    private static final Logger LOG = LoggerFactory.getLogger(EngineWatcher.class);

    private final String id;
    private final String label;
    private final Map<String, String> tags;
    private final Engines engines;
    private final AtomicBoolean alive = new AtomicBoolean(true);
    private final AtomicBoolean freed = new AtomicBoolean();
    private volatile EngineViewer viewer;
    private volatile long connectByNanos;
    private volatile boolean connected;

    /**
     * @param label what logs call it; no secret, unlike the id
     * @param tags what its measurements belong to
     */
    EngineWatcher(String id, String label, Map<String, String> tags, Engines engines) {
        this.id = id;
        this.label = label;
        this.tags = tags;
        this.engines = engines;
    }

    void attach(EngineViewer opened, long connectBy) {
        connectByNanos = connectBy;
        viewer = opened;
        if (!alive.get()) {
            engines.release(this);
        }
    }

    public Map<String, String> tags() {
        return tags;
    }

    boolean connected() {
        return connected && alive.get();
    }

    EngineStatistics statistics() {
        EngineViewer now = viewer;
        return now == null || !connected() ? null : now.statistics();
    }

    /** Once a second. */
    void look(long now) {
        if (!connected && viewer != null && now - connectByNanos > 0 && alive.get()) {
            LOG.info("{} was answered but never connected; is UDP blocked between it and this camera?", label);
            leave();
        }
    }

    /** Its engine closes, and frees what was its. */
    void end(String why) {
        if (alive.compareAndSet(true, false)) {
            LOG.info("{} has to go: {}", label, why);
        }
        free();
    }

    /** Blocks. */
    void free() {
        EngineViewer now = viewer;
        if (now != null && freed.compareAndSet(false, true)) {
            try {
                now.close();
            } catch (RuntimeException | Error e) {
                LOG.warn("{}: its engine failed to let go of it", label, e);
            }
        }
    }

    @Override
    public void onConnected() {
        connected = true;
        LOG.info("{} is watching", label);
    }

    @Override
    public void onClosed(String reason) {
        go("has gone: " + reason);
    }

    private void go(String how) {
        if (alive.compareAndSet(true, false)) {
            LOG.info("{} {}", label, how);
            engines.forget(this);
            engines.release(this);
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String answer() {
        return viewer.answer();
    }

    @Override
    public String iceTag() {
        return viewer.iceTag();
    }

    @Override
    public String patch(String sdpFragment) throws NegotiationException {
        return viewer.patch(sdpFragment);
    }

    @Override
    public boolean alive() {
        return alive.get();
    }

    @Override
    public void leave() {
        go("has left");
    }
}
