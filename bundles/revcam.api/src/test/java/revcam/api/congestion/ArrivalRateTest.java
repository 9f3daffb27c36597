package revcam.api.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ArrivalRateTest {

    private static final long MS = 1_000_000;

    private final ArrivalRate rate = new ArrivalRate();
    private long now;

    /** 1000 bytes each step. */
    private void packets(int count, int stepMillis) {
        for (int i = 0; i < count; i++) {
            now += stepMillis * MS;
            rate.onPacket(now, 1000);
        }
    }

    @Test
    void theFirstPacketOpensTheInterval() {
        packets(11, 8);
        assertEquals(1_000_000, rate.bps(500 * MS, 10));
    }

    @Test
    void aShortWindowSeesAFallThatALongOneHardlySees() {
        packets(100, 8);
        packets(12, 16);
        assertEquals(500_000, rate.bps(100 * MS, 5));
        assertEquals((12 + 38) * 8_000 * 1_000 / (12 * 16 + 38 * 8), rate.bps(500 * MS, 5));
    }

    @Test
    void withTooFewPacketsNothingCanBeSaid() {
        packets(9, 8);
        assertEquals(0, rate.bps(500 * MS, 10));
    }

    @Test
    void soManyPacketsAreTakenEvenIfTheyTookLonger() {
        packets(20, 100);
        assertEquals(80_000, rate.bps(50 * MS, 10));
    }

    @Test
    void anOvertakenPacketCountsWhereTheNewestAre() {
        packets(10, 8);
        rate.onPacket(now - 40 * MS, 1000);
        assertEquals(10_000 * 8 * 1000 / 72, rate.bps(500 * MS, 10), 1);
    }

    @Test
    void whatCameBeforeAJumpOfTheClockSaysNothing() {
        packets(20, 8);
        now += 4_000 * MS;
        packets(9, 8);
        assertEquals(0, rate.bps(500 * MS, 10));
        packets(2, 8);
        assertEquals(1_000_000, rate.bps(500 * MS, 10));
    }
}
