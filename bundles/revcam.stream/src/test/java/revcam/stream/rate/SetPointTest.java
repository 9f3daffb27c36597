package revcam.stream.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoders with habits, 30 frames a second on simulated time. */
class SetPointTest {

    /** What an encoder makes of what it is told. */
    private interface Habit {
        double frameBits(double toldBps, int frame);
    }

    private final SetPoint setPoint = new SetPoint();
    private final List<Double> corrections = new ArrayList<>();
    private long now = -9_000_000_000L;
    private int frame;

    /** @return what it gave, bits per second */
    private double run(double seconds, long wantedBps, Habit habit) {
        double bits = 0;
        corrections.clear();
        for (int i = 0; i < 30 * seconds; i++, frame++) {
            now += 33_333_333;
            long told = setPoint.told(now, wantedBps);
            double given = habit.frameBits(told, frame);
            bits += given;
            setPoint.onUnit(Math.round(given / 8));
            corrections.add(setPoint.correction());
        }
        return bits / seconds;
    }

    private double swing() {
        return corrections.stream().mapToDouble(c -> c).max().orElse(0)
                - corrections.stream().mapToDouble(c -> c).min().orElse(0);
    }

    private static final Habit EXACT = (bps, frame) -> bps / 30;

    /** An IDR picture of five frames every two seconds, paid back by the others, and some noise. */
    private static Habit pulsing(double share) {
        Random random = new Random(1);
        return (bps, frame) -> share * bps / 30 * 60 / 64 * (frame % 60 == 0 ? 5 : 1) * (0.8 + 0.4 * random.nextDouble());
    }

    private static Habit lagging(double share, double seconds) {
        double[] mean = {-1};
        return (bps, frame) -> {
            mean[0] = mean[0] < 0 ? bps : mean[0] + (bps - mean[0]) / (30 * seconds);
            return share * mean[0] / 30;
        };
    }

    @Test
    void anEncoderThatDoesAsItIsToldIsToldWhatItShouldDo() {
        run(30, 1_000_000, EXACT);
        assertEquals(1, setPoint.correction());
    }

    @Test
    void oneThatOvershootsByAFifthIsToldLess() {
        run(8, 1_000_000, pulsing(1.2));
        assertEquals(1_000_000, run(20, 1_000_000, pulsing(1.2)), 40_000);
        assertEquals(1 / 1.2, setPoint.correction(), 0.05);
        assertTrue(swing() < 0.08, "it swings by " + swing());
    }

    @Test
    void oneThatGivesTooLittleIsToldSomeMoreButNotMuch() {
        run(30, 1_000_000, pulsing(0.95));
        assertEquals(1_000_000, run(20, 1_000_000, pulsing(0.95)), 40_000);
        run(60, 1_000_000, pulsing(0.3));
        assertEquals(1.1, setPoint.correction(), 0.001);
        assertEquals(1_100_000, setPoint.told(now + 1, 1_000_000));
    }

    @Test
    void oneThatCannotDoWithSoLittleIsNotToldEverLess() {
        run(60, 100_000, (bps, frame) -> 300_000 / 30.0);
        assertEquals(0.7, setPoint.correction(), 0.001);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.3, 0.5, 1, 1.5})
    void oneThatLagsIsBroughtThereWithoutSwinging(double lag) {
        Habit habit = lagging(1.2, lag);
        run(25, 1_000_000, habit);
        assertEquals(1_000_000, run(20, 1_000_000, habit), 40_000);
        assertTrue(swing() < 0.06, "it swings by " + swing());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.2, 0.5})
    void aStepOfTheTargetIsNotMistakenForAnError(double lag) {
        Habit habit = lag == 0 ? EXACT : lagging(1, lag);
        run(10, 2_000_000, habit);
        run(5, 500_000, habit);
        run(5, 2_000_000, habit);
        assertTrue(swing() < 0.12, "it swings by " + swing());
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 1.2})
    void alsoWhileTheTargetSwingsTheEncoderIsLearntAbout(double share) {
        Habit habit = lagging(share, 0.2);
        double least = 2;
        double most = 0;
        for (int i = 0; i < 60; i++) {
            run(1, i % 2 == 0 ? 900_000 : 1_800_000, habit);
            if (i >= 20) {
                least = Math.min(least, corrections.stream().mapToDouble(c -> c).min().orElseThrow());
                most = Math.max(most, corrections.stream().mapToDouble(c -> c).max().orElseThrow());
            }
        }
        assertTrue(least > 1 / share - 0.12 && most < Math.min(1.1, 1 / share + 0.12), least + " to " + most);
    }

    @Test
    void aTargetThatClimbsIsFollowed() {
        long bps = 500_000;
        for (int i = 0; i < 100; i++) {
            run(0.1, bps, EXACT);
            bps += bps / 125; // 8 % in a second
        }
        assertEquals(1, setPoint.correction(), 0.04);
    }

    @Test
    void timeInWhichNobodyWatchedSaysNothing() {
        run(10, 1_000_000, EXACT);
        now += 60_000_000_000L;
        run(3, 1_000_000, EXACT);
        assertEquals(1, setPoint.correction());
        assertEquals(0, swing());
    }
}
