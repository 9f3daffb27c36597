package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RetransmissionTest {

    private static final long MS = 1_000_000;

    private static final class Picture implements RetransmissionHistory.Frame {
        private int generation;

        @Override
        public int generation() {
            return generation;
        }
    }

    private final RetransmissionHistory<Picture> history = new RetransmissionHistory<>(256);

    @Test
    void findsWhatWasSentUntilItsPlaceIsNeeded() {
        Picture picture = new Picture();
        for (int sequence = 65_500; sequence < 65_756; sequence++) {
            history.put(sequence, sequence, picture, sequence - 65_500, sequence == 65_755, 90 * sequence);
        }
        for (int sequence = 65_500; sequence < 65_756; sequence++) {
            int slot = history.find(sequence & 0xFFFF);
            assertTrue(slot >= 0, "sequence " + sequence);
            assertSame(picture, history.frame(slot));
            assertEquals(sequence - 65_500, history.payloadIndex(slot));
            assertEquals(sequence == 65_755, history.marker(slot));
            assertEquals(90 * sequence, history.rtpTimestamp(slot));
            assertEquals(1, history.timesSent(slot));
        }
        assertEquals(RetransmissionHistory.NONE, history.find(65_499));
        assertEquals(RetransmissionHistory.NONE, history.find(220), "the next one, not sent yet");

        history.put(0, 220, picture, 0, false, 0);
        assertEquals(RetransmissionHistory.NONE, history.find(65_500), "overwritten");
    }

    @Test
    void anEmptyHistoryFindsNothing() {
        for (int sequence = 0; sequence < 65_536; sequence++) {
            assertEquals(RetransmissionHistory.NONE, history.find(sequence));
        }
    }

    @Test
    void aFrameThatWasReusedIsNotFoundAnyMore() {
        Picture picture = new Picture();
        history.put(0, 7, picture, 0, true, 0);
        picture.generation++;
        assertEquals(RetransmissionHistory.NONE, history.find(7));

        history.put(0, 8, picture, 0, true, 0);
        assertTrue(history.find(8) >= 0);
    }

    @Test
    void sendsAgainOnceInARoundTrip() {
        history.put(0, 7, new Picture(), 0, true, 0);
        int slot = history.find(7);

        assertTrue(history.mayResend(10 * MS, slot, 40 * MS));
        history.onResent(10 * MS, slot);
        assertFalse(history.mayResend(49 * MS, slot, 40 * MS));
        assertTrue(history.mayResend(50 * MS, slot, 40 * MS));
        history.onAsked(slot);
        assertEquals(slot, history.find(7), "waiting to be sent again it is still there");
        assertFalse(history.mayResend(500 * MS, slot, 40 * MS), "it waits already");
        history.onResent(510 * MS, slot);
        assertTrue(history.mayResend(550 * MS, slot, 40 * MS));
        assertEquals(3, history.timesSent(slot));
    }

    @Test
    void theBudgetIsAShareOfTheRate() {
        RetransmissionBudget budget = new RetransmissionBudget(RetransmissionBudget.DEFAULT_SHARE);
        long bps = 2_000_000;
        int sent = 0;
        for (long millis = 0; millis <= 10_000; millis++) {
            while (budget.take(millis * MS, 1200, bps)) {
                sent += 1200;
            }
        }
        // A fifth of 2 Mbit/s for 10 s, and the second that the bucket held at first.
        assertEquals(11 * 50_000, sent, 1200);
    }

    @Test
    void theBudgetOfAPauseIsNotSavedUp() {
        RetransmissionBudget budget = new RetransmissionBudget(0.2);
        assertTrue(budget.take(0, 1200, 2_000_000));
        int sent = 0;
        while (budget.take(3_600_000 * MS, 1200, 2_000_000)) {
            sent += 1200;
        }
        assertEquals(50_000, sent, 1200);
    }

    @Test
    void atALowRateASmallFrameStillFits() {
        RetransmissionBudget budget = new RetransmissionBudget(0.2);
        for (int packet = 0; packet < 10; packet++) {
            assertTrue(budget.take(0, 1200, 100_000), "packet " + packet);
        }
        assertFalse(budget.take(0, 1200, 100_000));
    }
}
