package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A path of some capacity; what the plan sends over it, and what it concludes. */
class ProbePlanTest {

    private static final long MS = 1_000_000;
    private static final int BYTES = 1000;

    private final List<Long> asked = new ArrayList<>();
    private final ProbePlan plan = new ProbePlan(0, 300_000, 4_000_000);
    private long now;
    private long sequence;

    /** Runs all clusters that follow one another now, then reports on them. */
    private long run(double capacityBps) {
        long best = 0;
        Feedback feedback = new Feedback();
        double free = 0;
        while (plan.bps() > 0) {
            long bps = plan.bps();
            asked.add(bps);
            for (double at = now; at < plan.nextDeadlineNanos(); at += BYTES * 8e9 / bps) {
                free = Math.max(free, at) + BYTES * 8e9 / capacityBps;
                plan.onSent(sequence);
                feedback.received(sequence++, at / MS, BYTES, free / MS + 30);
            }
            now = plan.nextDeadlineNanos();
            plan.onDeadline(now);
        }
        for (int i = 0; i < feedback.count(); i++) {
            plan.onPacket(feedback, i);
        }
        now += 100 * MS;
        best = plan.result(now, sequence - 1);
        plan.onEstimate(now, best);
        return best;
    }

    private void pass(int millis) {
        now += millis * MS;
        plan.onDeadline(now);
    }

    @Test
    void itBeginsWithThreeAndSixTimesTheStart() {
        plan.begin(now);
        assertEquals(0.95 * 1e6, run(1e6), 5e4);
        assertEquals(List.of(900_000L, 1_800_000L), asked);
        assertEquals(0, plan.bps(), "1 of 1.8 Mbit/s is too little to look further");
    }

    @Test
    void aProbeThatFindsMostOfWhatItAskedForIsFollowedByAHigherOne() {
        plan.begin(now);
        run(50e6);
        assertTrue(plan.bps() > 1.9 * 1_800_000, "next at " + plan.bps());
        assertEquals(3.6e6, run(50e6), 5e5);
        assertEquals(4_000_000, plan.bps());
        run(50e6);
        assertEquals(0, plan.bps(), "the ceiling has been probed");
    }

    @Test
    void anIdleSenderProbesEachFiveSeconds() {
        plan.onEstimate(now, 1_000_000);
        pass(4_900);
        plan.whileIdle(now);
        assertEquals(0, plan.bps());
        pass(200);
        plan.whileIdle(now);
        assertEquals(2_000_000, plan.bps());
    }

    @Test
    void afterALargeDropItAsksOnceForMostOfWhatWasThereBefore() {
        plan.onEstimate(now, 2_000_000);
        plan.onEstimate(now, 1_000_000);
        pass(1_000);
        plan.onNormal(now);
        assertEquals(1_700_000, plan.bps());
        run(1e6);
        pass(1_500);
        plan.onNormal(now);
        assertEquals(0, plan.bps(), "once in five seconds");
    }

    @Test
    void aSmallDropIsNoReason() {
        plan.onEstimate(now, 2_000_000);
        plan.onEstimate(now, 1_500_000);
        pass(1_000);
        plan.onNormal(now);
        assertEquals(0, plan.bps());
    }

    @Test
    void aCeilingThatRisesIsProbed() {
        plan.onEstimate(now, 3_900_000);
        plan.onCeiling(now, 8_000_000, true);
        assertEquals(8_000_000, plan.bps());
    }

    @Test
    void itNeverAsksForMoreThanTheCeiling() {
        ProbePlan low = new ProbePlan(0, 300_000, 700_000);
        low.begin(0);
        assertEquals(700_000, low.bps());
    }
}
