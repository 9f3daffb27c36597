package revcam.stream;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.EngineViewer;
import revcam.api.engine.MediaEngine;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.StageException;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;

/**
 * Somebody else's engine while it is open, with those who watch through it. It is opened, shown pictures, asked how its
 * viewers are and closed on one thread of its own; offers are answered on threads that are left behind if they have to be.
 */
final class EngineRun extends ForeignWork implements FrameMailbox.Spectator {

    private static final Logger LOG = LoggerFactory.getLogger(EngineRun.class);
    private static final long OPEN_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long HANG_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Below the ten seconds that a page waits, so that it is told why. */
    private static final long ANSWER_MILLIS = 8_000;
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(20);
    /** More frames than an engine should hold at a time. */
    private static final int LEASES = 16;

    final Providers.Candidate<MediaEngineFactory> choice;
    private final EngineRequest request;
    private final Telemetry telemetry;
    private final FrameMailbox mailbox;
    private final CompletableFuture<MediaEngine> opened = new CompletableFuture<>();
    private final AtomicReference<FrameMailbox.Delivery> newest = new AtomicReference<>();
    private final Leases leases = new Leases(LEASES, () -> { }); // its thread
    private final BooleanSupplier hasReason = this::hasReason;
    private final Set<EngineWatcher> watchers = new LinkedHashSet<>(); // guarded by this
    private long idleSinceNanos = System.nanoTime(); // guarded by this
    private long lastLookNanos = System.nanoTime(); // its thread
    private long given; // its thread
    private volatile boolean leaving;
    private volatile String fault;

    EngineRun(Providers.Candidate<MediaEngineFactory> choice, EngineRequest request, FrameMailbox mailbox,
            Telemetry telemetry) {
        super("revcam.engine-" + choice.name() + "-" + request.stream());
        this.choice = choice;
        this.request = request;
        this.mailbox = mailbox;
        this.telemetry = telemetry;
    }

    // ---- its thread

    @Override
    void work() {
        MediaEngine engine = open();
        if (engine == null) {
            return;
        }
        try {
            while (!leaving) {
                awaitWake(hasReason);
                show(engine);
                if (isLookDue() && !leaving) {
                    look();
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.warn("stream {}: engine {} threw", request.stream(), choice.label(), e);
            fault = "it threw " + e;
        } finally {
            close(engine);
        }
    }

    /** @return null when it cannot be */
    private MediaEngine open() {
        try {
            long began = System.nanoTime();
            entered();
            MediaEngine engine = choice.factory().open(request);
            left();
            if (engine == null) {
                throw new StageException(StageException.Reason.FAILED, "it opened nothing");
            }
            LOG.info("stream {}: engine {} opened in {} ms", request.stream(), choice.label(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            opened.complete(engine);
            return engine;
        } catch (StageException e) {
            opened.completeExceptionally(e);
        } catch (RuntimeException | Error e) {
            opened.completeExceptionally(new StageException(StageException.Reason.FAILED, "it threw " + e, e));
        }
        return null;
    }

    private void show(MediaEngine engine) {
        FrameMailbox.Delivery next = newest.getAndSet(null);
        if (next != null) {
            Lease lease = leases.next().lend(next);
            entered();
            try {
                engine.onFrame(lease);
            } catch (RuntimeException | Error e) {
                lease.close();
                throw e;
            }
            left();
            given++;
        }
    }

    private boolean hasReason() {
        return leaving || newest.get() != null || isLookDue();
    }

    private boolean isLookDue() {
        return System.nanoTime() - lastLookNanos >= LOOK_NANOS;
    }

    private void look() {
        long now = System.nanoTime();
        lastLookNanos = now;
        int connected = 0;
        String silence = null;
        int silent = 0;
        for (EngineWatcher watcher : watchers()) {
            watcher.look(now);
            entered();
            String complaint = watcher.measure(now, given, telemetry);
            left();
            connected += watcher.connected() ? 1 : 0;
            if (complaint != null) {
                silent++;
                silence = complaint;
            }
        }
        // One whose path is broken says nothing about the engine.
        if (silent > 0 && silent >= connected) {
            fault = silence;
        }
    }

    private void close(MediaEngine engine) {
        leaving = true;
        entered();
        watchers().forEach(EngineWatcher::free);
        engine.close();
        left();
    }

    @Override
    void ended() {
        discard();
    }

    private void discard() {
        FrameMailbox.Delivery unused = newest.getAndSet(null);
        if (unused != null) {
            unused.release();
        }
    }

    // ---- the capture's thread

    @Override
    public void show(FrameMailbox.Delivery delivery) {
        FrameMailbox.Delivery old = newest.getAndSet(delivery);
        if (old != null) {
            old.release();
        }
        if (leaving) {
            discard();
        }
        wake();
    }

    // ---- from anywhere

    /** Before it joins, so that it is not closed in between. */
    synchronized void admit(EngineWatcher watcher) {
        if (watchers.isEmpty()) {
            mailbox.tap(this);
        }
        watchers.add(watcher);
    }

    /** It has left, or never came; what it held is its own affair. */
    synchronized void forget(EngineWatcher watcher) {
        if (watchers.remove(watcher) && watchers.isEmpty()) {
            mailbox.untap(this);
            idleSinceNanos = System.nanoTime();
        }
    }

    synchronized List<EngineWatcher> watchers() {
        return new ArrayList<>(watchers);
    }

    /** Has it answer an offer, and waits, bounded; past the bound that is its {@link #fault}. */
    void join(EngineOffer offer, EngineWatcher watcher) throws NegotiationException {
        try {
            MediaEngine engine = opened.get(ANSWER_MILLIS, TimeUnit.MILLISECONDS);
            // What comes too late finds its watcher gone, and is let go of at once.
            Bounded.call("engine-" + choice.name() + "-join", ANSWER_MILLIS, () -> {
                EngineViewer viewer = engine.join(offer, watcher);
                watcher.attach(viewer, System.nanoTime() + CONNECT_NANOS);
                return viewer;
            });
        } catch (TimeoutException e) {
            throw new NegotiationException(Reason.UNAVAILABLE, label() + "it is still being opened; try again in a few seconds");
        } catch (ExecutionException e) {
            throw new NegotiationException(Reason.UNAVAILABLE, label() + e.getCause().getMessage());
        } catch (StageException e) {
            if (e.getCause() instanceof NegotiationException refusal) {
                throw refusal;
            }
            if (e.getCause() instanceof TimeoutException) {
                fault = "it did not answer an offer within " + ANSWER_MILLIS / 1_000 + " s";
                throw new NegotiationException(Reason.UNAVAILABLE, label() + fault);
            }
            LOG.warn("stream {}: engine {} failed to answer", request.stream(), choice.label(), e.getCause());
            throw new NegotiationException(Reason.UNAVAILABLE, label() + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NegotiationException(Reason.UNAVAILABLE, "the stream is being stopped");
        }
    }

    private String label() {
        return "engine " + choice.name() + ": ";
    }

    /** What went wrong with its opening, or null. */
    StageException refusal() {
        try {
            opened.getNow(null);
            return null;
        } catch (java.util.concurrent.CompletionException e) {
            return (StageException) e.getCause();
        }
    }

    /** What it did that it must not be trusted after, for a person; or null. */
    String fault(long now) {
        if (fault != null) {
            return fault;
        }
        long inside = insideNanos(now);
        return !opened.isDone() ? inside > OPEN_NANOS ? "it did not open within ten seconds" : null
                : inside > HANG_NANOS ? "it did not return from a call for five seconds" : null;
    }

    synchronized boolean isIdleLongerThan(long nanos, long now) {
        return watchers.isEmpty() && now - idleSinceNanos > nanos;
    }

    boolean isLeaving() {
        return leaving;
    }

    /** Ends it and its viewers' watching; it closes on its own thread. Returns at once. */
    void leave(String why) {
        leaving = true;
        for (EngineWatcher watcher : watchers()) {
            watcher.end(why);
        }
        mailbox.untap(this);
        wake();
    }
}
