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
    /** By which feedback comes after the next frame. */
    private long lateNanos;

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
                search.onPacket(now + lateNanos, feedback, i, queueNanos);
            }
            search.onFeedback();
        }
    }

    private void cut(long bps, long queueNanos) {
        search.onCut(now, bps, bps, queueNanos);
    }

    @Test
    void framesThatArriveAsTheyLeftAreAReasonToJump() {
        frames(20, 10e6, 0);
        long jump = search.jump(now, 0, TARGET, RTT, true);
        assertEquals(1.08 * TARGET, jump, 1_000);
        assertEquals(0, search.jump(now, 0, jump, RTT, true), "one jump at a time");
        frames(10, 10e6, 0);
        assertEquals(1.16 * TARGET, search.jump(now, 0, TARGET, RTT, true), 1_000, "the first went well");
        frames(10, 10e6, 0);
        assertEquals(1.32 * TARGET, search.jump(now, 0, TARGET, RTT, true), 1_000);
    }

    @Test
    void framesThatArriveStretchedProveTheCapacityAndNoMore() {
        frames(20, 1.15e6, 0);
        assertEquals(0, search.jump(now, 0, TARGET, RTT, true), "1.15 Mbit/s are not worth it");
        frames(20, 1.3e6, 0);
        search.jump(now, 0, TARGET, RTT, true);
        frames(20, 1.3e6, 0);
        search.jump(now, 0, TARGET, RTT, true);
        frames(20, 1.3e6, 0);
        assertEquals(0.92 * 1.3e6, search.jump(now, 0, TARGET, RTT, true), 2e4);
    }

    /** tc-tbf and radios: packets that were saved up for pass together, those after them at the rate of the path. */
    @Test
    void whatIsLetThroughAtOnceProvesNothing() {
        for (int frame = 0; frame < 40; frame++) {
            Feedback feedback = new Feedback();
            double sent = now / MS;
            for (int i = 0; i < 6; i++) {
                double slot = BYTES * 8e3 / 1e6;
                feedback.received(sequence++, sent + i * 3.2, BYTES, i < 3 ? sent + i * 3.2 + 0.2 : sent + (i - 1) * slot);
            }
            now += 48 * MS;
            for (int i = 0; i < feedback.count(); i++) {
                search.onPacket(now, feedback, i, 0);
            }
            search.onFeedback();
            assertEquals(0, search.jump(now, 0, TARGET, RTT, true), "frame " + frame);
        }
    }

    @Test
    void aLargeFrameIsNoQueueButWhereOthersAre() {
        assertTrue(search.passes(now, 39 * MS));
        assertFalse(search.passes(now, 41 * MS));
        aQueueThatOthersShareIsNotDrainedForThem();
        assertFalse(search.passes(now, 20 * MS));
    }

    /** Measured over the time before and after a fall, the capacity was too high; while the queue drains it shows. */
    @Test
    void theCapacityIsMeasuredAnewWhileTheQueueDrains() {
        frames(20, 1e6, 60 * MS);
        cut(2_000_000, 60 * MS);
        frames(10, 0.9e6, 60 * MS);
        assertEquals(0, search.drain(now));
        frames(2, 0.9e6, 5 * MS);
        assertTrue(search.drain(now) < 1_100_000);
    }

    @Test
    void whileAQueueGrowsNoMoreIsInFlightThanWhatArrives() {
        frames(20, 1e6, 10 * MS);
        search.collapsed(now, TARGET, 250_000, 1_000_000);
        long open = search.windowBytes(8_000_000);
        frames(1, 1e6, 60 * MS);
        search.collapsed(now, TARGET, 2_000_000, 8_000_000);
        assertEquals(open / 4, search.windowBytes(8_000_000), open * 0.05);
        frames(1, 1e6, 30 * MS);
        search.collapsed(now, TARGET, 2_000_000, 8_000_000);
        assertEquals(open, search.windowBytes(8_000_000), open * 0.05);
    }

    @Test
    void whoDoesNotUseWhatHeHasDoesNotJump() {
        frames(20, 10e6, 0);
        assertEquals(0, search.jump(now, 0, TARGET, RTT, false));
    }

    @Test
    void soonAfterACutItTakesMoreToJump() {
        frames(20, 1.3e6, 20 * MS);
        cut(0, 20 * MS);
        assertEquals(0, search.jump(now, 0, TARGET, RTT, true));
        frames(91, 1.3e6, 0); // three seconds
        assertTrue(search.jump(now, 0, TARGET, RTT, true) > TARGET);
    }

    @Test
    void aQueueOfOurOwnIsDrainedAndThenTheRateIsNearTheCapacity() {
        frames(20, 1e6, 60 * MS);
        cut(1_000_000, 60 * MS);
        assertTrue(search.draining());
        long ceiling = search.ceilingBps();
        assertEquals(850_000, ceiling, 1_000);
        frames(2, 1e6, 150 * MS);
        assertTrue(search.ceilingBps() < 0.8 * ceiling, "a long queue is drained faster");
        frames(2, 1e6, 40 * MS);
        assertEquals(0, search.drain(now));
        frames(2, 1e6, 5 * MS);
        assertEquals(950_000, search.drain(now));
        assertEquals(Long.MAX_VALUE, search.ceilingBps());
    }

    /** Frames come in bursts, and the last packet of each has waited for the others: that is no standing queue. */
    @Test
    void whatAFrameDoesToItselfIsNoQueue() {
        frames(20, 1e6, 60 * MS);
        cut(1_000_000, 60 * MS);
        Feedback feedback = new Feedback();
        for (int i = 0; i < 4; i++) {
            feedback.received(sequence++, now / MS + i, BYTES, now / MS + 8 * i);
        }
        for (int frame = 0; frame < 2; frame++) {
            for (int i = 0; i < 4; i++) {
                search.onPacket(now, feedback, i, 8 * i * MS);
            }
            search.onFeedback();
        }
        assertTrue(search.drain(now) > 0);
    }

    @Test
    void aQueueThatOthersShareIsNotDrainedForThem() {
        // Half of the link is ours, yet our frames get through at seven tenths of it.
        for (int i = 0; i < 5; i++) {
            frames(20, 1.4e6, 60 * MS);
            cut(1_000_000, 60 * MS);
            assertEquals(i == 0, search.draining(), "one measurement alone does not prove competition");
            frames(2, 1.4e6, 0);
            search.drain(now);
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
        assertFalse(search.collapsed(now, TARGET, 400_000, 1_000_000), "without a queue the sender may have paused");
        frames(2, 1e6, 60 * MS);
        assertTrue(search.collapsed(now, TARGET, 400_000, 1_000_000));
        assertFalse(search.collapsed(now, TARGET, 900_000, 1_000_000));
    }

    @Test
    void theCapacityIsWhatPassesWhileThereIsAQueueHoweverUnevenlyWeSend() {
        frames(20, 1e6, 60 * MS);
        assertEquals(1e6, search.capacityBps(now, 900_000, 1_000_000), 5e4);
        assertEquals(0, new CapacitySearch(0, TARGET).capacityBps(now, 900_000, 1_000_000));
    }

    @Test
    void theWindowHoldsWhatNobodyCanHaveReportedYet() {
        assertEquals(15_000, search.windowBytes(TARGET), "a few packets always fit");
        lateNanos = 50 * MS;
        frames(20, 10e6, 0);
        // 83 ms until the feedback of a frame's first packet, and 60 ms.
        assertEquals(5e6 / 8 * 0.143, search.windowBytes(5_000_000), 3_000);
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

    /** One packet in each feedback, as a viewer answers that is asked with each; all left together. */
    private boolean arrive(double sentMillis, int packets, double firstMillis, double stepMillis) {
        boolean collapsed = false;
        for (int i = 0; i < packets; i++) {
            double at = firstMillis + i * stepMillis;
            now = (long) (at * MS) + 5 * MS;
            search.onPacket(now, new Feedback().received(sequence++, sentMillis, BYTES, at), 0,
                    (long) ((at - sentMillis) * MS));
            search.onFeedback();
            collapsed = search.collapsed(now, TARGET, TARGET, TARGET);
        }
        return collapsed;
    }

    @Test
    void packetsThatAllTakeTwiceAsLongAreAFallBeforeAWholeFrameHasMetIt() {
        assertFalse(arrive(0, 8, 8, 8), "1 Mbit/s, and a queue from the first frame on, which passes");
        assertFalse(arrive(100, 2, 121, 21));
        assertTrue(arrive(100, 1, 163, 21));
        assertEquals(8e6 / 21, search.capacityBps(now, TARGET, TARGET), 100);
        assertEquals(8_000, search.windowBytes(TARGET), "hardly anything more leaves");
    }

    @Test
    void oneGapIsNoFall() {
        assertFalse(arrive(0, 1, 8, 8));
        assertFalse(arrive(0, 6, 120, 1), "a radio that was silent for 100 ms, and then lets all through");
    }

    @Test
    void littleIsInFlightWhereNewsIsPrompt() {
        arrive(0, 3, 8, 8);
        assertEquals(45_000, search.windowBytes(8 * TARGET), 1_000, "40 ms of it, and the 5 that a report takes");
        lateNanos = 50 * MS;
        frames(20, 10e6, 0);
        assertEquals(143_000, search.windowBytes(8 * TARGET), 5_000, "83 ms for a report, and 60");
    }
}
