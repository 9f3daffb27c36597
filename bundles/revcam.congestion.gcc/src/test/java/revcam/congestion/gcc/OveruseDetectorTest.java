package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import revcam.congestion.gcc.OveruseDetector.Usage;

/** Groups 20 ms apart, and by how much each arrives later than the one before it. */
class OveruseDetectorTest {

    private static final double GROUP_MS = 20;

    private OveruseDetector detector = new OveruseDetector(0.0087, 0.039);
    private double arrivalMillis = 5000;

    /** @return how many of the groups were overuse */
    private int groups(int count, IntToDoubleFunction laterMillis) {
        int overusing = 0;
        for (int i = 0; i < count; i++) {
            double delta = GROUP_MS + laterMillis.applyAsDouble(i);
            arrivalMillis += delta;
            detector.onGroups((long) (GROUP_MS * 1e6), (long) (delta * 1e6), (long) (arrivalMillis * 1e6));
            overusing += detector.usage() == Usage.OVERUSING ? 1 : 0;
        }
        return overusing;
    }

    @Test
    void aSteadyPathIsNormal() {
        assertEquals(0, groups(500, i -> 0));
        assertEquals(Usage.NORMAL, detector.usage());
    }

    @Test
    void aGrowingQueueIsOveruseWithinHalfASecond() {
        groups(100, i -> 0);
        assertTrue(groups(20, i -> 2) > 0, "40 ms of queue in 440 ms went unnoticed");
    }

    @Test
    void aQueueThatEmptiesIsUnderuse() {
        groups(100, i -> 0);
        groups(20, i -> 4);
        groups(20, i -> 0);
        groups(15, i -> -4);
        assertEquals(Usage.UNDERUSING, detector.usage());
    }

    @Test
    void aStandingQueueIsNormal() {
        groups(100, i -> 0);
        groups(30, i -> 3);
        groups(60, i -> 0);
        assertEquals(Usage.NORMAL, detector.usage());
    }

    @Test
    void jitterIsNotOveruse() {
        Random random = new Random(1);
        double[] before = {0};
        int overusing = groups(1000, i -> {
            double jitter = random.nextDouble() * 6;
            double delta = jitter - before[0];
            before[0] = jitter;
            return delta;
        });
        assertEquals(0, overusing);
    }

    @Test
    void theDraftsThresholdGetsUsedToSlopesThatComeAndGo() {
        detector = new OveruseDetector(0.01, 0.00018);
        // As those that a window of TCP causes; draft-ietf-rmcat-gcc-02, section 5.4: or TCP starves us.
        IntToDoubleFunction sawtooth = i -> i % 100 < 50 ? 1.5 : -1.5;
        int first = groups(400, sawtooth);
        groups(2000, sawtooth);
        int later = groups(400, sawtooth);
        assertTrue(first > 0, "there was nothing to get used to");
        assertTrue(later < first, later + " overuses after half a minute, " + first + " at first");
    }

    @Test
    void theDraftsGainsForgetMoreSlowly() {
        int browsers = afterQuietTime();
        detector = new OveruseDetector(0.01, 0.00018);
        int draft = afterQuietTime();
        assertTrue(draft < browsers, "overuses with the draft's gains " + draft + ", with libwebrtc's " + browsers);
    }

    /** Of a mild slope, two seconds after slopes that the threshold has got used to. */
    private int afterQuietTime() {
        groups(1500, i -> i % 100 < 50 ? 0.9 : -0.9);
        groups(100, i -> 0);
        return groups(40, i -> 0.7);
    }
}
