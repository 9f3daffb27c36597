package revcam.api.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FeedbackSilenceTest {

    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;

    private final FeedbackSilence silence = new FeedbackSilence(3 * SECOND, 3, SECOND);

    @Test
    void afterThreeSecondsItIsSilenceAndThenEachSecondWhilePacketsLeave() {
        silence.onSent(0);
        silence.onFeedback(0, 100 * MS, true);
        assertFalse(silence.passed(3 * SECOND - 1));
        assertTrue(silence.passed(3 * SECOND));
        assertFalse(silence.passed(3 * SECOND), "once for each deadline");
        silence.onSent(3_010 * MS);
        silence.onSent(3_500 * MS);
        assertEquals(4_010 * MS, silence.nextDeadlineNanos());
        assertTrue(silence.passed(4_010 * MS));
    }

    @Test
    void aPauseOfTheSenderIsNoSilence() {
        silence.onSent(0);
        silence.onFeedback(100 * MS, 100 * MS, false);
        assertEquals(Long.MAX_VALUE, silence.nextDeadlineNanos());
        silence.onSent(60 * SECOND);
        assertFalse(silence.passed(62 * SECOND));
        assertTrue(silence.passed(63 * SECOND));
        assertEquals(Long.MAX_VALUE, silence.nextDeadlineNanos(), "nothing has left since");
    }

    @Test
    void whoNeverSendsFeedbackIsNotWaitedFor() {
        silence.onSent(0);
        assertEquals(Long.MAX_VALUE, silence.nextDeadlineNanos());
        assertFalse(silence.passed(60 * SECOND));
    }

    @Test
    void longRoundTripsAreAllowedFor() {
        silence.onSent(0);
        silence.onFeedback(0, 1_500 * MS, true);
        assertEquals(4_500 * MS, silence.nextDeadlineNanos());
    }

    @Test
    void aWordEndsIt() {
        silence.onSent(0);
        silence.onFeedback(0, 100 * MS, true);
        assertTrue(silence.passed(3 * SECOND));
        silence.onSent(3_100 * MS);
        silence.onFeedback(3_200 * MS, 100 * MS, true);
        assertEquals(6_200 * MS, silence.nextDeadlineNanos());
    }

    @Test
    void clocksMayBeNegative() {
        silence.onSent(-10 * SECOND);
        silence.onFeedback(-9 * SECOND, 100 * MS, true);
        assertFalse(silence.passed(-7 * SECOND));
        assertTrue(silence.passed(-6 * SECOND));
    }
}
