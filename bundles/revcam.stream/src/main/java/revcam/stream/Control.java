package revcam.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Replacement.Cause;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;

/** What people may do with a stream's stages: asked on any thread, done on the conductor's. */
final class Control implements Trials.Promotion {

    private static final Logger LOG = LoggerFactory.getLogger(Control.class);
    private static final long ANSWER_SECONDS = 5;
    private static final int UNDO_STEPS = 20;

    private interface Question<T> {
        T ask(long now) throws RefusedException;
    }

    private final Conductor conductor;
    private final ReplacementLog log;
    private final PreferenceStore store;
    /** By role, the preferences before each swap; the conductor's thread. */
    private final Map<String, Deque<String>> undo = new HashMap<>();

    Control(Conductor conductor, ReplacementLog log, PreferenceStore store) {
        this.conductor = conductor;
        this.log = log;
        this.store = store;
    }

    private <T> T ask(Question<T> question) throws RefusedException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        conductor.execute(() -> {
            try {
                answer.complete(question.ask(System.nanoTime()));
            } catch (RefusedException | RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
        return await(answer);
    }

    /** Waits, bounded, for a thread that never waits for a stage. */
    static <T> T await(CompletableFuture<T> answer) throws RefusedException {
        try {
            return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RefusedException refused ? refused
                    : new RefusedException("it failed: " + e.getCause());
        } catch (TimeoutException e) {
            throw new RefusedException("no answer within " + ANSWER_SECONDS + " s: it is being stopped");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException("interrupted");
        }
    }

    private Role<?> role(String name) throws RefusedException {
        List<String> names = new ArrayList<>();
        for (Role<?> role : conductor.choices()) {
            if (role.name.equals(name)) {
                return role;
            }
            names.add(role.name);
        }
        throw new RefusedException("there is no stage '" + name + "'; there are " + String.join(", ", names));
    }

    List<Stage> stages() {
        try {
            return ask(now -> {
                List<Stage> stages = new ArrayList<>();
                for (Role<?> role : conductor.told()) {
                    stages.add(role.describe(now, conductor.nanosPerFrame(role), conductor.trials.underWay(role, now)));
                }
                return stages;
            });
        } catch (RefusedException e) {
            LOG.warn("{}", e.getMessage());
            return List.of();
        }
    }

    List<Replacement> replacements() {
        return log.newestFirst();
    }

    CompletionStage<Replacement> swap(String roleName, String provider, String by) throws RefusedException {
        Role<?> role = role(roleName);
        CompletableFuture<Replacement> done = new CompletableFuture<>();
        String preference = ask(now -> {
            Providers.Candidate<?> chosen = role.find(provider);
            if (role.standings.isQuarantined(chosen)) {
                throw new RefusedException(chosen.label() + " is set aside: " + role.standings.objection(chosen, now)
                        + "; release it first");
            }
            conductor.trials.overrule(role);
            String before = role.preference().names();
            String after = role.preference().namesWithFirst(chosen.label());
            if (!after.equals(before)) {
                remember(role, before);
            }
            role.awaits(chosen.label(), now).thenAccept(done::complete);
            return after;
        });
        choose(role, preference, by + " chose " + provider);
        return done;
    }

    private void remember(Role<?> role, String preference) {
        Deque<String> steps = undo.computeIfAbsent(role.name, unused -> new ArrayDeque<>());
        steps.addFirst(preference);
        if (steps.size() > UNDO_STEPS) {
            steps.removeLast();
        }
    }

    /** Writes the preference down; it takes effect as the edit of a file would. */
    private void choose(Role<?> role, String preference, String why) throws RefusedException {
        conductor.execute(() -> role.announce(why));
        if (!store.set(role.name, preference)) {
            conductor.execute(() -> {
                role.prefer(Preference.parse(preference, role.preference().target()));
            });
        }
    }

    CompletionStage<TrialReport> trial(String roleName, String provider, Duration length, String by)
            throws RefusedException {
        Role<?> role = role(roleName);
        if (role == conductor.transports) {
            throw new RefusedException("a transport serves new viewers only, so a trial would show nothing; swap it instead");
        }
        if (role == conductor.engines) {
            throw new RefusedException("viewers are moved to another engine by joining again, so a trial would compare little; "
                    + "swap it instead");
        }
        return ask(now -> conductor.trials.begin(role, provider, length, by, now));
    }

    @Override
    public void promote(Role<?> role, String label) {
        remember(role, role.preference().names());
        String preference = role.preference().namesWithFirst(label);
        Thread writing = new Thread(() -> {
            try {
                choose(role, preference, label + " has passed its trial");
            } catch (RefusedException e) {
                LOG.error("{}", e.getMessage());
            }
        }, "revcam.promote");
        writing.setDaemon(true);
        writing.start();
    }

    CompletionStage<Replacement> rollback(String roleName, String by) throws RefusedException {
        Role<?> role = role(roleName);
        CompletableFuture<Replacement> done = new CompletableFuture<>();
        String preference = ask(now -> {
            Providers.Candidate<?> serving = role.serving();
            Optional<String> former = conductor.trials.recall(role);
            if (former.isPresent()) {
                role.awaits(former.get(), now).thenAccept(done::complete);
                return null;
            }
            Deque<String> steps = undo.get(role.name);
            if (steps == null || steps.isEmpty()) {
                throw new RefusedException("there is nothing to undo: nobody has swapped the " + role.name
                        + " since the stream began");
            }
            String before = steps.removeFirst();
            Preference back = Preference.parse(before, role.preference().target());
            List<? extends Providers.Candidate<?>> then = role.providers.candidates(back);
            String label = then.isEmpty() ? serving == null ? "" : serving.label() : then.get(0).label();
            role.awaits(label, now).thenAccept(done::complete);
            return before;
        });
        if (preference != null) {
            choose(role, preference, by + " rolled back");
        }
        return done;
    }

    void quarantine(String roleName, String provider, String reason) throws RefusedException {
        Role<?> role = role(roleName);
        ask(now -> {
            Providers.Candidate<?> candidate = role.find(provider);
            String why = reason.isBlank() ? "by hand" : reason;
            role.standings.setAside(candidate, why);
            role.because(Cause.FAILURE, candidate.label() + " was set aside: " + why);
            return null;
        });
    }

    void release(String roleName, String provider) throws RefusedException {
        Role<?> role = role(roleName);
        ask(now -> {
            Providers.Candidate<?> candidate = role.find(provider);
            if (!role.standings.release(candidate)) {
                throw new RefusedException(candidate.label() + " is not set aside");
            }
            role.because(Cause.FAILURE, candidate.label() + " was released");
            return null;
        });
    }

    TrialReport lastTrial(String roleName) throws RefusedException {
        return conductor.trials.last(role(roleName).name);
    }
}
