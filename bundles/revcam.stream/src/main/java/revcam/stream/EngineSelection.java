package revcam.stream;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.StageException;
import revcam.api.pipeline.Replacement.Cause;

/**
 * Which engine serves the viewers that name none. Our own is one of them, and cannot while one of its stages is missing. The
 * conductor's thread, but for {@link #choice()}.
 */
final class EngineSelection {

    private static final Logger LOG = LoggerFactory.getLogger(EngineSelection.class);
    /** A stage that is replaced is missing for a moment, and that is no reason to move everybody. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Whoever was moved away from our own is moved back once it has been well for so long. */
    private static final long WELL_NANOS = TimeUnit.SECONDS.toNanos(5);

    /**
     * What has been decided; replaced as a whole.
     *
     * @param able who can serve now, best first; perhaps nobody
     * @param objections of those who cannot, by factory: why, for a person
     */
    record Choice(List<Providers.Candidate<MediaEngineFactory>> able, Map<MediaEngineFactory, String> objections) {

        /** Why this one cannot serve now; empty when it can. */
        String objection(Providers.Candidate<MediaEngineFactory> candidate) {
            return objections.getOrDefault(candidate.factory(), "");
        }
    }

    private final String stream;
    private final Role<MediaEngineFactory> role;
    private final EngineProviders providers;
    private boolean troubled;
    private long troubledSinceNanos;
    private volatile Choice choice;

    EngineSelection(String stream, EngineProviders providers, Role<MediaEngineFactory> role) {
        this.stream = stream;
        this.providers = providers;
        this.role = role;
        long now = System.nanoTime();
        if (role.candidates().stream().findFirst().filter(EngineProviders::isOwn).isPresent()) {
            role.serves(EngineProviders.OWN, now);
        }
        decide(now);
    }

    Choice choice() {
        return choice;
    }

    /** Whether there is anything to choose, or to tell. */
    boolean matters() {
        return !providers.others().isEmpty() || !role.preference().names().equals(EngineProviders.OWN.name());
    }

    /** @param obstacle what keeps our own stages from serving, or empty */
    void conduct(long now, String obstacle) {
        watchOwn(now, obstacle);
        decide(now);
    }

    private void watchOwn(long now, String obstacle) {
        if (obstacle.isEmpty()) {
            troubled = false;
        } else if (!troubled) {
            troubled = true;
            troubledSinceNanos = now;
        } else if (now - troubledSinceNanos > PATIENCE_NANOS && matters()) {
            role.standings.rests(EngineProviders.OWN, obstacle, now + WELL_NANOS);
        }
    }

    private void decide(long now) {
        Providers.Candidate<MediaEngineFactory> best = role.best(now);
        Map<MediaEngineFactory, String> objections = new HashMap<>();
        for (Providers.Candidate<MediaEngineFactory> one : providers.all()) {
            String objection = one.sameAs(best) ? "" : role.standings.objection(one, now);
            if (!objection.isEmpty()) {
                objections.put(one.factory(), objection);
            }
        }
        List<Providers.Candidate<MediaEngineFactory>> candidates = role.candidates();
        choice = new Choice(objections.isEmpty() ? candidates
                : candidates.stream().filter(one -> !objections.containsKey(one.factory())).toList(), Map.copyOf(objections));
        // Whoever waits for this to be told may join at once, and has to find it decided.
        if (best == null) {
            role.vacant();
        } else if (!best.sameAs(role.serving())) {
            role.starts(best, now);
            role.serves(best, now);
            role.proved(now, -1);
        }
    }

    /** It hung, or took pictures and sent none: others serve until a person releases it, or nobody else can. */
    void misbehaved(Providers.Candidate<MediaEngineFactory> candidate, String reason, long now) {
        LOG.error("stream {}: engine {} is set aside: {}", stream, candidate.label(), reason);
        role.standings.misbehaved(candidate, reason, now);
        role.because(Cause.FAILURE, candidate.label() + " was set aside: " + reason);
        decide(now);
    }

    /** It could not be opened. What was missing may be there later, so it rests, and is tried again when somebody asks. */
    void couldNotOpen(Providers.Candidate<MediaEngineFactory> candidate, StageException failure, long now) {
        if (role.standings.couldNotOpen(candidate, failure, failure.getMessage(), true, now)) {
            LOG.warn("stream {}: engine {}: {}", stream, candidate.label(), failure.getMessage(), failure.getCause());
        }
        role.because(Cause.FAILURE, candidate.label() + ": " + failure.getMessage());
        decide(now);
    }
}
