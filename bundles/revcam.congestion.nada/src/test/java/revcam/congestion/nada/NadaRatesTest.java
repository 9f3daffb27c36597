package revcam.congestion.nada;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/** A controller that is told what a path did: 100 ms there and back, feedback each 100 ms, packets of 1000 bytes. */
class NadaRatesTest {

    private static final long MS = 1_000_000;
    private static final int BYTES = 1000;
    private static final long MOST = 4_000_000;
    private static final RateLimits LIMITS = new RateLimits(100_000, 500_000, MOST);

    private final NadaController controller = new NadaController(0, LIMITS, new RateSnapshot(1_000_000, 100 * MS, 0),
            NadaSettings.DEFAULT);
    private long now;
    private long sequence;

    /** All that left in the last 100 ms arrives evenly, after a queue, but for the first packets. */
    private void feedback(NadaController told, double bps, double queueMillis, int lost) {
        int count = (int) (bps / 8 / 10 / BYTES);
        long first = sequence;
        long began = now;
        for (int i = 0; i < count; i++) {
            told.onPacketSent(began + i * 100 * MS / count, sequence++, BYTES);
        }
        now += 100 * MS;
        told.onPacketFeedback(now, new PacketFeedback() {
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
                return began + index * 100 * MS / count;
            }

            @Override
            public int sizeBytes(int index) {
                return BYTES;
            }

            @Override
            public boolean received(int index) {
                return index >= lost;
            }

            @Override
            public long arrivalNanos(int index) {
                return sentNanos(index) + 50 * MS + (long) (queueMillis * MS);
            }
        });
    }

    private void feedback(double bps, double queueMillis, int lost) {
        feedback(controller, bps, queueMillis, lost);
    }

    @Test
    void withNeitherQueueNorLossItRampsUpByAShareOfWhatArrives() {
        for (int i = 0; i < 10; i++) {
            feedback(2_000_000, 0, 0);
        }
        // Section 4.3: as much as builds a queue of 50 ms until it is heard of.
        double gamma = 50 / (100.0 + 100 + 120);
        assertEquals((1 + gamma) * 2_000_000, controller.targetBps(), 100_000);
    }

    @Test
    void aSuccessorDoesNotThinkThePathEmpty() {
        for (int i = 0; i < 4; i++) {
            feedback(2_000_000, 0, 0);
        }
        assertTrue(controller.targetBps() < 1_400_000, "within half a second it became " + controller.targetBps());
    }

    @Test
    void aLossEndsTheRampForHalfASecond() {
        for (int i = 0; i < 10; i++) {
            feedback(2_000_000, 0, 0);
        }
        long before = controller.targetBps();
        feedback(2_000_000, 0, 3);
        for (int i = 0; i < 4; i++) {
            feedback(3_000_000, 0, 0);
            assertTrue(controller.targetBps() < 1.25 * before, before + " became " + controller.targetBps());
        }
    }

    @Test
    void itSettlesWhereTheSignalIsTheReferenceOfItsRate() {
        feedback(1_000_000, 0, 0);
        double queue = 40;
        for (int i = 0; i < 2_000; i++) {
            // The path's own delay is seen now and then, so that the queue is known for one.
            feedback(controller.targetBps(), i % 250 == 0 ? 0 : queue, 0);
        }
        double expected = NadaSettings.DEFAULT.priority() * NadaSettings.DEFAULT.referenceMillis() * MOST / queue;
        assertEquals(expected, controller.targetBps(), 0.1 * expected);
    }

    @Test
    void whoHasTwiceThePrioritySettlesAtTwiceTheRate() {
        NadaSettings twice = new NadaSettings(2 * NadaSettings.DEFAULT.priority(), NadaSettings.DEFAULT.referenceMillis());
        NadaController preferred = new NadaController(0, LIMITS, new RateSnapshot(1_000_000, 100 * MS, 0), twice);
        double queue = 60;
        feedback(preferred, 1_000_000, 0, 0);
        for (int i = 0; i < 2_000; i++) {
            feedback(preferred, preferred.targetBps(), i % 250 == 0 ? 0 : queue, 0);
        }
        double expected = twice.priority() * twice.referenceMillis() * MOST / queue;
        assertEquals(expected, preferred.targetBps(), 0.1 * expected);
    }

    @Test
    void whatWaitsToBeSentSlowsTheEncoderDownAndTheSenderUp() {
        long target = controller.targetBps();
        long pacing = controller.pacingBps();
        controller.onSendQueue(now, target / 8 / 30);
        assertEquals(target, controller.targetBps(), "a frame that was just queued is no queue");
        controller.onSendQueue(now, 3 * target / 8 / 30);
        assertEquals(0.9 * target, controller.targetBps(), 2);
        assertEquals(pacing + 0.1 * target, controller.pacingBps(), 0.01 * target);
        controller.onSendQueue(now, 100 * target);
        assertEquals(target / 2, controller.targetBps(), 2, "down to half, no further");
    }

    @Test
    void silenceCostsTwoFifthsEachSecondWhilePacketsLeave() {
        feedback(1_000_000, 0, 0);
        long before = controller.targetBps();
        controller.onPacketSent(now, sequence++, BYTES);
        assertEquals(now + 1_000 * MS, controller.nextDeadlineNanos());
        controller.onDeadline(now + 1_000 * MS);
        assertEquals(0.6 * before, controller.targetBps(), 2);
        assertEquals(Long.MAX_VALUE, controller.nextDeadlineNanos(), "nothing else is out");
    }
}
