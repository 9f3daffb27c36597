package revcam.stream;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineStatistics;
import revcam.api.engine.EngineViewer;
import revcam.api.stream.Viewer;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.NegotiationException;
import revcam.stream.session.SessionMeasurements;

/** One viewer of somebody else's engine, from before its offer is answered. Any thread. */
final class EngineWatcher implements Viewer, EngineEvents {

    private static final Logger LOG = LoggerFactory.getLogger(EngineWatcher.class);
    private static final double NANOS = 1e9;
    /** Whoever was sent away is told so for this long. */
    private static final long TOLD_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** Pictures that must have been given before silence means anything. */
    private static final int GIVEN = 10;
    private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Longer than an engine needs to find a viewer lost, whom it need not send anything. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final String id;
    private final String label;
    private final Map<String, String> tags;
    private final Supplier<String> elsewhere;
    private final AtomicBoolean alive = new AtomicBoolean(true);
    private final AtomicBoolean freed = new AtomicBoolean();
    private volatile EngineRun run;
    private volatile EngineViewer viewer;
    private volatile long connectByNanos;
    private volatile boolean connected;
    private volatile String sentAway = "";
    private volatile long sentAwayNanos;

    private double frames = -1; // the run's thread, as the next two
    private long framesNanos;
    private long framesGiven;

    /**
     * @param label what logs call it; no secret, unlike the id
     * @param tags what its measurements belong to
     * @param elsewhere see {@link Viewer#elsewhere()}, while it is alive
     */
    EngineWatcher(String id, String label, Map<String, String> tags, Supplier<String> elsewhere) {
        this.id = id;
        this.label = label;
        this.tags = tags;
        this.elsewhere = elsewhere;
    }

    /** Called once, before anything else. */
    void through(EngineRun engine) {
        run = engine;
    }

    void attach(EngineViewer opened, long connectBy) {
        connectByNanos = connectBy;
        viewer = opened;
        if (!alive.get()) {
            free();
        }
    }

    /** Its offer was refused, or not answered in time. */
    void withdraw() {
        alive.set(false);
        run.forget(this);
    }

    boolean connected() {
        return connected && alive.get();
    }

    // ---- the run's thread, once a second

    void look(long now) {
        if (!connected && viewer != null && now - connectByNanos > 0 && alive.get()) {
            LOG.info("{} was answered but never connected; is UDP blocked between it and this camera?", label);
            leave();
        }
    }

    /**
     * Publishes how it is.
     *
     * @param given pictures that its engine was given since it was opened
     * @return what its engine has to answer for, or null
     */
    String measure(long now, long given, Telemetry telemetry) {
        EngineViewer at = viewer;
        EngineStatistics is = at == null || !connected() ? null : at.statistics();
        if (is == null) {
            return null;
        }
        telemetry.publish(new Sample(SessionMeasurements.VIEWER, System.currentTimeMillis(), now, tags, new double[] {
            is.packets(), is.bytes(), is.retransmittedPackets(), Double.NaN, Double.NaN, is.nacks(), Double.NaN, is.plis(),
            is.firs(), is.frames(), Double.NaN, Double.NaN, Double.NaN, is.targetBps(), NANOS * is.rttSeconds(), is.loss(),
            NANOS * is.jitterSeconds(), Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN}));
        if (Double.isNaN(is.frames()) || is.frames() > frames) {
            frames = Double.isNaN(is.frames()) ? frames : is.frames();
            framesNanos = now;
            framesGiven = given;
            return null;
        }
        long bound = frames > 0 ? SILENCE_NANOS : FIRST_NANOS;
        return now - framesNanos > bound && given - framesGiven >= GIVEN
                ? "it sent nothing of " + (given - framesGiven) + " pictures in " + TimeUnit.NANOSECONDS.toSeconds(bound) + " s"
                : null;
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

    // ---- the end

    /** Its engine closes, and frees what was its; it had better join again. */
    void end(String why) {
        sentAwayNanos = System.nanoTime();
        sentAway = why;
        if (alive.compareAndSet(true, false)) {
            LOG.info("{} has to go: {}", label, why);
        }
    }

    private void go(String how) {
        if (alive.compareAndSet(true, false)) {
            LOG.info("{} {}", label, how);
            run.forget(this);
            // Not on a thread of the engine, which may have called, nor on one that has others to serve.
            Thread letting = new Thread(this::free, "revcam.engine-leave");
            letting.setDaemon(true);
            letting.start();
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

    @Override
    public void leave() {
        go("has left");
    }

    @Override
    public String elsewhere() {
        return alive.get() ? elsewhere.get() : System.nanoTime() - sentAwayNanos < TOLD_NANOS ? sentAway : "";
    }

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
}
