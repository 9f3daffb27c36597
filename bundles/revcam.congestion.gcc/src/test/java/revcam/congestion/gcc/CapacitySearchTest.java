package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Frames of 1 Mbit/s, paced at 2.5 Mbit/s, over a path of some capacity. */
class CapacitySearchTest {

    private static final long MS = 1_000_000;
    private static final long RTT = 50 * MS;
    private static final long TARGET = 1_000_000;
    private static final int BYTES = 1000;
    private static final double PACING = 2.5 * TARGET;

    private final CapacitySearch search = new CapacitySearch(0, TARGET);
    private long now;
    private long sequence;

    private void frames(int count, double capacityBps, long queueNanos) {
        for (int frame = 0; frame < count; frame++) {
            Feedback feedback = new Feedback();
            double free = 0;
            for (int i = 0; i < 4; i++) {
                double sent = now + i * BYTES * 8e9 / PACING;
                free = Math.max(free, sent) + BYTES * 8e9 / capacityBps;
                feedback.received(sequence++, sent / MS, BYTES, free / MS);
            }
            now += 33 * MS;
            for (int i = 0; i < feedback.count(); i++) {
                search.onPacket(now, feedback, i, queueNanos);
            }
        }
    }

    @Test
    void framesThatArriveAsTheyLeftAreAReasonToJump() {
        frames(20, 10e6, 0);
        long jump = search.jump(now, 0, TARGET, RTT, true);
        assertEquals(1.25 * TARGET, jump, 1_000);
        assertEquals(0, search.jump(now, 0, jump, RTT, true), "one jump at a time");
    }

    @Test
    void framesThatArriveStretchedProveTheCapacityAndNoMore() {
        frames(20, 1.15e6, 0);
        assertEquals(0, search.jump(now, 0, TARGET, RTT, true), "1.15 Mbit/s are not worth it");
        frames(20, 1.3e6, 0);
        assertEquals(0.92 * 1.3e6, search.jump(now, 0, TARGET, RTT, true), 2e4);
    }

    @Test
    void whoDoesNotUseWhatHeHasDoesNotJump() {
        frames(20, 10e6, 0);
        assertEquals(0, search.jump(now, 0, TARGET, RTT, false));
    }

    @Test
    void soonAfterACutItTakesMoreToJump() {
        frames(20, 1.3e6, 20 * MS);
        search.onCut(now, 0, 20 * MS);
        assertEquals(0, search.jump(now, 0, TARGET, RTT, true));
        frames(91, 1.3e6, 0); // three seconds
        assertTrue(search.jump(now, 0, TARGET, RTT, true) > TARGET);
    }

    @Test
    void aQueueOfOurOwnIsDrainedAndThenTheRateIsNearTheCapacity() {
        frames(20, 1e6, 60 * MS);
        search.onCut(now, 1_000_000, 60 * MS);
        assertTrue(search.draining());
        assertTrue(search.ceilingBps(60 * MS) <= 850_000);
        assertTrue(search.ceilingBps(300 * MS) < 0.5 * search.ceilingBps(60 * MS), "a long queue is drained faster");
        assertEquals(0, search.drain(now, 40 * MS));
        long resumed = search.drain(now, 5 * MS);
        assertEquals(920_000, resumed);
        assertEquals(Long.MAX_VALUE, search.ceilingBps(5 * MS));
    }

    @Test
    void aQueueThatOthersShareIsNotDrainedForThem() {
        // Half of the link is ours, yet our frames get through at three quarters of it.
        for (int i = 0; i < 5; i++) {
            frames(20, 1.5e6, 60 * MS);
            search.onCut(now, 1_000_000, 60 * MS);
            assertEquals(i == 0, search.draining(), "one measurement alone does not prove competition");
            search.drain(now, 0);
        }
        assertTrue(search.shared(now));
        assertEquals(0, search.jump(now, 60 * MS, TARGET, RTT, true));
    }

    @Test
    void whenTheQueueStaysEmptyTheOthersHaveLeft() {
        aQueueThatOthersShareIsNotDrainedForThem();
        frames(60, 10e6, 0);
        search.jump(now, 0, TARGET, RTT, true);
        assertFalse(search.shared(now));
    }

    @Test
    void anArrivalRateThatCollapsesIsOveruse() {
        assertTrue(search.collapsed(now, 60 * MS, 400_000, 1_000_000));
        assertFalse(search.collapsed(now, 10 * MS, 400_000, 1_000_000), "without a queue the sender may have paused");
        assertFalse(search.collapsed(now, 60 * MS, 900_000, 1_000_000));
    }

    @Test
    void aTargetThatStandsStillIsProbedAndLessOftenInVain() {
        now = 2_100 * MS;
        assertEquals(2 * TARGET, search.probeBps(now, 0, TARGET));
        search.onProbed(now, false);
        assertEquals(0, search.probeBps(now + 2_100 * MS, now, TARGET));
        assertEquals(2 * TARGET, search.probeBps(now + 4_100 * MS, now, TARGET));
        search.onTarget(now + 4_000 * MS, 2 * TARGET);
        assertEquals(0, search.probeBps(now + 4_100 * MS, now, 2 * TARGET), "it does not stand still");
    }

    @Test
    void afterLossItWaits() {
        frames(20, 10e6, 0);
        search.onPacket(now, new Feedback().lost(sequence++, now / MS, BYTES), 0, 0);
        assertEquals(0, search.jump(now, 0, TARGET, RTT, true));
    }
}
