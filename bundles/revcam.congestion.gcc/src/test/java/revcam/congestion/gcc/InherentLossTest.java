package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** A path that loses some packets whatever is sent, and whatever exceeds its capacity. */
class InherentLossTest {

    private static final long MS = 1_000_000;
    private static final long RTT = 100 * MS;
    private static final int BYTES = 1000;
    private static final long CEILING = 4_000_000;

    private final Random random = new Random(1);
    private final InherentLoss loss = new InherentLoss(1_000_000);
    private long now;

    /** Sends at what loss allows, at most at what delay would, and tells each 100 ms. */
    private void send(int seconds, double inherent, long capacityBps, long delayBps) {
        loss.limit(100_000, CEILING);
        for (int round = 0; round < 10 * seconds; round++) {
            long bps = Math.min(loss.bps(), delayBps);
            double excess = Math.max(0, 1 - (double) capacityBps / bps);
            double arriving = 0;
            int packets = (int) (bps / 8 / BYTES / 10);
            for (int i = 0; i < packets; i++) {
                boolean received = random.nextDouble() >= inherent && random.nextDouble() >= excess;
                loss.onPacket(now + i * 100 * MS / packets, BYTES, received);
                arriving += received ? 80.0 * BYTES : 0;
            }
            now += 100 * MS;
            loss.onFeedback(now, RTT, bps, delayBps, (long) arriving, false);
        }
    }

    private long allowed(long delayBps) {
        return Math.min(loss.bps(), delayBps);
    }

    @Test
    void withoutLossThereIsNoLimit() {
        send(10, 0, CEILING, 2_000_000);
        assertEquals(2_000_000, allowed(2_000_000));
    }

    @Test
    void lossThatThePathHasAnywayIsNoLimit() {
        send(20, 0.03, CEILING, 2_000_000);
        assertTrue(allowed(2_000_000) > 1_900_000, "3 % of random loss limit to " + allowed(2_000_000) + " of 2000000 bit/s");
    }

    @Test
    void lossByTooMuchIs() {
        send(10, 0, 1_000_000, 2_000_000);
        assertEquals(1_000_000, allowed(2_000_000), 250_000);
    }

    @Test
    void theOneIsToldFromTheOther() {
        send(20, 0.02, 1_000_000, 2_000_000);
        assertEquals(1_000_000, allowed(2_000_000), 250_000);
    }

    @Test
    void muchLossIsNotTakenForInherent() {
        send(20, 0.25, CEILING, 2_000_000);
        assertTrue(allowed(2_000_000) < 800_000, "with 25 % lost it allows " + allowed(2_000_000));
    }

    @Test
    void itComesBackWhenTheLossHasGone() {
        send(10, 0, 600_000, 2_000_000);
        assertTrue(allowed(2_000_000) < 1_000_000, "it allows " + allowed(2_000_000));
        send(30, 0, CEILING, 2_000_000);
        assertEquals(2_000_000, allowed(2_000_000));
    }

    @Test
    void whatWasForgottenDoesNotCount() {
        send(5, 0, CEILING, 2_000_000);
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 20; i++) {
                loss.onPacket(now + i * MS, BYTES, false);
            }
            now += 100 * MS;
            loss.forget();
            loss.onFeedback(now, RTT, 2_000_000, 2_000_000, 2_000_000, false);
        }
        assertEquals(2_000_000, allowed(2_000_000));
    }
}
