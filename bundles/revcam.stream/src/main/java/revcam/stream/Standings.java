package revcam.stream;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * How the providers of one stage stand: who failed, and what becomes of it. One that could not do its work for now rests,
 * one second at first and then longer. One that misbehaves, or fails to open three times, is set aside until a person
 * releases it, its bundle comes anew or its configuration changes; while nobody else can serve it is tried again by
 * itself now and then, for an unattended camera with a doubtful encoder is better than none. One thread.
 */
final class Standings {

    static final int OPEN_FAILURES = 3;

    private static final long FIRST_REST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LAST_REST_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long FIRST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LAST_RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** Who has served for so long has made up for what was before. */
    private static final long REDEEMED_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long NEVER = Long.MAX_VALUE;

    private static final class Record {
        String reason = "";
        int openFailures;
        long restNanos;
        long restUntil;
        boolean resting;
        /** No rest will help: only another request. */
        boolean unsupported;
        boolean quarantined;
        boolean byPerson;
        long retryNanos;
        long retryAt;
        /** Quarantined, and serving again because nobody else could. */
        boolean onProbation;
    }

    private final Predicate<Providers.Candidate<?>> present;
    private final Map<Providers.Candidate<?>, Record> records = new HashMap<>();

    /** @param present whether a provider is still there; asked on the owner's thread */
    Standings(Predicate<Providers.Candidate<?>> present) {
        this.present = present;
    }

    /**
     * It could not be opened.
     *
     * @param patient whether it may rest and try for ever: a camera may be plugged in again next week
     * @return whether people should be told: the first time, and when it is set aside
     */
    boolean couldNotOpen(Providers.Candidate<?> provider, Throwable failure, String reason, boolean patient, long now) {
        Record record = record(provider);
        boolean first = record.openFailures == 0 && !record.quarantined;
        record.openFailures++;
        record.reason = reason;
        Reason kind = failure instanceof StageException e ? e.reason() : Reason.FAILED;
        if (kind == Reason.UNSUPPORTED) {
            record.unsupported = true;
            return first;
        }
        boolean aside = record.quarantined
                || record.openFailures >= OPEN_FAILURES && !(patient && kind == Reason.UNAVAILABLE);
        if (aside) {
            setAside(record, "it failed to open " + record.openFailures + " times: " + reason, now);
            return record.openFailures == OPEN_FAILURES;
        }
        rest(record, now);
        return first;
    }

    /** It worked, and ended by itself: unplugged, out of buffers. */
    boolean ended(Providers.Candidate<?> provider, String reason, long now) {
        Record record = record(provider);
        boolean first = !record.resting;
        record.reason = reason;
        rest(record, now);
        return first;
    }

    /** It threw, hung or gave garbage. */
    void misbehaved(Providers.Candidate<?> provider, String reason, long now) {
        setAside(record(provider), reason, now);
    }

    /** It cannot do its work until then, and that is no failure of its own. */
    void rests(Providers.Candidate<?> provider, String reason, long untilNanos) {
        Record record = record(provider);
        record.reason = reason;
        record.resting = true;
        record.restUntil = untilNanos;
    }

    /** A person sets it aside. */
    void setAside(Providers.Candidate<?> provider, String reason) {
        Record record = record(provider);
        record.quarantined = true;
        record.onProbation = false;
        record.byPerson = true;
        record.reason = reason;
    }

    /** What is held against it, or null. Asked many times a second, when nothing is held against anybody. */
    private Record known(Providers.Candidate<?> provider) {
        return records.isEmpty() ? null : records.get(provider);
    }

    /** What is said of one that has gone is not kept: nobody would come to forget it, and the class that it came from. */
    private Record record(Providers.Candidate<?> provider) {
        return present.test(provider) ? records.computeIfAbsent(provider, unused -> new Record()) : new Record();
    }

    private static void rest(Record record, long now) {
        record.resting = true;
        record.restNanos = record.restNanos == 0 ? FIRST_REST_NANOS : Math.min(2 * record.restNanos, LAST_REST_NANOS);
        record.restUntil = now + record.restNanos;
    }

    private static void setAside(Record record, String reason, long now) {
        record.quarantined = true;
        record.onProbation = false;
        record.reason = reason;
        record.retryNanos = record.retryNanos == 0 ? FIRST_RETRY_NANOS : Math.min(2 * record.retryNanos, LAST_RETRY_NANOS);
        record.retryAt = now + record.retryNanos;
    }

    /** It is put to work; if it was set aside, for want of anybody else. */
    void starts(Providers.Candidate<?> provider) {
        Record record = known(provider);
        if (record != null) {
            record.onProbation = record.quarantined;
        }
    }

    /** It serves, since {@code servingNanos}. */
    void serves(Providers.Candidate<?> provider, long servingNanos) {
        Record record = known(provider);
        if (record != null && !record.byPerson) {
            record.openFailures = record.quarantined ? record.openFailures : 0;
            if (servingNanos > REDEEMED_NANOS) {
                records.remove(provider);
            }
        }
    }

    /** @return whether it was set aside */
    boolean release(Providers.Candidate<?> provider) {
        Record record = records.remove(provider);
        return record != null && record.quarantined;
    }

    /**
     * Configuration or providers changed: those that rest get another chance at once. How often one has failed to open still
     * counts, or a bundle that comes and goes would keep a bad one from ever being set aside.
     */
    void forgetRests() {
        records.values().removeIf(record -> !record.quarantined && record.openFailures == 0);
        for (Record record : records.values()) {
            record.resting = false;
            record.restNanos = 0;
            record.unsupported = false;
        }
    }

    /** What is no longer present, or has been configured anew, is forgotten, and with it the class that it came from. */
    void retain(List<? extends Providers.Candidate<?>> present) {
        records.keySet().removeIf(known -> present.stream().noneMatch(candidate ->
                candidate.factory() == known.factory() && candidate.revision() == known.revision()));
    }

    boolean isQuarantined(Providers.Candidate<?> provider) {
        Record record = known(provider);
        return record != null && record.quarantined && !record.onProbation;
    }

    /** Whether it is what it did that keeps it from serving, or has lately: a fresh process might do better. */
    boolean hasMisbehaved(Providers.Candidate<?> provider) {
        Record record = known(provider);
        return record != null && record.quarantined && !record.byPerson;
    }

    /** Why it is not to be used now, for a person; empty when it is. */
    String objection(Providers.Candidate<?> provider, long now) {
        Record record = known(provider);
        if (record == null) {
            return "";
        }
        if (record.quarantined) {
            return record.onProbation ? "" : record.reason;
        }
        return record.unsupported || record.resting && record.restUntil - now > 0 ? record.reason : "";
    }

    /** What it did, though it serves again; or empty. */
    String blot(Providers.Candidate<?> provider) {
        Record record = known(provider);
        return record == null ? "" : record.reason;
    }

    /** When it will be tried again, seconds from now; -1 when only people or another request can help. */
    long retrySeconds(Providers.Candidate<?> provider, long now) {
        Record record = known(provider);
        long at = record == null || record.byPerson || record.unsupported ? NEVER
                : record.quarantined ? record.retryAt : record.restUntil;
        return at == NEVER ? -1 : Math.max(0, TimeUnit.NANOSECONDS.toSeconds(at - now));
    }

    /**
     * The first that is fit; where nobody is, the first that was set aside long enough ago. Null when there is none.
     *
     * @param candidates best first
     */
    <F> Providers.Candidate<F> best(List<Providers.Candidate<F>> candidates, long now) {
        Providers.Candidate<F> fit = firstFit(candidates, now);
        if (fit != null) {
            return fit;
        }
        for (Providers.Candidate<F> candidate : candidates) {
            Record record = records.get(candidate);
            if (record.quarantined && !record.byPerson && record.retryAt - now <= 0) {
                return candidate;
            }
        }
        return null;
    }

    /** The first that is fit, or null. */
    <F> Providers.Candidate<F> firstFit(List<Providers.Candidate<F>> candidates, long now) {
        for (Providers.Candidate<F> candidate : candidates) {
            if (objection(candidate, now).isEmpty()) {
                return candidate;
            }
        }
        return null;
    }
}
