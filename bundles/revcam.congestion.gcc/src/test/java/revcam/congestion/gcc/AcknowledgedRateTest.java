package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AcknowledgedRateTest {

    private static final long MS = 1_000_000;
    private static final int BYTES = 1250; // one each 10 ms is 1 Mbit/s

    private final AcknowledgedRate rate = new AcknowledgedRate();

    private void packets(int count, long fromMillis, long everyMillis) {
        for (int i = 0; i < count; i++) {
            long sent = (fromMillis + i * everyMillis) * MS;
            rate.onPacket(sent, sent + 30 * MS, BYTES);
        }
    }

    @Test
    void fewPacketsSayNothing() {
        packets(9, 0, 10);
        assertEquals(0, rate.bps());
        packets(1, 90, 10);
        assertEquals(1e6, rate.bps(), 1e3);
    }

    @Test
    void aChangeShowsWithinASecond() {
        packets(200, 0, 10);
        packets(400, 2000, 5);
        assertEquals(2e6, rate.bps(), 2e4);
    }

    @Test
    void atLowRatesItTakesTwentyPacketsHoweverLong() {
        packets(40, 0, 100);
        assertEquals(1e5, rate.bps(), 1e3);
    }

    @Test
    void aPauseOfTheNetworkIsNoLowRate() {
        packets(50, 0, 10);
        for (int i = 50; i < 100; i++) { // half a second's worth arrives at once after 300 ms of nothing
            long sent = i * 10 * MS;
            rate.onPacket(sent, Math.max(sent, 800 * MS) + 30 * MS, BYTES);
        }
        assertEquals(1e6, rate.bps(), 5e4);
    }

    @Test
    void itIsNotFasterThanWhatLeft() {
        for (int i = 0; i < 100; i++) {
            rate.onPacket(i * 10 * MS, 2000 * MS + i * MS, BYTES);
        }
        assertTrue(rate.bps() <= 1.01e6, rate.bps() + " bit/s of 1 Mbit/s sent");
    }

    @Test
    void packetsThatOvertookEachOtherCountAllTheSame() {
        for (int i = 0; i < 100; i += 2) {
            rate.onPacket((i + 1) * 10 * MS, (i + 1) * 10 * MS + 30 * MS, BYTES);
            rate.onPacket(i * 10 * MS, i * 10 * MS + 30 * MS, BYTES);
        }
        assertEquals(1e6, rate.bps(), 2e4);
    }

    @Test
    void aClockThatJumpsBeginsAnew() {
        packets(100, 0, 10);
        packets(30, 500_000, 5);
        assertEquals(2e6, rate.bps(), 2e4);
    }
}
