package revcam.congestion.scream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/** A controller that is told what a path did; 100 ms there and back, packets of 1000 bytes. */
class ScreamRatesTest {

    private static final long MS = 1_000_000;
    private static final int BYTES = 1000;
    private static final RateLimits LIMITS = new RateLimits(100_000, 1_000_000, 5_000_000);

    private final ScreamController controller = new ScreamController(0, LIMITS, new RateSnapshot(1_000_000, 100 * MS, 0),
            ScreamSettings.DEFAULT);
    private long now;
    private long sequence;

    /** Sends what the target allows in a round trip and hears of it, after a queue. */
    private void round(double queueMillis) {
        int count = (int) (controller.targetBps() / 8e3 * (100 + queueMillis) / BYTES);
        long first = sequence;
        for (int i = 0; i < count; i++) {
            controller.onPacketSent(now, sequence++, BYTES);
        }
        long sentNanos = now;
        now += 100 * MS + (long) (queueMillis * MS);
        controller.onPacketFeedback(now, new PacketFeedback() {
            @Override
            public int count() {
                return count;
            }

            @Override
            public long transportSequence(int index) {
                return first + index;
            }

            @Override
            public long sentNanos(int index) {
                return sentNanos;
            }

            @Override
            public int sizeBytes(int index) {
                return BYTES;
            }

            @Override
            public boolean received(int index) {
                return true;
            }

            @Override
            public long arrivalNanos(int index) {
                return sentNanos + 50 * MS + (long) (queueMillis * MS);
            }
        });
    }

    @Test
    void theTargetIsTheWindowPerRoundTripAndRisesWhileNothingQueues() {
        round(0);
        long before = controller.targetBps();
        for (int i = 0; i < 50; i++) {
            round(0);
        }
        assertTrue(controller.targetBps() > 1.3 * before, before + " became " + controller.targetBps());
    }

    @Test
    void aQueueOfItsTargetShrinksItAndHalfOfItDoesNot() {
        double target = ScreamSettings.DEFAULT.queueDelayMillis();
        round(0);
        long before = controller.targetBps();
        for (int i = 0; i < 10; i++) {
            round(0.45 * target);
        }
        assertTrue(controller.targetBps() > 0.8 * before, "a round trip that is longer by a quarter, no more: "
                + controller.targetBps());
        before = controller.targetBps();
        for (int i = 0; i < 10; i++) {
            round(target);
        }
        assertTrue(controller.targetBps() < 0.5 * before, before + " became " + controller.targetBps());
    }

    @Test
    void whereOthersKeepTheQueueFullItPutsUpWithALongerOne() {
        round(0);
        for (int i = 0; i < 10; i++) {
            round(100);
        }
        long starved = controller.targetBps();
        for (int i = 0; i < 60; i++) {
            round(100);
        }
        assertTrue(controller.targetBps() > starved, starved + " became " + controller.targetBps());
    }

    @Test
    void moreThanTheWindowWithItsHeadroomIsNotInFlight() {
        round(0);
        long room = controller.windowBytes();
        assertTrue(room > 0);
        int packets = 0;
        while (controller.windowBytes() > 0) {
            controller.onPacketSent(now, sequence++, BYTES);
            packets++;
        }
        assertEquals((room + BYTES - 1) / BYTES, packets);
        assertTrue(packets * BYTES > 1_000_000 / 8 / 10, "a round trip's worth fits");
    }

    @Test
    void whatWaitsLongToBeSentSlowsTheEncoderDown() {
        round(0);
        long before = controller.targetBps();
        controller.onSendQueue(now, (long) (0.05 * before / 8));
        assertEquals(before, controller.targetBps(), "50 ms are a frame or two");
        controller.onSendQueue(now, (long) (0.36 * before / 8));
        assertEquals(0.7 * before, controller.targetBps(), 0.01 * before);
        controller.onSendQueue(now, 10 * before);
        assertEquals(0.5 * before, controller.targetBps(), 0.01 * before, "down to half, no further");
        assertTrue(controller.pacingBps() > before, "and is sent no slower for it");
    }

    @Test
    void silenceCostsTwoFifthsAndOpensTheWindow() {
        round(0);
        long before = controller.targetBps();
        while (controller.windowBytes() > 0) {
            controller.onPacketSent(now, sequence++, BYTES);
        }
        long deadline = controller.nextDeadlineNanos();
        assertEquals(now + 1_000 * MS, deadline);
        controller.onDeadline(deadline);
        assertEquals(0.6 * before, controller.targetBps(), 2);
        assertTrue(controller.windowBytes() > 0);
    }
}
