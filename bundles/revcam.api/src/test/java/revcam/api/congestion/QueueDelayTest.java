package revcam.api.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class QueueDelayTest {

    private static final long MS = 1_000_000;
    private static final long CLOCKS_APART = 77_000_000 * MS;

    private final QueueDelay queue = new QueueDelay();
    private long now;

    private long after(int millis, double delayMillis) {
        now += millis * MS;
        queue.onPacket(now, now - 200 * MS, now - 200 * MS + (long) (delayMillis * MS) + CLOCKS_APART);
        return queue.nanos();
    }

    @Test
    void itIsWhatComesOnTopOfTheLeast() {
        assertEquals(0, after(10, 50));
        assertEquals(30 * MS, after(10, 80));
        assertEquals(0, after(10, 40), "nearer than thought");
        assertEquals(40 * MS, after(10, 80));
    }

    @Test
    void aLeastThatIsHalfAMinuteOldIsNoMeasureAnyMore() {
        after(0, 50);
        for (int second = 0; second < 25; second++) {
            assertEquals(10 * MS, after(1_000, 60));
        }
        for (int second = 0; second < 10; second++) {
            after(1_000, 60);
        }
        assertEquals(0, queue.nanos(), "the path is ten milliseconds longer, or the clocks drift apart");
    }

    @Test
    void aClockThatJumpsBeginsAnew() {
        after(0, 50);
        assertEquals(0, after(10, 50 + 11_000));
        assertEquals(5 * MS, after(10, 55 + 11_000));
    }

    @Test
    void withoutPacketsThereIsNoQueue() {
        assertEquals(0, queue.nanos());
        after(0, 50);
        after(10, 90);
        queue.forget();
        assertEquals(0, queue.nanos());
    }
}
