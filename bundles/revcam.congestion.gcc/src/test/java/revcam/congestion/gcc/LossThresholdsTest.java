package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LossThresholdsTest {

    private static final long MS = 1_000_000;
    private static final long RTT = 100 * MS;

    private final LossThresholds loss = new LossThresholds(0, 1_000_000);
    private long now;

    private void report(int times, int everyMillis, double share) {
        for (int i = 0; i < times; i++) {
            now += everyMillis * MS;
            loss.onLoss(now, share, RTT, loss.bps());
        }
    }

    @Test
    void below2PercentItRisesBy8PercentASecond() {
        report(5, 1_000, 0.01);
        assertEquals(1_000_000 * Math.pow(1.08, 5), loss.bps(), 10_000);
    }

    @Test
    void moreReportsDoNotMakeItRiseFaster() {
        report(50, 100, 0.01);
        assertEquals(1_000_000 * Math.pow(1.08, 5), loss.bps(), 10_000);
    }

    @Test
    void between2And10PercentItStays() {
        report(20, 1_000, 0.06);
        assertEquals(1_000_000, loss.bps());
    }

    @Test
    void above10PercentItFallsByHalfTheLoss() {
        report(1, 1_000, 0.2);
        assertEquals(900_000, loss.bps(), 1);
    }

    @Test
    void oneLossIsAnsweredOnce() {
        report(4, 90, 0.2); // within 300 ms and a round trip
        assertEquals(900_000, loss.bps(), 1);
        report(1, 300, 0.2);
        assertEquals(810_000, loss.bps(), 1);
    }

    @Test
    void fewPacketsSayNothing() {
        for (int i = 0; i < 19; i++) {
            loss.onPacket(now, 1200, i % 2 == 0);
        }
        loss.onFeedback(now += 1_000 * MS, RTT, 1_000_000, 1_000_000, 0, false);
        assertEquals(1_000_000, loss.bps());
        loss.onPacket(now, 1200, false);
        loss.onFeedback(now, RTT, 1_000_000, 1_000_000, 0, false);
        assertTrue(loss.bps() < 1_000_000, "half of twenty packets were lost");
    }
}
