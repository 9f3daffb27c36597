package revcam.encoder.x264;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against pictures that take what a model says, with another slope than is assumed. */
class RateControlTest {

    private static final double AVERAGE = 50_000;

    private final RateControl control = new RateControl();
    private final SplittableRandom random = new SplittableRandom(1);

    /** Bits that so many pictures take, each of a complexity and with a slope. */
    private double spend(int pictures, double averageBits, double complexity, double slope) {
        double sum = 0;
        for (int i = 0; i < pictures; i++) {
            double crf = control.next(averageBits);
            double bits = Math.pow(2, complexity + 0.3 * random.nextDouble(-1, 1) - slope * crf / 6);
            control.onPicture(bits, crf, averageBits, false);
            sum += bits;
        }
        return sum / pictures;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.6, 1, 1.5, 2.5})
    void whateverThePicturesAreLikeTheAverageIsSpent(double slope) {
        double complexity = usual(slope);
        spend(60, AVERAGE, complexity, slope);
        assertEquals(1, spend(60, AVERAGE, complexity, slope) / AVERAGE, 0.04);
        spend(30, 2 * AVERAGE, complexity, slope);
        assertEquals(1, spend(60, 2 * AVERAGE, complexity, slope) / (2 * AVERAGE), 0.04);
        spend(30, AVERAGE, complexity + 1, slope);
        assertEquals(1, spend(60, AVERAGE, complexity + 1, slope) / AVERAGE, 0.04);
    }

    /** Of pictures that take the average at a factor of 30. */
    private static double usual(double slope) {
        return Math.log(AVERAGE) / Math.log(2) + slope * 30 / 6;
    }

    @Test
    void anIntraPictureIsPaidForByThoseAfterIt() {
        spend(60, AVERAGE, usual(1.5), 1.5);
        control.onPicture(4 * AVERAGE, control.next(AVERAGE), AVERAGE, true);
        assertEquals(1, (4 + 30 * spend(30, AVERAGE, usual(1.5), 1.5) / AVERAGE) / 31, 0.06);
    }

    @Test
    void whatWasNotSpentIsNoReasonForABurst() {
        double finest = usual(1.5) - 1.5 * 20 / 6; // takes the average at a factor of 10
        spend(90, AVERAGE, finest - 4, 1.5);
        assertEquals(10, control.crf());
        double pictures = 10 * spend(10, AVERAGE, finest, 1.5) / AVERAGE;
        assertTrue(pictures < 11.5, "ten pictures took what " + pictures + " may");
    }

    @Test
    void whereTheVbvHoldsThePictureCoarserTheFactorDoesNotRunAway() {
        spend(60, AVERAGE, usual(1.5), 1.5);
        for (int i = 0; i < 60; i++) {
            double asked = control.next(AVERAGE);
            control.onPicture(AVERAGE / 3, Math.max(30, asked), AVERAGE, false);
            assertTrue(asked >= 27 - 1e-9, "asked for " + asked);
        }
    }
}
