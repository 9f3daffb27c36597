package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SentRateTest {

    private static final long MS = 1_000_000;

    private final SentRate rate = new SentRate(-150 * MS);

    @Test
    void itIsThatOfTheLastFullQuarterOfASecond() {
        rate.onSent(25_000);
        assertEquals(0, rate.bps(99 * MS), "the first is not over");
        assertEquals(800_000, rate.bps(100 * MS));
        rate.onSent(5_000);
        assertEquals(800_000, rate.bps(349 * MS));
        assertEquals(80_000, rate.bps(600 * MS), "feedback came late, the window is longer");
        assertEquals(0, rate.bps(850 * MS));
    }
}
