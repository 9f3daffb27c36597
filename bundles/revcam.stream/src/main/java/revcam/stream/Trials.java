package revcam.stream;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement.Cause;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;
import revcam.api.pipeline.TrialReport.Figure;

/**
 * Stages that serve on trial: how the stream does with them is held against the minute before, and the one before comes
 * back when it is worse. The conductor's thread, but for {@link #last}.
 */
final class Trials {

    static final Duration SHORTEST = Duration.ofSeconds(5);
    static final Duration LONGEST = Duration.ofMinutes(10);

    private static final long BASELINE_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** A trial that has not begun by then never will. */
    private static final long START_BOUND_NANOS = TimeUnit.SECONDS.toNanos(15);

    /** What is done with a stage that has passed. */
    interface Promotion {

        /** Makes it the first choice, for good. */
        void promote(Role<?> role, String label);
    }

    private static final class Trial<F> {
        final Role<F> role;
        final Providers.Candidate<F> provider;
        final String from;
        final long lengthNanos;
        final long askedNanos;
        final Vitals.Means before;
        final CompletableFuture<TrialReport> report = new CompletableFuture<>();
        long beganNanos;
        boolean begun;
        boolean recalled;

        Trial(Role<F> role, Providers.Candidate<F> provider, String from, long lengthNanos, long now, Vitals.Means before) {
            this.role = role;
            this.provider = provider;
            this.from = from;
            this.lengthNanos = lengthNanos;
            this.before = before;
            askedNanos = now;
        }
    }

    private final Vitals vitals;
    private final Map<Role<?>, Trial<?>> underWay = new HashMap<>();
    private final Map<String, TrialReport> reports = new HashMap<>(); // guarded by itself

    Trials(Vitals vitals) {
        this.vitals = vitals;
    }

    <F> CompletableFuture<TrialReport> begin(Role<F> role, String label, Duration length, String by, long now)
            throws RefusedException {
        Providers.Candidate<F> provider = role.find(label);
        if (underWay.containsKey(role)) {
            throw new RefusedException("a trial of " + underWay.get(role).provider.label() + " as " + role.name
                    + " is under way; roll it back first, or wait for its end");
        }
        if (provider.sameAs(role.serving())) {
            throw new RefusedException(provider.label() + " serves already");
        }
        if (role.standings.isQuarantined(provider)) {
            throw new RefusedException(provider.label() + " is set aside: " + role.standings.objection(provider, now)
                    + "; release it first");
        }
        if (length.compareTo(SHORTEST) < 0 || length.compareTo(LONGEST) > 0) {
            throw new RefusedException("a trial takes from " + SHORTEST.toSeconds() + " s to " + LONGEST.toMinutes()
                    + " min, not " + length.toSeconds() + " s");
        }
        Trial<F> trial = new Trial<>(role, provider, role.serving() == null ? "" : role.serving().label(),
                length.toNanos(), now, vitals.between(now - BASELINE_NANOS, now));
        underWay.put(role, trial);
        role.because(Cause.TRIAL, by + " tries it for " + length.toSeconds() + " s");
        role.trial(provider);
        return trial.report;
    }

    /** Ends a trial in favour of whom it replaced, who is named; empty when there is none to end. */
    Optional<String> recall(Role<?> role) {
        Trial<?> trial = underWay.get(role);
        if (trial == null) {
            return Optional.empty();
        }
        trial.recalled = true;
        return Optional.of(trial.from);
    }

    /** A choice for good ends the trial of that stage, and what is chosen stays. */
    void overrule(Role<?> role) {
        Trial<?> trial = underWay.remove(role);
        if (trial != null) {
            role.trial(null);
            end(trial, new TrialReport(System.currentTimeMillis(), role.name, trial.provider.label(), trial.from, false,
                    "ended early: somebody chose for good", List.of()));
        }
    }

    /** @return whether any is under way */
    boolean conduct(long now, Conductor conductor) {
        for (Trial<?> trial : List.copyOf(underWay.values())) {
            conduct(trial, now, conductor);
        }
        return !underWay.isEmpty();
    }

    private <F> void conduct(Trial<F> trial, long now, Conductor conductor) {
        Role<F> role = trial.role;
        String objection = role.standings.objection(trial.provider, now);
        boolean serves = trial.provider.sameAs(role.serving()) && !role.isChanging();
        if (serves && !trial.begun) {
            trial.begun = true;
            trial.beganNanos = now;
        }
        if (trial.recalled) {
            rollBack(trial, "rolled back by hand", List.of());
        } else if (!objection.isEmpty()) {
            rollBack(trial, "it failed: " + objection, List.of());
        } else if (role.candidates().stream().noneMatch(trial.provider::sameAs)) {
            rollBack(trial, "it has gone", List.of());
        } else if (!trial.begun && now - trial.askedNanos > START_BOUND_NANOS) {
            rollBack(trial, "it did not come to work within " + TimeUnit.NANOSECONDS.toSeconds(START_BOUND_NANOS) + " s",
                    List.of());
        } else if (trial.begun && now - trial.beganNanos >= trial.lengthNanos) {
            judge(trial, now, conductor);
        }
    }

    private <F> void judge(Trial<F> trial, long now, Conductor conductor) {
        StreamSettings settings = conductor.settings();
        List<Figure> figures = compare(trial.before,
                vitals.between(trial.beganNanos, now), settings.trial(), settings.rate().intervalNanos() / 1e6);
        List<String> worse = figures.stream().filter(figure -> !figure.within())
                .map(figure -> String.format(Locale.ROOT, "%s %.1f %s, %.1f before, limit %.1f", figure.name(),
                        figure.during(), figure.unit(), figure.before(), figure.limit()))
                .toList();
        if (!worse.isEmpty()) {
            rollBack(trial, "worse than before: " + String.join("; ", worse), figures);
            return;
        }
        underWay.remove(trial.role);
        trial.role.trial(null);
        conductor.promote(trial.role, trial.provider.label());
        end(trial, new TrialReport(System.currentTimeMillis(), trial.role.name, trial.provider.label(), trial.from, true,
                trial.before.isKnown() ? "not worse than before: it stays"
                        : "nothing to compare with, and it did not fail: it stays", figures));
    }

    private void rollBack(Trial<?> trial, String verdict, List<Figure> figures) {
        underWay.remove(trial.role);
        trial.role.trial(null);
        trial.role.because(Cause.ROLLBACK, "trial of " + trial.provider.label() + ": " + verdict);
        end(trial, new TrialReport(System.currentTimeMillis(), trial.role.name, trial.provider.label(), trial.from, false,
                verdict, figures));
    }

    private void end(Trial<?> trial, TrialReport report) {
        synchronized (reports) {
            reports.put(report.role(), report);
        }
        trial.report.complete(report);
    }

    /** Any thread. */
    TrialReport last(String role) {
        synchronized (reports) {
            return reports.get(role);
        }
    }

    Stage.Trial underWay(Role<?> role, long now) {
        Trial<?> trial = underWay.get(role);
        return trial == null ? null : new Stage.Trial(trial.provider.label(), trial.from,
                trial.begun ? Math.max(0, trial.lengthNanos - (now - trial.beganNanos)) : trial.lengthNanos);
    }

    /** What is unknown on either side is not held against anybody. */
    static List<Figure> compare(Vitals.Means before, Vitals.Means during, TrialLimits limits, double intervalMillis) {
        List<Figure> figures = new ArrayList<>();
        figures.add(atLeast("frame rate", "fps", before.fps(), during.fps(), before.fps() * limits.fpsPercent() / 100));
        // What fits into a quarter of the interval four times over is no burden, however much more than before it is.
        figures.add(atMost("encode", "ms", before.encodeMillis(), during.encodeMillis(),
                Math.max(before.encodeMillis() * limits.encodePercent() / 100, intervalMillis / 4)));
        figures.add(atMost("latency", "ms", before.latencyMillis(), during.latencyMillis(),
                before.latencyMillis() + limits.latencyMillis()));
        figures.add(atMost("drops", "per s", before.dropsPerSecond(), during.dropsPerSecond(),
                before.dropsPerSecond() + limits.dropsPerSecond()));
        figures.add(atMost("loss", "%", before.lossPercent(), during.lossPercent(),
                before.lossPercent() + limits.lossPercent()));
        return figures;
    }

    private static Figure atLeast(String name, String unit, double before, double during, double limit) {
        return new Figure(name, unit, before, during, limit, !(during < limit));
    }

    private static Figure atMost(String name, String unit, double before, double during, double limit) {
        return new Figure(name, unit, before, during, limit, !(during > limit));
    }
}
