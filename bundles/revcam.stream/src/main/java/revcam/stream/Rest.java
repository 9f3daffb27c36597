package revcam.stream;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import revcam.api.media.StageException;

/**
 * Providers that failed, and how long each is left alone: one second, then longer up to five, so that a camera that is
 * plugged in again is back soon and one that is not costs little. One thread.
 */
final class Rest {

    private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private record Pause(long untilNanos, long nanos) {}

    private final Map<Providers.Candidate<?>, Pause> pauses = new HashMap<>();

    /** @return whether this is its first failure since it last worked */
    boolean failed(Providers.Candidate<?> provider, Throwable failure, long now) {
        Pause before = pauses.get(provider);
        long pause = failure instanceof StageException e && e.reason() == StageException.Reason.UNSUPPORTED
                ? Long.MAX_VALUE / 4 // only another request can help, and that clears the list
                : before == null ? FIRST_NANOS : Math.min(2 * before.nanos, LAST_NANOS);
        pauses.put(provider, new Pause(now + pause, pause));
        return before == null;
    }

    void worked(Providers.Candidate<?> provider) {
        pauses.remove(provider);
    }

    /** Configuration or providers changed: everyone gets another chance. */
    void forget() {
        pauses.clear();
    }

    /**
     * The best candidate that has not failed, or {@code current} rather than one that has; without a current one, the
     * best whose rest is over. Null when there is none.
     */
    <F> Providers.Candidate<F> best(List<Providers.Candidate<F>> candidates, Providers.Candidate<F> current, long now) {
        for (Providers.Candidate<F> candidate : candidates) {
            if (candidate.sameAs(current)) {
                return current;
            }
            Pause pause = pauses.get(candidate);
            if (pause == null || current == null && now - pause.untilNanos >= 0) {
                return candidate;
            }
        }
        return null;
    }
}
