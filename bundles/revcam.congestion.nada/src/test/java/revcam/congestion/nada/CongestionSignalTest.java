package revcam.congestion.nada;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A packet each ten milliseconds over a path of 40 ms, on clocks that have nothing to do with each other. */
class CongestionSignalTest {

    private static final long MS = 1_000_000;
    private static final long CLOCKS_APART = -123_456_789 * MS;

    private final CongestionSignal signal = new CongestionSignal();
    private long now;

    private void packets(int count, double queueMillis) {
        for (int i = 0; i < count; i++) {
            packet(queueMillis);
        }
    }

    private void packet(double queueMillis) {
        now += 10 * MS;
        signal.onReceived(now, now - 90 * MS, now - 50 * MS + (long) (queueMillis * MS) + CLOCKS_APART);
    }

    /** An interval of twenty packets, the first of which are lost. */
    private void interval(int lost, double queueMillis) {
        for (int i = 0; i < lost; i++) {
            signal.onLost();
        }
        packets(20 - lost, queueMillis);
        signal.endInterval();
    }

    @Test
    void aQueueIsWhatComesOnTopOfThePath() {
        packets(20, 0);
        assertEquals(0, signal.millis(), 0.01);
        packets(20, 30);
        assertEquals(30, signal.queueMillis(), 0.01);
        assertEquals(30, signal.millis(), 0.01);
    }

    @Test
    void jitterIsNoQueueAsLongAsOnePacketInFifteenComesThroughAtOnce() {
        packet(0);
        for (int i = 0; i < 10; i++) {
            packets(14, 25);
            packet(0);
            assertEquals(0, signal.queueMillis(), 0.01);
        }
        packets(15, 25);
        assertEquals(25, signal.queueMillis(), 0.01);
    }

    @Test
    void lossCostsBySquareAndIsForgottenSlowly() {
        interval(0, 0);
        interval(1, 0); // 5 %, smoothed to 0.5 %
        assertEquals(0.005, signal.loss(), 1e-9);
        assertEquals(10 * 0.5 * 0.5, signal.millis(), 0.01);
        interval(1, 0);
        assertEquals(10 * 0.95 * 0.95, signal.millis(), 0.01);
        interval(0, 0);
        assertEquals(0.9 * 0.0095, signal.loss(), 1e-9);
    }

    @Test
    void anIntervalInWhichNothingWasReportedSaysNothing() {
        interval(2, 0);
        double before = signal.loss();
        signal.endInterval();
        assertEquals(before, signal.loss());
    }

    @Test
    void whereOthersOnlyHeedLossALongQueueCountsForLess() {
        packets(20, 0);
        packets(20, 150);
        assertEquals(150, signal.millis(), 0.01, "without loss every millisecond counts");
        signal.onLost();
        packets(20, 150);
        double bent = 50 * Math.exp(-0.5 * (150 - 50) / 50);
        assertEquals(bent, signal.millis(), 0.01);
    }

    @Test
    void aShortQueueIsNotBentDown() {
        packets(20, 0);
        signal.onLost();
        packets(20, 45);
        assertEquals(45, signal.millis(), 0.01);
    }

    @Test
    void lossesAreOverWhenTheyStayAwayForSevenTimesAsLongAsTheyUsuallyDo() {
        packets(99, 0);
        signal.onLost(); // one in a hundred packets
        packets(699, 150);
        assertTrue(signal.millis() < 50, "losing still: " + signal.millis());
        packet(150);
        assertEquals(150, signal.millis(), 0.01);
    }

    @Test
    void theSignalIsBounded() {
        packets(20, 0);
        for (int i = 0; i < 100; i++) {
            interval(20, 0);
        }
        assertEquals(2000, signal.millis(), 0.01);
    }

    @Test
    void onAnotherPathTheOldDelayIsNoMeasure() {
        packets(20, 0);
        packets(20, 80);
        signal.forget();
        assertEquals(0, signal.queueMillis(), 0.01);
        packets(20, 80);
        assertEquals(0, signal.queueMillis(), 0.01, "80 ms more is how far away it is now");
    }
}
