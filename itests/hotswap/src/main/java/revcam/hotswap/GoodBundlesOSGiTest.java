package revcam.hotswap;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import revcam.hotswap.stranger.Fault;

/**
 * A stranger's good bundle comes, is updated and goes, and each time the picture goes on as if nothing had happened and
 * nothing of the old bundle is kept. Alone, for it measures.
 */
@Isolated
class GoodBundlesOSGiTest {

    private static final Map<String, String> PRODUCTS =
            Map.of("capture", "pattern", "encoder", "x264", "packetiser", "h264", "congestion", "fixed");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Two frame intervals are what it takes; the rest is for a machine that does other things meanwhile. */
    private static final long GAP_NANOS = 500_000_000;

    @ParameterizedTest
    @ValueSource(strings = {"encoder", "capture", "packetiser", "congestion"})
    void comesAndGoesUnnoticed(String role) throws Exception {
        String name = role + "Good";
        try (Lane lane = Lane.open(name); Stranger stranger = Stranger.better(role, name, Fault.NONE, 0)) {
            long usual = measure(lane, () -> { });
            long came = measure(lane, () -> {
                stranger.start();
                lane.awaitServing(role, Stranger.NAME, PATIENCE);
            });
            WeakReference<ClassLoader> first = stranger.classLoader();
            long updated = measure(lane, () -> {
                stranger.update("1.1.0");
                lane.awaitServing(role, Stranger.NAME, PATIENCE);
            });
            stranger.refresh();
            lane.awaitServing(role, Stranger.NAME, PATIENCE);
            lane.flows(Lane.FPS / 2, PATIENCE);
            Stranger.assertCollected(first);

            WeakReference<ClassLoader> second = stranger.classLoader();
            long gone = measure(lane, () -> {
                stranger.uninstall();
                lane.awaitServing(role, PRODUCTS.get(role), PATIENCE);
            });
            stranger.refresh();
            lane.flows(Lane.FPS / 2, PATIENCE);
            Stranger.assertCollected(second);
            lane.assertUnharmed();
            System.out.printf(Locale.ROOT, "%s: longest time between frames %d ms usually, %d ms when it came, %d ms when it"
                    + " was updated, %d ms when it went%n", name, usual / 1_000_000, came / 1_000_000, updated / 1_000_000,
                    gone / 1_000_000);
            for (long gap : new long[] {came, updated, gone}) {
                assertTrue(gap < GAP_NANOS + usual, "no frame for " + gap / 1_000_000 + " ms");
            }
        }
    }

    /** A change of stages. */
    private interface Change {
        void make() throws Exception;
    }

    /** @return the longest time between two frames meanwhile and shortly after, nanoseconds */
    private static long measure(Lane lane, Change change) throws Exception {
        int from = lane.line.frames();
        change.make();
        lane.flows(Lane.FPS / 2, PATIENCE);
        return lane.line.largestGapNanos(from);
    }
}
