package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PacerTest {

    private static final long MS = 1_000_000;
    private static final int PACKET = 1200;

    @Test
    void aFrameIsSpreadAtThePacingRate() {
        // 9.6 Mbit/s: one packet of 1200 bytes a millisecond.
        Pacer pacer = new Pacer(0, 9_600_000);
        for (int packet = 0; packet < 10; packet++) {
            pacer.onQueued(0, PACKET);
        }
        for (int packet = 0; packet < 10; packet++) {
            assertEquals(packet * MS, pacer.nextSendNanos());
            assertFalse(pacer.maySend(packet * MS - 1));
            assertTrue(pacer.maySend(packet * MS));
            pacer.onSent(PACKET);
        }
        assertEquals(Long.MAX_VALUE, pacer.nextSendNanos());
        assertFalse(pacer.maySend(Long.MAX_VALUE));
    }

    @Test
    void theBurstLeavesAtOnceAfterAPause() {
        Pacer pacer = new Pacer(5 * MS, 9_600_000);
        assertEquals(6, sendAtOnce(pacer, 0, 10));
        assertEquals(MS, pacer.nextSendNanos());

        long later = 1_000 * MS;
        pacer.onDropped(pacer.queuedBytes());
        assertEquals(6, sendAtOnce(pacer, later, 10));
    }

    @Test
    void aFrameTooLargeForTheRateTakesItsTime() {
        Pacer pacer = new Pacer(0, 1_000_000);
        for (int packet = 0; packet < 100; packet++) {
            pacer.onQueued(0, PACKET);
        }
        assertEquals(1_000_000, pacer.rateBps());
        assertEquals(960 * MS, pacer.backlogNanos());
        long last = 0;
        while (pacer.queuedBytes() > 0) {
            last = pacer.nextSendNanos();
            pacer.onSent(PACKET);
        }
        assertEquals(99 * 9_600_000L, last, 100);
    }

    @Test
    void inAHurryItIsOutInTimeAndThatIsOver() {
        Pacer pacer = new Pacer(0, 1_000_000);
        pacer.onQueued(0, PACKET);
        pacer.onSent(PACKET);
        for (int packet = 0; packet < 100; packet++) {
            pacer.onQueued(MS, PACKET);
        }
        pacer.hurry(MS, 25 * MS);
        // 100 packets of 1200 bytes in 25 ms.
        assertEquals(38_400_000, pacer.rateBps());
        long last = 0;
        while (pacer.queuedBytes() > 0) {
            last = pacer.nextSendNanos();
            pacer.onSent(PACKET);
        }
        assertTrue(last <= 26 * MS, "the last left at " + last);
        pacer.onQueued(last + 100 * MS, PACKET);
        assertEquals(1_000_000, pacer.rateBps(), "back to the pacing rate");
    }

    @Test
    void aRateThatRisesHoldsForThePacketThatWaitsAlready() {
        Pacer pacer = new Pacer(0, 96_000);
        pacer.onQueued(0, 2 * PACKET);
        pacer.onSent(PACKET);
        assertEquals(100 * MS, pacer.nextSendNanos());
        pacer.setPacingBps(9_600_000);
        assertEquals(MS, pacer.nextSendNanos());
    }

    @Test
    void whatIsSentAsideTakesItsTimeToo() {
        Pacer pacer = new Pacer(0, 9_600_000);
        pacer.onSentAside(10 * MS, PACKET);
        pacer.onSentAside(10 * MS, PACKET);
        pacer.onQueued(10 * MS, PACKET);
        assertEquals(12 * MS, pacer.nextSendNanos());
    }

    @Test
    void whatIsNotSentDoesNotCount() {
        Pacer pacer = new Pacer(0, 9_600_000);
        pacer.onQueued(0, 50 * PACKET);
        pacer.onDropped(50 * PACKET);

        assertEquals(0, pacer.queuedBytes());
        assertFalse(pacer.maySend(0));
    }

    @Test
    void theLongRunRateIsThePacingRateForAnyGranularityOfTheCaller() {
        for (long tick : new long[] {100_000, MS, 3 * MS}) {
            Pacer pacer = new Pacer(5 * MS, 4_000_000);
            pacer.onQueued(0, 400_000);
            long sent = 0;
            for (long now = 0; now < 500 * MS; now += tick) {
                while (pacer.maySend(now)) {
                    pacer.onSent(PACKET);
                    sent += PACKET;
                }
            }
            assertEquals(250_000 + 2_500, sent, PACKET, "in 500 ms, asked every " + tick + " ns");
        }
    }

    @Test
    void ratesMustBePositive() {
        assertThrows(IllegalArgumentException.class, () -> new Pacer(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Pacer(-1, 1));
    }

    private static int sendAtOnce(Pacer pacer, long now, int packets) {
        for (int packet = 0; packet < packets; packet++) {
            pacer.onQueued(now, PACKET);
        }
        int sent = 0;
        while (pacer.maySend(now)) {
            pacer.onSent(PACKET);
            sent++;
        }
        return sent;
    }
}
