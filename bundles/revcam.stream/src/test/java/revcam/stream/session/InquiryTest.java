package revcam.stream.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class InquiryTest {

    private static final long MILLI = 1_000_000;
    /** 1000 bytes take 4 ms. */
    private static final long BPS = 2_000_000;
    private static final long ROUND_TRIP = 3 * MILLI;

    private final Inquiry inquiry = new Inquiry();
    private long now = -20 * MILLI;
    private long sequence;

    /** @return its transport-wide sequence number; it has asked */
    private long ask(int bytes) {
        assertTrue(inquiry.onPacket(now, sequence, true, bytes, false, false, BPS) > 0);
        return sequence++;
    }

    private void answer(long later, long of) {
        now += later;
        inquiry.onFeedback(now, of);
    }

    private void knowTheRoundTrip() {
        answer(ROUND_TRIP, ask(1000));
    }

    @Test
    void anAnswerIsLateThreeMillisecondsAfterWhatWasUnderWayShouldHaveLeft() {
        knowTheRoundTrip();
        long asked = ask(1000);
        long late = now + 4 * MILLI + ROUND_TRIP + 3 * MILLI;
        assertEquals(late, inquiry.turnsNanos(now));
        assertFalse(inquiry.isLate(late - 1));
        assertTrue(inquiry.isLate(late));
        answer(late + MILLI - now, asked);
        assertFalse(inquiry.isLate(now));
        assertEquals(Long.MAX_VALUE, inquiry.turnsNanos(now), "nothing is awaited");
    }

    @Test
    void aQueueOfOurOwnMakingIsNotLate() {
        knowTheRoundTrip();
        ask(5_000);
        long second = ask(5_000);
        assertEquals(now + 20 * MILLI + ROUND_TRIP + 3 * MILLI, inquiry.turnsNanos(now), "the first of the two");
        answer(20 * MILLI, second - 1);
        assertEquals(now + 20 * MILLI + ROUND_TRIP + 3 * MILLI, inquiry.turnsNanos(now), "the second left behind the first");
    }

    @Test
    void whatWasAskedAboutBeforeHasBeenLeavingMeanwhile() {
        knowTheRoundTrip();
        long first = ask(5_000);
        long begun = now;
        now += 10 * MILLI;
        ask(5_000);
        answer(20 * MILLI + ROUND_TRIP + 2 * MILLI - 10 * MILLI, first);
        assertEquals(begun + 40 * MILLI + ROUND_TRIP + 3 * MILLI, inquiry.turnsNanos(now), "40 ms for both");
    }

    @Test
    void aQueueOfOthersIsKnownByTheAnswerBefore() {
        knowTheRoundTrip();
        long first = ask(5_000);
        answer(20 * MILLI + ROUND_TRIP + 30 * MILLI, first);
        ask(5_000);
        assertEquals(now + 20 * MILLI + ROUND_TRIP + 3 * MILLI, inquiry.turnsNanos(now), "it has left, however late");
    }

    @Test
    void anAnswerCoversTheQuestionsBeforeIt() {
        knowTheRoundTrip();
        ask(1000);
        answer(ROUND_TRIP, ask(1000));
        assertEquals(Long.MAX_VALUE, inquiry.turnsNanos(now));
    }

    @Test
    void anAnswerThatStaysOutIsLostAndNotWaitedForForEver() {
        knowTheRoundTrip();
        ask(1000);
        long late = inquiry.turnsNanos(now);
        assertEquals(late + 50 * MILLI, inquiry.turnsNanos(late));
        assertTrue(inquiry.isLate(late + 50 * MILLI - 1));
        assertFalse(inquiry.isLate(late + 50 * MILLI));
        assertEquals(Long.MAX_VALUE, inquiry.turnsNanos(late + 50 * MILLI), "no deadline that lies in the past");
    }

    @Test
    void wherePathOrViewerTakeLongerAnywayNothingIsLate() {
        answer(41 * MILLI, ask(1000));
        ask(1000);
        assertEquals(Long.MAX_VALUE, inquiry.turnsNanos(now));
        assertFalse(inquiry.isLate(now + 1_000 * MILLI));
    }

    @Test
    void aPathThatHasBecomeLongerIsBelievedInTheEnd() {
        knowTheRoundTrip();
        for (int i = 0; i < 12; i++) {
            answer(20 * MILLI, ask(1000));
            now += 1_100 * MILLI;
        }
        ask(1000);
        assertEquals(now + 4 * MILLI + 20 * MILLI + 3 * MILLI, inquiry.turnsNanos(now));
    }
}
