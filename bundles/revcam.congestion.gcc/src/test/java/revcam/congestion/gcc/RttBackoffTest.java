package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RttBackoffTest {

    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;

    @Test
    void afterThreeSecondsOfSilenceAFifthLessEachSecond() {
        RttBackoff backoff = RttBackoff.ofBrowsers();
        backoff.onSent(0);
        backoff.onFeedback(0, 100 * MS, true);
        assertEquals(1, backoff.onDeadline(3 * SECOND - 1));
        assertEquals(0.8, backoff.onDeadline(3 * SECOND));
        assertEquals(1, backoff.onDeadline(3 * SECOND + 999 * MS));
        assertEquals(0.8, backoff.onDeadline(4 * SECOND));
    }

    @Test
    void aPauseOfTheSenderIsNoSilence() {
        RttBackoff backoff = RttBackoff.ofBrowsers();
        backoff.onSent(0);
        backoff.onFeedback(100 * MS, 100 * MS, false);
        assertEquals(Long.MAX_VALUE, backoff.nextDeadlineNanos());
        backoff.onSent(60 * SECOND);
        assertEquals(1, backoff.onDeadline(61 * SECOND));
        assertEquals(0.8, backoff.onDeadline(63 * SECOND));
    }

    @Test
    void whoNeverSendsFeedbackIsNotWaitedFor() {
        RttBackoff backoff = RttBackoff.early();
        backoff.onSent(0);
        assertEquals(Long.MAX_VALUE, backoff.nextDeadlineNanos());
    }

    @Test
    void theEarlyOneAllowsForLongRoundTrips() {
        RttBackoff backoff = RttBackoff.early();
        backoff.onSent(0);
        backoff.onFeedback(0, 100 * MS, true);
        assertEquals(SECOND, backoff.nextDeadlineNanos());
        backoff.onFeedback(0, 600 * MS, true);
        assertEquals(1_800 * MS, backoff.nextDeadlineNanos());
    }
}
