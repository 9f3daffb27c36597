package revcam.stream.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import revcam.stream.rate.Ladder.Means;
import revcam.stream.rate.Ladder.Rung;

/** An encoder that needs 276 kbit/s for 1280x720 at 30 frames a second, on simulated time. */
class LadderTest {

    private static final double FLOOR = 276_000;
    private static final double NONE = Double.MAX_VALUE;

    private Ladder ladder = new Ladder(List.of(Means.FPS, Means.SIZE, Means.ENCODER));
    private long now = -20_000_000_000L;
    private double floor = FLOOR;
    private double other = NONE;
    private boolean scales = true;

    /** @return how often another rung was taken */
    private int run(double seconds, long kbps) {
        int taken = 0;
        for (int i = 0; i < Math.round(seconds * 4); i++) {
            now += 250_000_000;
            taken += ladder.settle(now, kbps * 1_000, floor, other, scales) ? 1 : 0;
        }
        return taken;
    }

    private void assertRung(int every, Scale size, boolean otherEncoder) {
        assertEquals(new Rung(every, size, otherEncoder), ladder.rung());
    }

    @Test
    void aboveItsFloorNothingIsGivenUp() {
        assertEquals(0, run(60, 280));
        assertRung(1, Scale.FULL, false);
        assertEquals("", ladder.reason());
    }

    @Test
    void aShortDipIsNothing() {
        for (int i = 0; i < 20; i++) {
            assertEquals(0, run(1.75, 50));
            assertEquals(0, run(0.5, 300));
        }
    }

    @Test
    void firstPicturesAreLeftOutThenTheyGetSmaller() {
        run(3, 200);
        assertRung(2, Scale.FULL, false);
        assertTrue(ladder.reason().contains("200 kbit/s") && ladder.reason().contains("276"), ladder.reason());
        run(3, 100);
        assertRung(2, Scale.TWO_THIRDS, false);
        run(3, 50);
        assertRung(2, Scale.HALF, false);
        assertEquals(0, run(60, 10), "lower it cannot go");
    }

    @Test
    void aDeepFallIsOneStep() {
        assertEquals(1, run(3, 40));
        assertRung(2, Scale.HALF, false);
    }

    @Test
    void backItGoesAfterTenSecondsWithSomeToSpare() {
        run(3, 40);
        assertEquals(0, run(9.5, 2_000));
        assertEquals(1, run(1, 2_000), "in one step");
        assertRung(1, Scale.FULL, false);
        assertEquals("", ladder.reason());
        run(3, 200);
        assertEquals(0, run(60, 350), "less than 1.3 times the floor");
        assertEquals(1, run(12, 365));
        assertRung(1, Scale.FULL, false);
    }

    @Test
    void theWorstOfTheTenSecondsSaysHowFar() {
        run(3, 40);
        run(5, 2_000);
        run(1, 260);
        run(5, 2_000);
        assertRung(2, Scale.FULL, false);
        run(11, 2_000);
        assertRung(1, Scale.FULL, false);
    }

    @Test
    void aTargetThatSwingsAroundTheFloorDoesNotSwingThePictures() {
        int taken = 0;
        for (int i = 0; i < 30; i++) {
            taken += run(3, 250) + run(3, 340);
        }
        assertEquals(1, taken);
    }

    @Test
    void anEncoderWithALowerFloorIsTheLastResort() {
        floor = 1_000_000;
        other = FLOOR;
        run(3, 120);
        assertRung(2, Scale.HALF, true);
        other = NONE; // it went
        run(11, 120);
        assertRung(2, Scale.HALF, false);
    }

    @Test
    void whatCannotBeScaledIsNot() {
        scales = false;
        run(3, 20);
        assertRung(2, Scale.FULL, false);
    }

    @Test
    void theOrderIsConfigured() {
        ladder = new Ladder(List.of(Means.SIZE, Means.FPS));
        run(3, 130);
        assertRung(1, Scale.TWO_THIRDS, false);
        run(3, 60);
        assertRung(2, Scale.HALF, false);
        ladder.configure(List.of());
        assertRung(1, Scale.FULL, false);
        assertEquals(0, run(10, 10), "none");
    }

    @Test
    void withoutAFloorThereIsNoLadder() {
        floor = 0;
        assertEquals(0, run(10, 1));
    }
}
