package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import revcam.congestion.gcc.OveruseDetector.Usage;

class DelayBasedRateTest {

    private static final long MS = 1_000_000;
    private static final long RTT = 100 * MS;

    private final DelayBasedRate rate = DelayBasedRate.ofBrowsers(0, 1_000_000);
    private long now;

    private void normal(int millis, long acknowledgedBps, boolean hungry) {
        for (int elapsed = 0; elapsed < millis; elapsed += 50) {
            now += 50 * MS;
            rate.update(now, Usage.NORMAL, acknowledgedBps, RTT, hungry);
        }
    }

    private boolean overuse(long acknowledgedBps) {
        now += 50 * MS;
        return rate.update(now, Usage.OVERUSING, acknowledgedBps, RTT, true);
    }

    @Test
    void whileNothingIsKnownOfTheCapacityItGrowsByEightPercentASecond() {
        normal(50, 1_000_000, true);
        normal(3_000, 1_000_000, true);
        assertEquals(1_000_000 * Math.pow(1.08, 3), rate.bps(), 2_000);
    }

    @Test
    void itDoesNotGrowBeyondOneAndAHalfOfWhatArrives() {
        normal(20_000, 800_000, true);
        assertEquals(1.5 * 800_000 + 10_000, rate.bps(), 1_000);
    }

    @Test
    void anIdleSendersRateStays() {
        normal(10_000, 300_000, false);
        assertEquals(1_000_000, rate.bps());
    }

    @Test
    void overuseCutsBelowWhatArrives() {
        normal(1_000, 900_000, true);
        assertTrue(overuse(900_000));
        assertEquals(0.85 * 900_000, rate.bps(), 1);
    }

    @Test
    void itIsNotCutTwiceWithinARoundTripUnlessFarTooMuchIsSent() {
        normal(1_000, 900_000, true);
        overuse(900_000);
        long after = rate.bps();
        assertFalse(overuse(800_000));
        assertEquals(after, rate.bps());
        assertTrue(overuse(300_000), "less than half of it arrives");
        assertEquals(0.85 * 300_000, rate.bps(), 1);
    }

    @Test
    void nearTheCapacityItGrowsByAboutAPacketInAResponseTime() {
        normal(1_000, 1_000_000, true);
        overuse(1_000_000);
        normal(100, 850_000, true);
        long before = rate.bps();
        normal(1_000, 900_000, true);
        double packetBits = 850_000 / 30.0 / 3; // three packets are a frame
        assertEquals(packetBits / (2 * (0.1 + 0.1)), rate.bps() - before, 4_000);
    }

    @Test
    void whenMuchMoreArrivesTheOldCapacityIsForgotten() {
        normal(1_000, 1_000_000, true);
        overuse(1_000_000);
        normal(100, 850_000, true);
        rate.set(now, 2_000_000); // as after a probe
        long before = rate.bps();
        normal(1_000, 1_900_000, true);
        assertEquals(1.08 * before, rate.bps(), 10_000);
    }

    @Test
    void afterAJumpItClimbsUntilTheNextLimit() {
        DelayBasedRate even = DelayBasedRate.even(0, 3_000_000);
        even.update(now += 50 * MS, Usage.OVERUSING, 3_000_000, RTT, true);
        even.update(now += 50 * MS, Usage.NORMAL, 3_000_000, RTT, true);
        even.set(now, 3_000_000);
        even.climb();
        even.update(now += 100 * MS, Usage.NORMAL, 3_000_000, RTT, true);
        assertEquals(3_012_000, even.bps(), 100);
        even.update(now += 1_000 * MS, Usage.OVERUSING, 3_000_000, RTT, true);
        even.update(now += 50 * MS, Usage.NORMAL, 3_000_000, RTT, true);
        even.set(now, 3_000_000);
        even.update(now += 100 * MS, Usage.NORMAL, 3_000_000, RTT, true);
        assertEquals(3_006_000, even.bps(), 100);
    }

    @Test
    void flowsThatAreCutTogetherAndGrowEvenlyEndAtTheSameRate() {
        DelayBasedRate large = DelayBasedRate.even(0, 3_000_000);
        DelayBasedRate small = DelayBasedRate.even(0, 500_000);
        for (int elapsed = 0; elapsed < 120_000; elapsed += 50) {
            now += 50 * MS;
            Usage usage = large.bps() + small.bps() > 3_500_000 ? Usage.OVERUSING : Usage.NORMAL;
            large.update(now, usage, large.bps(), 20 * MS, true);
            small.update(now, usage, small.bps(), 300 * MS, true);
        }
        assertEquals(1, (double) small.bps() / large.bps(), 0.1, small.bps() + " against " + large.bps());
    }

    @Test
    void untilItHasMetALimitEvenGrowthIsEightPercentASecondToo() {
        DelayBasedRate even = DelayBasedRate.even(0, 1_000_000);
        normal(3_050, 1_000_000, true);
        for (long at = 50 * MS; at <= 3_050 * MS; at += 50 * MS) {
            even.update(at, Usage.NORMAL, 1_000_000, RTT, true);
        }
        assertEquals(rate.bps(), even.bps());
    }

    @Test
    void whileAQueueEmptiesItWaits() {
        long before = rate.bps();
        for (int i = 0; i < 20; i++) {
            now += 50 * MS;
            rate.update(now, Usage.UNDERUSING, 900_000, RTT, true);
        }
        assertEquals(before, rate.bps());
    }
}
