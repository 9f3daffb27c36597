package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SentRateTest {

    private static final long MS = 1_000_000;

    private final SentRate rate = new SentRate(-300 * MS);

    @Test
    void itIsThatOfTheLastFullHalfSecond() {
        rate.onSent(50_000);
        assertEquals(0, rate.bps(199 * MS), "the first is not over");
        assertEquals(800_000, rate.bps(200 * MS));
        rate.onSent(10_000);
        assertEquals(800_000, rate.bps(699 * MS));
        assertEquals(80_000, rate.bps(1_200 * MS), "feedback came late, the window is longer");
        assertEquals(0, rate.bps(1_700 * MS));
    }
}
