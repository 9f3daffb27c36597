package revcam.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Replacement.Cause;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.Stage.Provider;
import revcam.api.pipeline.Stage.Standing;

/**
 * One stage of a pipeline from the point of view of who serves as it: who could, who should, why, and what the change that
 * is under way will be told as. It decides and keeps books; putting a provider to work is its owner's part. One thread.
 *
 * @param <F> the seam's factory
 */
final class Role<F> {

    /** A change under way: from the decision until the new one has shown a result, or has failed. */
    private record Change(long wallMillis, long beganNanos, String from, String to, Cause cause, String detail) {}

    /** Someone waits for a provider to serve. */
    private record Waiter(String label, long sinceNanos, CompletableFuture<Replacement> answer) {}

    /** A choice that has not led to anything by then is not going to. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(15);

    final String name;
    final Providers<F> providers;
    final Standings standings;
    /** Without anybody all is well, so nobody who has misbehaved is tried again by itself. */
    private final boolean optional;
    private final ReplacementLog log;
    private final List<Waiter> waiters = new ArrayList<>();
    private Preference preference;
    private Providers.Candidate<F> trial;
    private Providers.Candidate<F> serving;
    private Providers.Candidate<F> starting;
    private long servingSinceNanos;
    private Change change;
    private Cause cause = Cause.CONFIGURATION;
    private String detail = "";
    private String announced = "";
    private String problem = "";
    /** The problem is that there is no provider. */
    private boolean missing;

    Role(String name, Providers<F> providers, Preference preference, ReplacementLog log) {
        this(name, providers, preference, false, log);
    }

    /** @param optional whether all is well without anybody */
    Role(String name, Providers<F> providers, Preference preference, boolean optional, ReplacementLog log) {
        this.name = name;
        this.optional = optional;
        this.providers = providers;
        standings = new Standings(providers::has);
        this.preference = preference;
        this.log = log;
    }

    // ---- deciding

    /** The configuration says so, or says it again. */
    void prefer(Preference now) {
        if (!now.equals(preference)) {
            because(Cause.CONFIGURATION, announced);
            announced = "";
            preference = now;
        }
        standings.forgetRests();
    }

    /** Who is about to change the configuration, and why. */
    void announce(String why) {
        announced = why;
    }

    Preference preference() {
        return preference;
    }

    /**
     * What the next change will be told as the consequence of.
     *
     * @param why for a person; empty with BUNDLE when the provider that will serve has come
     */
    void because(Cause what, String why) {
        cause = what;
        detail = why;
    }

    /** Providers came, went or were configured anew. */
    void providersChanged() {
        standings.retain(providers.all());
        standings.forgetRests();
        if (trial != null && candidates().stream().noneMatch(candidate -> candidate.sameAs(trial))) {
            trial = null;
        }
    }

    /** Puts one first for the time of a trial; null for none. */
    void trial(Providers.Candidate<F> candidate) {
        trial = candidate;
    }

    /** All that may serve, best first. */
    List<Providers.Candidate<F>> candidates() {
        List<Providers.Candidate<F>> configured = providers.candidates(preference);
        if (trial == null) {
            return configured;
        }
        List<Providers.Candidate<F>> order = new ArrayList<>();
        for (Providers.Candidate<F> candidate : providers.all()) {
            if (candidate.factory() == trial.factory() && candidate.revision() == trial.revision()) {
                order.add(trial);
            }
        }
        configured.stream().filter(candidate -> !candidate.sameAs(trial)).forEach(order::add);
        return order;
    }

    /** Who should serve now, or null. */
    Providers.Candidate<F> best(long now) {
        if (serving != null) {
            standings.serves(serving, now - servingSinceNanos);
        }
        List<Providers.Candidate<F>> candidates = candidates();
        Providers.Candidate<F> best = best(candidates, now);
        if (candidates.isEmpty()) {
            problem = optional ? "" : providers.missing(preference);
            missing = true;
        } else if (missing) {
            problem = "";
            missing = false;
        }
        if (!candidates.isEmpty() && best == null && (!optional || !waiters.isEmpty())) {
            problem = candidates.stream()
                    .map(candidate -> providers.role() + " " + candidate.label() + ": " + standings.objection(candidate, now))
                    .collect(Collectors.joining("; "));
        }
        return best;
    }

    private Providers.Candidate<F> best(List<Providers.Candidate<F>> candidates, long now) {
        return optional ? standings.firstFit(candidates, now) : standings.best(candidates, now);
    }

    // ---- what its owner reports

    /** A provider is being put to work. */
    void starts(Providers.Candidate<F> candidate, long now) {
        starting = candidate;
        standings.starts(candidate);
        String told = cause == Cause.BUNDLE && detail.isEmpty()
                ? (candidate.bundle().isEmpty() ? candidate.label() : candidate.bundle()) + " came" : detail;
        change = new Change(System.currentTimeMillis(), now, serving == null ? "" : serving.label(), candidate.label(),
                cause, told);
        // Whatever comes after this by itself is the consequence of a failure.
        because(Cause.FAILURE, "");
    }

    /** It is at work; what it gives counts from now on. */
    void serves(Providers.Candidate<F> candidate, long now) {
        serving = candidate;
        starting = null;
        servingSinceNanos = now;
        problem = "";
        standings.serves(candidate, 0);
    }

    /** It has shown a result, {@code gapNanos} after the last one's; -1 where that means nothing. */
    void proved(long now, long gapNanos) {
        if (change != null) {
            finish(change.to, true, change.detail, now, gapNanos);
        }
    }

    /** The one that should have served cannot; the one before goes on, if there is one. */
    void failed(String why, long now) {
        problem = why;
        starting = null;
        if (change != null) {
            finish(serving == null ? "" : serving.label(), false,
                    change.detail.isEmpty() ? why : change.detail + ": " + why, now, -1);
        }
    }

    /** It is no longer wanted that anyone new comes to work. */
    void startEnded() {
        starting = null;
        change = null;
    }

    /** Nobody serves. */
    void vacant() {
        serving = null;
    }

    /** It is all over: lets go of every provider, those included that come while it ends. */
    void forget() {
        providers.end();
        standings.retain(List.of());
        trial = null;
        serving = null;
        starting = null;
        change = null;
    }

    private void finish(String now, boolean succeeded, String told, long nanos, long gapNanos) {
        Replacement replacement = new Replacement(change.wallMillis, name, change.from, now, change.cause, told, succeeded,
                nanos - change.beganNanos, gapNanos);
        String wanted = change.to;
        change = null;
        log.add(replacement);
        waiters.removeIf(waiter -> waiter.label.equals(wanted) && waiter.answer.complete(replacement));
    }

    /** Nobody serves, and that is nobody's fault: they are not there, cannot do what is asked, or a person wants it so. */
    boolean isWaiting() {
        return serving == null && !hasCandidateMisbehaved();
    }

    /** Who serves, or would if nothing had happened, has misbehaved lately. */
    boolean isToBlame() {
        return serving == null ? hasCandidateMisbehaved() : standings.hasMisbehaved(serving);
    }

    private boolean hasCandidateMisbehaved() {
        for (Providers.Candidate<F> candidate : candidates()) {
            if (standings.hasMisbehaved(candidate)) {
                return true;
            }
        }
        return false;
    }

    boolean isChanging() {
        return change != null;
    }

    Providers.Candidate<F> serving() {
        return serving;
    }

    Providers.Candidate<F> starting() {
        return starting;
    }

    String problem() {
        return problem;
    }

    void problem(String text) {
        problem = text;
    }

    // ---- for people

    /** Completed once this provider serves, or has failed. */
    CompletableFuture<Replacement> awaits(String label, long now) {
        CompletableFuture<Replacement> answer = new CompletableFuture<>();
        waiters.add(new Waiter(label, now, answer));
        return answer;
    }

    /** Those who wait for what is already so, or is not going to be, are told. */
    void settle(long now) {
        if (waiters.isEmpty() || change != null || starting != null) {
            return;
        }
        String label = serving == null ? "" : serving.label();
        for (Waiter waiter : List.copyOf(waiters)) {
            boolean serves = waiter.label.equals(label);
            if (serves || now - waiter.sinceNanos > PATIENCE_NANOS) {
                waiters.remove(waiter);
                waiter.answer.complete(new Replacement(System.currentTimeMillis(), name, label, label, Cause.CONFIGURATION,
                        serves ? "it serves already" : problem, serves, 0, -1));
            }
        }
    }

    /** The provider with this label; of several the best. */
    Providers.Candidate<F> find(String label) throws RefusedException {
        int colon = label.indexOf(':');
        String wanted = colon < 0 ? label : label.substring(0, colon);
        String source = colon < 0 ? null : label.substring(colon + 1);
        List<Providers.Candidate<F>> all = new ArrayList<>(candidates());
        all.addAll(providers.all());
        for (Providers.Candidate<F> candidate : all) {
            if (candidate.name().equals(wanted)) {
                return source == null || source.equals(candidate.source()) ? candidate
                        : new Providers.Candidate<>(wanted, source, candidate.bundle(), candidate.factory(),
                                candidate.revision());
            }
        }
        List<String> names = providers.all().stream().map(Providers.Candidate::name).distinct().sorted().toList();
        throw new RefusedException("there is no " + providers.role() + " '" + label + "'; "
                + (names.isEmpty() ? "none is installed" : "present: " + String.join(", ", names)));
    }

    Stage describe(long now, double nanosPerFrame, Stage.Trial underWay) {
        List<Provider> described = new ArrayList<>();
        List<Providers.Candidate<F>> candidates = candidates();
        Providers.Candidate<F> best = best(candidates, now);
        for (Providers.Candidate<F> candidate : candidates) {
            described.add(describe(candidate, best, now));
        }
        for (Providers.Candidate<F> other : providers.all()) {
            if (candidates.stream().noneMatch(candidate -> candidate.factory() == other.factory())) {
                boolean aside = standings.isQuarantined(other);
                boolean serves = isServing(other);
                described.add(new Provider(other.name(), "", other.bundle(),
                        serves ? Standing.SERVING : aside ? Standing.QUARANTINED : Standing.EXCLUDED,
                        aside ? standings.objection(other, now) : excluded(other)));
            }
        }
        return new Stage(name, serving == null ? List.of() : List.of(serving.label()), preference.names(),
                preference.target() == null ? "" : preference.target().toString(),
                // Why somebody better does not serve stands beside that one; so does why nobody need to.
                serving == null && !optional ? problem : "", nanosPerFrame, underWay,
                described);
    }

    private String excluded(Providers.Candidate<F> candidate) {
        return preference.entries().stream().noneMatch(entry -> entry.matches(candidate.name()))
                ? "the preference '" + preference.names() + "' does not name it"
                : "the filter " + preference.target() + " does not let it through";
    }

    private boolean isServing(Providers.Candidate<F> candidate) {
        return serving != null && candidate.factory() == serving.factory();
    }

    private Provider describe(Providers.Candidate<F> candidate, Providers.Candidate<F> best, long now) {
        Standing standing;
        String why;
        String objection = standings.objection(candidate, now);
        if (serving != null && candidate.name().equals(serving.name()) && isServing(candidate)
                && candidate.source().equals(serving.source())) {
            standing = Standing.SERVING;
            why = candidate.sameAs(trial) ? "it is on trial"
                    : !standings.blot(candidate).isEmpty() ? "it serves again, though " + standings.blot(candidate)
                    : best != null && !candidate.sameAs(best) ? "until " + best.label() + " can take over"
                    : "first in '" + preference.names() + "' of those that can";
        } else if (candidate.sameAs(starting)) {
            standing = Standing.STARTING;
            why = "it is being opened and tried";
        } else if (!objection.isEmpty()) {
            standing = standings.isQuarantined(candidate) ? Standing.QUARANTINED : Standing.RESTING;
            long seconds = standings.retrySeconds(candidate, now);
            why = objection + (standing == Standing.QUARANTINED || seconds < 0 ? "" : "; next try in " + (seconds + 1) + " s");
        } else {
            standing = Standing.READY;
            why = serving == null ? "nothing stands in its way" : "it could serve, and " + serving.label()
                    + (candidates().indexOf(candidate) > candidates().indexOf(serving) ? " is preferred" : " still serves");
        }
        return new Provider(candidate.name(), candidate.source(), candidate.bundle(), standing, why);
    }
}
