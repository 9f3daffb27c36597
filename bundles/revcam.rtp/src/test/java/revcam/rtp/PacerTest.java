package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacerTest {

    private static final long MS = 1_000_000;
    private static final int PACKET = 1200;

    @Test
    void aFrameIsSpreadAtThePacingRate() {
        // 9.6 Mbit/s: one packet of 1200 bytes a millisecond.
        Pacer pacer = new Pacer(0, 25 * MS, 9_600_000);
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
        Pacer pacer = new Pacer(5 * MS, 25 * MS, 9_600_000);
        assertEquals(6, sendAtOnce(pacer, 0, 10));
        assertEquals(MS, pacer.nextSendNanos());

        long later = 1_000 * MS;
        pacer.onDropped(pacer.queuedBytes());
        assertEquals(6, sendAtOnce(pacer, later, 10));
    }

    @Test
    void aFrameTooLargeForTheRateIsOutWithinTheBound() {
        Pacer pacer = new Pacer(0, 25 * MS, 1_000_000);
        for (int packet = 0; packet < 100; packet++) {
            pacer.onQueued(0, PACKET);
        }
        // 100 packets of 1200 bytes in 25 ms.
        assertEquals(38_400_000, pacer.rateBps());
        long last = 0;
        while (pacer.queuedBytes() > 0) {
            last = pacer.nextSendNanos();
            pacer.onSent(PACKET);
        }
        assertTrue(last <= 25 * MS, "the last left at " + last);
        pacer.onQueued(last + 100 * MS, PACKET);
        assertEquals(1_000_000, pacer.rateBps(), "back to the pacing rate");
    }

    @Test
    void atALowRateTheFrameAfterIsNotHeldUpAndThenBunched() {
        // One packet takes all of the bound.
        Pacer pacer = new Pacer(0, 25 * MS, 384_000);
        pacer.onQueued(0, PACKET);
        pacer.onSent(PACKET);
        assertEquals(1, sendAtOnce(pacer, 25 * MS, 1));
        for (int packet = 0; packet < 10; packet++) {
            pacer.onQueued(26 * MS, PACKET);
        }
        assertTrue(pacer.nextSendNanos() <= 26 * MS + 25 * MS / 2);
        assertTrue(pacer.rateBps() <= 10 * PACKET * 8 * 1_000 / 12);
    }

    @Test
    void whatIsNotSentDoesNotCount() {
        Pacer pacer = new Pacer(0, 25 * MS, 9_600_000);
        pacer.onQueued(0, 50 * PACKET);
        pacer.onDropped(50 * PACKET);

        assertEquals(0, pacer.queuedBytes());
        assertFalse(pacer.maySend(0));
    }

    @Test
    void nothingWaitsLongerThanTheBoundWhateverIsQueued() {
        long bound = 25 * MS;
        long tick = MS;
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Pacer pacer = new Pacer(random.nextInt(10) * MS, bound, 50_000 + random.nextInt(20_000_000));
            ArrayDeque<long[]> queue = new ArrayDeque<>();
            long start = random.nextLong();
            for (long elapsed = 0; elapsed < 2_000 * MS; elapsed += tick) {
                long now = start + elapsed;
                if (random.nextInt(20) == 0) {
                    for (int packet = random.nextInt(1, 80); packet > 0; packet--) {
                        int bytes = random.nextInt(50, 1250);
                        queue.add(new long[] {elapsed, bytes});
                        pacer.onQueued(now, bytes);
                    }
                }
                if (random.nextInt(100) == 0) {
                    pacer.setPacingBps(50_000 + random.nextInt(20_000_000));
                }
                while (pacer.maySend(now)) {
                    long[] packet = queue.remove();
                    long waited = elapsed - packet[0];
                    assertTrue(waited <= bound + tick, "waited " + waited + ", seed " + seed);
                    pacer.onSent((int) packet[1]);
                }
                assertTrue(
                        queue.isEmpty() || elapsed - queue.peek()[0] <= bound + tick, "still waiting, seed " + seed);
            }
        }
    }

    @Test
    void theLongRunRateIsThePacingRateForAnyGranularityOfTheCaller() {
        for (long tick : new long[] {100_000, MS, 3 * MS}) {
            Pacer pacer = new Pacer(5 * MS, 1_000 * MS, 4_000_000);
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
        assertThrows(IllegalArgumentException.class, () -> new Pacer(0, 25 * MS, 0));
        assertThrows(IllegalArgumentException.class, () -> new Pacer(0, 0, 1));
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
