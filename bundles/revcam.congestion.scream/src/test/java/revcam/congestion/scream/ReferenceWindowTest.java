package revcam.congestion.scream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A window on a path of 150 ms, where growth is neither sped up nor slowed down; its bytes are acknowledged each round trip. */
class ReferenceWindowTest {

    private static final long MS = 1_000_000;
    private static final long RTT = 150 * MS;
    private static final double START = 40_000;

    private final ReferenceWindow window = new ReferenceWindow(0, START);
    private long now;

    private void roundTrip(double congestion, boolean used) {
        roundTrip(congestion, used, RTT);
    }

    private void roundTrip(double congestion, boolean used, long pathNanos) {
        now += RTT;
        window.update(now, (long) window.bytes(), used, congestion, RTT, pathNanos);
    }

    @Test
    void farFromWhereItMetCongestionItGrowsByASegmentInARoundTrip() {
        roundTrip(0, true);
        assertEquals(START + ReferenceWindow.SEGMENT, window.bytes(), 1);
    }

    @Test
    void afterFiveCalmRoundTripsItGrowsByAShareOfItselfToo() {
        for (int i = 0; i < 5; i++) {
            roundTrip(0, true);
        }
        double before = window.bytes();
        roundTrip(0, true);
        assertEquals(before + ReferenceWindow.SEGMENT + 0.02 * before, window.bytes(), 1);
    }

    @Test
    void aWindowThatIsNotUsedDoesNotGrow() {
        for (int i = 0; i < 10; i++) {
            roundTrip(0, false);
        }
        assertEquals(START, window.bytes());
    }

    @Test
    void growthIsCarefulWhereItLastMetCongestion() {
        roundTrip(0, true);
        roundTrip(0.1, true);
        double before = window.bytes();
        roundTrip(0, true);
        assertEquals(0.25 * ReferenceWindow.SEGMENT, window.bytes() - before, 1);
    }

    @Test
    void lossWithAQueueTakesMoreThanLossWithout() {
        window.onLost();
        roundTrip(0, false);
        assertEquals(0.95 * START, window.bytes(), 1, "more likely the radio's");
        window.onLost();
        roundTrip(0.2, false);
        assertEquals(0.7 * 0.95 * START, window.bytes(), 1);
    }

    @Test
    void delayShrinksItTheMoreTheLongerTheQueue() {
        roundTrip(0.5, false);
        assertEquals((1 - 0.075) * START, window.bytes(), 1);
        roundTrip(1, false);
        assertEquals(0.85 * (1 - 0.075) * START, window.bytes(), 1);
    }

    @Test
    void itShrinksOnceInARoundTripHoweverMuchIsLost() {
        for (int i = 0; i < 3; i++) {
            now += RTT / 3;
            window.onLost();
            window.update(now, 5_000, false, 0.2, RTT, RTT);
        }
        assertEquals(0.7 * START, window.bytes(), 1);
    }

    @Test
    void whileTheQueueIsFullItDoesNotGrow() {
        roundTrip(1, true);
        assertEquals(0.85 * START, window.bytes(), 1);
        now += RTT / 3;
        window.update(now, 10_000, true, 1, RTT, RTT);
        assertEquals(0.85 * START, window.bytes(), 1);
    }

    @Test
    void overALongerPathItGrowsFasterWithinBounds() {
        roundTrip(0, true, 2 * RTT);
        assertEquals(START + 4 * ReferenceWindow.SEGMENT, window.bytes(), 1);
        ReferenceWindow near = new ReferenceWindow(0, START);
        near.update(RTT, (long) START, true, 0, RTT, RTT / 10);
        assertEquals(START + 0.2 * ReferenceWindow.SEGMENT, near.bytes(), 1);
    }

    @Test
    void threeSegmentsAlwaysFit() {
        for (int i = 0; i < 100; i++) {
            window.onLost();
            roundTrip(1, false);
        }
        assertEquals(3 * ReferenceWindow.SEGMENT, window.bytes());
        window.limit(0);
        assertTrue(window.bytes() > 0);
    }
}
