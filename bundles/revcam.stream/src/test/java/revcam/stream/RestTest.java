package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/** On a clock that may be anywhere, also below zero and about to overflow, as {@link System#nanoTime} may. */
class RestTest {

    private static final long SECOND = 1_000_000_000;
    private static final StageException GONE = new StageException(Reason.UNAVAILABLE, "gone");

    private final Rest rest = new Rest();
    private final Providers.Candidate<String> first = new Providers.Candidate<>("first", "", "", "first");
    private final Providers.Candidate<String> second = new Providers.Candidate<>("second", "", "", "second");
    private final List<Providers.Candidate<String>> both = List.of(first, second);

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE - SECOND / 2, 1L << 50})
    void aFailureIsLeftAloneForOneTwoFourAndThenFiveSeconds(long start) {
        long now = start;
        for (long seconds : new long[] {1, 2, 4, 5, 5}) {
            assertEquals(seconds == 1, rest.failed(first, GONE, now), "only the first of a row is news");
            assertNull(rest.best(List.of(first), null, now + seconds * SECOND - 1));
            now += seconds * SECOND;
            assertSame(first, rest.best(List.of(first), null, now));
        }
        rest.worked(first);
        assertTrue(rest.failed(first, GONE, now));
        assertSame(first, rest.best(List.of(first), null, now + SECOND));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MIN_VALUE, Long.MAX_VALUE - SECOND / 2})
    void theNextInPreferenceServesAndStaysUntilFailuresAreForgotten(long now) {
        assertSame(first, rest.best(both, null, now));
        rest.failed(first, GONE, now);
        assertSame(second, rest.best(both, null, now));
        assertSame(second, rest.best(both, second, now + 10 * SECOND), "what works is not given up for what failed");
        rest.forget();
        assertSame(first, rest.best(both, second, now));
        assertSame(first, rest.best(both, first, now));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MIN_VALUE, Long.MAX_VALUE - SECOND / 2})
    void whatCanNeverWorkIsNotTriedAgain(long now) {
        rest.failed(first, new StageException(Reason.UNSUPPORTED, "odd size"), now);
        assertNull(rest.best(List.of(first), null, now + 3600L * 24 * 365 * SECOND));
        rest.forget();
        assertSame(first, rest.best(List.of(first), null, now));
    }

    @Test
    void oneSourceThatFailsDoesNotRestTheOther() {
        long now = 0;
        Providers.Candidate<String> other = new Providers.Candidate<>("first", "/dev/video2", "", "first");
        rest.failed(first, GONE, now);
        assertSame(other, rest.best(List.of(first, other), null, now));
        assertFalse(rest.failed(first, GONE, now));
    }
}
