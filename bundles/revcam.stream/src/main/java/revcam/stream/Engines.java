package revcam.stream;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.StageException;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.Viewer;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;

/**
 * The engines of others beside our own: opens one when its first viewer comes, shows it the pictures as long as anyone
 * watches through it, and closes it soon after the last has left. Any thread.
 */
final class Engines {

    private static final Logger LOG = LoggerFactory.getLogger(Engines.class);
    /** A page that is loaded again should not wait for the engine once more. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LEAVE_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long STEP_MILLIS = 5;
    private static final long TELL_MILLIS = 1_000;

    private final EngineProviders providers;
    private final Conductor conductor;
    private final Telemetry telemetry;
    private final Set<EngineRun> runs = new LinkedHashSet<>(); // guarded by this
    private boolean closed; // guarded by this

    Engines(EngineProviders providers, Conductor conductor, Telemetry telemetry) {
        this.providers = providers;
        this.conductor = conductor;
        this.telemetry = telemetry;
    }

    private synchronized List<EngineRun> runs() {
        return new ArrayList<>(runs);
    }

    /** Viewers of all of them, connected or not yet. */
    int count() {
        return runs().stream().mapToInt(run -> run.watchers().size()).sum();
    }

    int connected() {
        return (int) runs().stream().flatMap(run -> run.watchers().stream()).filter(EngineWatcher::connected).count();
    }

    /** The name of a service that is there, or null. */
    Providers.Candidate<MediaEngineFactory> named(String name) {
        return providers.others().stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
    }

    /** What keeps those that are preferred from serving, or empty; our own is not among them. */
    String objections(Preference preference) {
        EngineSelection.Choice now = conductor.selection().choice();
        return String.join("; ", providers.candidates(preference).stream()
                .filter(one -> !EngineProviders.isOwn(one) && !now.objection(one).isEmpty())
                .map(one -> "engine " + one.name() + ": " + now.objection(one)).toList());
    }

    /**
     * Lets a viewer in, and waits, bounded, for the engine to answer.
     *
     * @param elsewhere why a viewer of this engine had better join again, or empty
     */
    Viewer join(Providers.Candidate<MediaEngineFactory> choice, StreamSettings settings, String id, String label,
            String number, JoinRequest request, Function<Providers.Candidate<MediaEngineFactory>, String> elsewhere)
            throws NegotiationException {
        String objection = conductor.selection().choice().objection(choice);
        if (!objection.isEmpty()) {
            throw new NegotiationException(Reason.UNAVAILABLE, "engine " + choice.name() + ": " + objection);
        }
        EngineWatcher watcher = new EngineWatcher(id, label, Map.of("stream", settings.name(), "viewer", number),
                () -> elsewhere.apply(choice));
        EngineRun run = admitted(choice, settings, watcher);
        try {
            run.join(new EngineOffer(request.offer(), request.codec()), watcher);
            return watcher;
        } catch (NegotiationException | RuntimeException | Error e) {
            watcher.withdraw();
            refused();
            throw e;
        }
    }

    private synchronized EngineRun admitted(Providers.Candidate<MediaEngineFactory> choice, StreamSettings settings,
            EngineWatcher watcher) throws NegotiationException {
        if (closed) {
            throw new NegotiationException(Reason.UNAVAILABLE, "the stream has been stopped");
        }
        // Those who watch through it as it was configured before go on.
        EngineRun run = runs.stream().filter(one -> one.choice.sameAs(choice) && !one.isLeaving() && !one.isOver())
                .findFirst().orElse(null);
        if (run == null) {
            run = new EngineRun(choice, new EngineRequest(settings.name(), settings.rate(), settings.minBitrateBps(),
                    settings.startBitrateBps(), settings.bitrateBps()), conductor.mailbox(), telemetry);
            runs.add(run);
            run.start();
        }
        watcher.through(run);
        run.admit(watcher);
        return run;
    }

    /** It may be the engine's fault: then whoever asks next is not sent to it again. */
    private void refused() {
        CompletableFuture<Void> told = new CompletableFuture<>();
        conductor.execute(() -> {
            watch(System.nanoTime());
            told.complete(null);
        });
        try {
            told.get(TELL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("the stream ends before it learns of this", e);
        }
    }

    private synchronized boolean remove(EngineRun run) {
        return runs.remove(run);
    }

    /** A few times a second, on the conductor's thread: which engines are of no more use? */
    void watch(long now) {
        for (EngineRun run : runs()) {
            String fault = run.fault(now);
            StageException refusal = run.refusal();
            if (refusal != null && remove(run)) {
                conductor.selection().couldNotOpen(run.choice, refusal, now);
                run.leave("engine " + run.choice.name() + ": " + refusal.getMessage());
            } else if (fault != null && remove(run)) {
                conductor.selection().misbehaved(run.choice, fault, now);
                run.leave("its engine was set aside: " + fault);
            } else if (isIdle(run, now)) {
                run.leave("");
                LOG.info("engine {} closes, since nobody watches through it", run.choice.label());
            }
        }
    }

    private synchronized boolean isIdle(EngineRun run, long now) {
        return run.isIdleLongerThan(IDLE_NANOS, now) && runs.remove(run);
    }

    /** A factory is no longer there: its viewers are told to join again, and it is closed when this returns, if it can be. */
    void went(MediaEngineFactory factory) {
        end(runs().stream().filter(run -> run.choice.factory() == factory).toList(), "its engine goes");
    }

    private void end(List<EngineRun> those, String why) {
        for (EngineRun run : those) {
            remove(run);
            run.leave(why);
        }
        long end = System.nanoTime() + LEAVE_NANOS;
        for (EngineRun run : those) {
            try {
                while (!run.isOver() && !run.isOwnThread() && System.nanoTime() - end < 0) {
                    Thread.sleep(STEP_MILLIS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            if (!run.isOver()) {
                LOG.warn("engine {} does not close and is left behind", run.choice.label());
            }
        }
    }

    void close() {
        synchronized (this) {
            closed = true;
        }
        end(runs(), "the stream ends");
    }
}
