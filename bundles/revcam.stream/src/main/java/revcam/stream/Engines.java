package revcam.stream;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.EngineStatistics;
import revcam.api.engine.EngineViewer;
import revcam.api.engine.MediaEngine;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.StageException;
import revcam.api.stream.Viewer;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;
import revcam.stream.session.SessionMeasurements;

/**
 * The engines of others beside our own: opens one when its first viewer comes, shows it the pictures as long as anyone
 * watches through it, and closes it soon after the last has left. Any thread.
 */
final class Engines {

    /** What configuration and viewers call our own engine. */
    static final String OWN = "revcam";

    private static final Logger LOG = LoggerFactory.getLogger(Engines.class);
    private static final long CONNECT_BOUND_NANOS = TimeUnit.SECONDS.toNanos(20);
    /** A page that is loaded again should not wait for the engine once more. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** What could not be opened is not tried for everyone who asks. */
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final double NANOS = 1e9;

    /** An engine that is open, with those who watch through it. */
    private final class Open implements FrameMailbox.Spectator {
        final Providers.Candidate<MediaEngineFactory> choice;
        final MediaEngine engine;
        final Set<EngineWatcher> watchers = new LinkedHashSet<>(); // guarded by Engines.this
        long idleSinceNanos = System.nanoTime(); // guarded by Engines.this

        Open(Providers.Candidate<MediaEngineFactory> choice, MediaEngine engine) {
            this.choice = choice;
            this.engine = engine;
        }

        @Override
        public void show(FrameMailbox.Delivery delivery) {
            Lease lease = new Lease(delivery.frame, delivery::release);
            try {
                engine.onFrame(lease);
            } catch (RuntimeException | Error e) {
                lease.close();
                LOG.warn("engine {} failed to take a picture", choice.name(), e);
            }
        }
    }

    private record Failure(String message, long nanos) {}

    private final Providers<MediaEngineFactory> providers = new Providers<>("engine", MediaEngineFactory.NAME);
    private final FrameMailbox mailbox;
    private final Telemetry telemetry;
    private final Map<MediaEngineFactory, Open> open = new ConcurrentHashMap<>(); // changed while holding opening
    private final Map<MediaEngineFactory, Failure> failures = new ConcurrentHashMap<>();
    private final Object opening = new Object();
    private ScheduledExecutorService housekeeper; // guarded by this
    private int count; // guarded by this
    private boolean closed; // guarded by this

    Engines(FrameMailbox mailbox, Telemetry telemetry) {
        this.mailbox = mailbox;
        this.telemetry = telemetry;
    }

    Providers<MediaEngineFactory> providers() {
        return providers;
    }

    /** Viewers of all of them, connected or not yet. */
    synchronized int count() {
        return count;
    }

    synchronized int connected() {
        int sum = 0;
        for (Open one : open.values()) {
            for (EngineWatcher watcher : one.watchers) {
                sum += watcher.connected() ? 1 : 0;
            }
        }
        return sum;
    }

    /** Why this one cannot serve now, or empty: what was missing may be there the next time that someone asks. */
    private String objection(Providers.Candidate<MediaEngineFactory> candidate) {
        Failure failure = failures.get(candidate.factory());
        return failure == null || System.nanoTime() - failure.nanos > REST_NANOS ? "" : failure.message;
    }

    /** What keeps those that are preferred from serving, or empty. */
    String objections(Preference preference) {
        return providers.candidates(preference).stream().map(this::objection).filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
    }

    /** The name of a service that is there, or null. */
    Providers.Candidate<MediaEngineFactory> named(String name) {
        return providers.all().stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
    }

    /** Who of those that are preferred can serve, best first; our own is not among them. */
    List<Providers.Candidate<MediaEngineFactory>> able(Preference preference) {
        return providers.candidates(preference).stream().filter(one -> objection(one).isEmpty()).toList();
    }

    /** A factory is no longer there: its viewers leave, and it is closed when this returns. */
    void went(MediaEngineFactory factory) {
        failures.remove(factory);
        synchronized (opening) {
            Open one = open.remove(factory);
            if (one != null) {
                shut(one, "its engine goes");
            }
        }
    }

    /** It was configured anew, or another came: what failed may work now. */
    void changed() {
        failures.clear();
    }

    Viewer join(Providers.Candidate<MediaEngineFactory> choice, StreamSettings settings, String id, String label,
            String number, String sdp, String codec) throws NegotiationException {
        EngineWatcher watcher = new EngineWatcher(id, label, Map.of("stream", settings.name(), "viewer", number), this);
        // Opening takes its time, and closing must not come between opening and joining.
        synchronized (opening) {
            synchronized (this) {
                if (closed) {
                    throw new NegotiationException(Reason.UNAVAILABLE, "the stream has been stopped");
                }
            }
            Open one = opened(choice, settings);
            admit(one, watcher);
            try {
                EngineViewer viewer = one.engine.join(new EngineOffer(sdp, codec), watcher);
                watcher.attach(viewer, System.nanoTime() + CONNECT_BOUND_NANOS);
            } catch (NegotiationException | RuntimeException | Error e) {
                forget(watcher);
                throw e;
            }
            return watcher;
        }
    }

    private Open opened(Providers.Candidate<MediaEngineFactory> choice, StreamSettings settings) throws NegotiationException {
        Open one = open.get(choice.factory());
        if (one != null && one.choice.sameAs(choice)) {
            return one;
        }
        String objection = objection(choice);
        if (!objection.isEmpty()) {
            throw new NegotiationException(Reason.UNAVAILABLE, objection);
        }
        if (one != null) {
            // Those who watch through it as it was configured before go on.
            open.remove(choice.factory());
            shut(one, "its engine was configured anew");
        }
        try {
            long began = System.nanoTime();
            MediaEngine engine = choice.factory().open(new EngineRequest(settings.name(), settings.rate(),
                    settings.minBitrateBps(), settings.startBitrateBps(), settings.bitrateBps()));
            LOG.info("stream {}: engine {} opened in {} ms", settings.name(), choice.label(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            failures.remove(choice.factory());
            one = new Open(choice, engine);
            open.put(choice.factory(), one);
            return one;
        } catch (StageException | RuntimeException | Error e) {
            String message = "engine " + choice.name() + ": " + (e instanceof StageException ? e.getMessage() : "it threw " + e);
            failures.put(choice.factory(), new Failure(message, System.nanoTime()));
            LOG.warn("stream {}: {}", settings.name(), message, e.getCause());
            throw new NegotiationException(Reason.UNAVAILABLE, message);
        }
    }

    private synchronized void admit(Open one, EngineWatcher watcher) {
        if (one.watchers.isEmpty()) {
            mailbox.tap(one);
        }
        one.watchers.add(watcher);
        count++;
        if (housekeeper == null) {
            housekeeper = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "revcam.engines");
                thread.setDaemon(true);
                return thread;
            });
            housekeeper.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
        }
    }

    /** It has left, or never came; what it held is its own affair. */
    synchronized void forget(EngineWatcher watcher) {
        for (Open one : open.values()) {
            forget(one, watcher);
        }
    }

    private void forget(Open one, EngineWatcher watcher) {
        if (one.watchers.remove(watcher)) {
            count--;
            if (one.watchers.isEmpty()) {
                mailbox.untap(one);
                one.idleSinceNanos = System.nanoTime();
            }
        }
    }

    /** Frees what is native: not on a thread of the engine, which may have called. */
    synchronized void release(EngineWatcher watcher) {
        if (housekeeper != null && !closed) {
            housekeeper.execute(watcher::free);
        } else {
            new Thread(watcher::free, "revcam.engines-end").start();
        }
    }

    /** Once a second, on the housekeeper. */
    private void look() {
        try {
            long now = System.nanoTime();
            for (EngineWatcher watcher : watchers()) {
                watcher.look(now);
                sample(watcher, now);
            }
            synchronized (opening) {
                for (Open one : List.copyOf(open.values())) {
                    boolean idle;
                    synchronized (this) {
                        idle = one.watchers.isEmpty() && now - one.idleSinceNanos > IDLE_NANOS;
                    }
                    if (idle) {
                        open.remove(one.choice.factory());
                        shut(one, "");
                        LOG.info("engine {} closed, since nobody watches through it", one.choice.label());
                    }
                }
            }
            rest();
        } catch (RuntimeException | Error e) {
            LOG.warn("the engines' round failed", e);
        }
    }

    private synchronized void rest() {
        if (open.isEmpty() && housekeeper != null) {
            housekeeper.shutdown();
            housekeeper = null;
        }
    }

    private synchronized List<EngineWatcher> watchers() {
        List<EngineWatcher> all = new ArrayList<>();
        open.values().forEach(one -> all.addAll(one.watchers));
        return all;
    }

    private void sample(EngineWatcher watcher, long now) {
        EngineStatistics is = watcher.statistics();
        if (is != null) {
            telemetry.publish(new Sample(SessionMeasurements.VIEWER, System.currentTimeMillis(), now, watcher.tags(), new double[] {
                is.packets(), is.bytes(), is.retransmittedPackets(), Double.NaN, Double.NaN, is.nacks(), Double.NaN, is.plis(),
                is.firs(), is.frames(), Double.NaN, Double.NaN, Double.NaN, is.targetBps(), NANOS * is.rttSeconds(), is.loss(),
                NANOS * is.jitterSeconds(), Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN}));
        }
    }

    private void shut(Open one, String why) {
        List<EngineWatcher> all;
        synchronized (this) {
            all = List.copyOf(one.watchers);
            all.forEach(watcher -> forget(one, watcher));
            mailbox.untap(one);
        }
        all.forEach(watcher -> watcher.end(why));
        try {
            one.engine.close();
        } catch (RuntimeException | Error e) {
            LOG.warn("engine {} failed to close", one.choice.name(), e);
        }
    }

    void close() {
        synchronized (this) {
            closed = true;
        }
        synchronized (opening) {
            for (Open one : List.copyOf(open.values())) {
                open.remove(one.choice.factory());
                shut(one, "the stream ends");
            }
        }
        rest();
    }
}
