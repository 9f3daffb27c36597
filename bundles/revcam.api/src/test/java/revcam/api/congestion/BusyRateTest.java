package revcam.api.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Frames of four packets, 33 ms apart, behind a link of 1 Mbit/s. */
class BusyRateTest {

    private static final long MS = 1_000_000;
    private static final int BYTES = 1000;
    private static final long SERVICE = 8 * MS;
    private static final long ALL = 500 * MS;

    private final BusyRate busy = new BusyRate();
    private long now;
    private long free;

    private void frames(int count, int packets, long service) {
        for (int frame = 0; frame < count; frame++) {
            for (int i = 0; i < packets; i++) {
                long begins = Math.max(now, free);
                free = begins + service;
                busy.onPacket(now, free + 20 * MS, BYTES, begins - now);
            }
            now += 33 * MS;
        }
    }

    @Test
    void aLinkThatIsIdleBetweenFramesIsMeasuredWhileItIsNot() {
        frames(50, 3, SERVICE); // 727 kbit/s on average
        assertEquals(1e6, busy.bps(ALL, 0), 1e4);
    }

    @Test
    void aStandingQueueIsMeasuredAcrossFrames() {
        frames(30, 5, SERVICE);
        assertEquals(1e6, busy.bps(ALL, 0), 1e4);
        frames(4, 5, 2 * SERVICE);
        assertEquals(5e5, busy.bps(100 * MS, 0), 1e4, "the newest alone");
    }

    @Test
    void whatDoesNotWaitSaysNothing() {
        frames(30, 1, SERVICE);
        assertEquals(0, busy.bps(ALL, 0));
    }

    @Test
    void whatIsOldOrFromAnotherPathDoesNotCount() {
        frames(30, 5, SERVICE);
        assertEquals(0, busy.bps(ALL, now));
        assertEquals(0, busy.bps(ALL, now - 100 * MS), "too little since");
        busy.forget();
        assertEquals(0, busy.bps(ALL, 0));
    }

    @Test
    void theNewestStepsTellAtOnceHowFastTheLinkIsAtTheMost() {
        frames(10, 5, SERVICE);
        assertEquals(1e6, busy.fastestBps(3), 1e4);
        frames(1, 3, 3 * SERVICE);
        assertEquals(1e6 / 3, busy.fastestBps(3), 1e4);
        assertEquals(1e6, busy.fastestBps(4), 1e4, "one of them was from before");
    }

    @Test
    void stepsWithAPauseBetweenThemTellNothing() {
        frames(1, 4, SERVICE);
        assertEquals(1e6, busy.fastestBps(2), 1e4);
        assertEquals(Long.MAX_VALUE, busy.fastestBps(3), "the first did not wait");
        frames(1, 1, SERVICE);
        assertEquals(Long.MAX_VALUE, busy.fastestBps(1), "nor did that");
        frames(1, 4, SERVICE);
        busy.forget();
        assertEquals(Long.MAX_VALUE, busy.fastestBps(1));
    }
}
