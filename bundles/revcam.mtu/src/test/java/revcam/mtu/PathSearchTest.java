package revcam.mtu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search against paths that are played: routers that speak, black holes, loss, what the kernel believes. */
class PathSearchTest {

    /** A path that carries so much, loses so many per cent, and whose router speaks or not. */
    private static final class Path implements Prober {
        final int mtu;
        final Random random;
        int lossPercent;
        int interfaceMtu = 1500;
        int step = 1;
        boolean speaks;
        int told;
        int probes;

        Path(int mtu, int seed) {
            this.mtu = mtu;
            random = new Random(seed);
        }

        @Override
        public Outcome probe(int bytes) {
            assertEquals(0, bytes % step);
            probes++;
            if (bytes > interfaceMtu) {
                return Outcome.INTERFACE;
            }
            if (random.nextInt(100) < lossPercent) {
                return Outcome.SILENT;
            }
            if (bytes <= mtu) {
                return Outcome.ANSWERED;
            }
            told = speaks ? mtu : told;
            return speaks ? Outcome.TOO_BIG : Outcome.SILENT;
        }

        @Override
        public int stepBytes() {
            return step;
        }

        @Override
        public int toldBytes() {
            return told;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {576, 577, 1279, 1280, 1400, 1499})
    void routersThatSpeakAreFoundWithFewProbes(int mtu) throws Exception {
        Path path = new Path(mtu, 1);
        path.speaks = true;
        assertEquals(new PathSearch.Result(mtu, PathSearch.Limit.ROUTER, mtu == 576 ? 1 : 2, 0),
                PathSearch.search(path, 576, 1500));
        assertTrue(path.probes <= 4, path.probes + " probes");
    }

    @ParameterizedTest
    @ValueSource(ints = {576, 577, 1279, 1280, 1400, 1499})
    void blackHolesAreFound(int mtu) throws Exception {
        PathSearch.Result result = PathSearch.search(new Path(mtu, 1), 576, 1500);
        assertEquals(mtu, result.bytes());
        assertEquals(PathSearch.Limit.BLACK_HOLE, result.limit());
        assertEquals(0, result.lost());
    }

    @Test
    void whatEverythingPassesHasNoLimit() throws Exception {
        assertEquals(new PathSearch.Result(1500, PathSearch.Limit.NONE, 2, 0), PathSearch.search(new Path(9000, 1), 576, 1500));
    }

    @Test
    void theInterfaceIsNoBlackHole() throws Exception {
        PathSearch.Result result = PathSearch.search(new Path(9000, 1), 576, 9000);
        assertEquals(1500, result.bytes());
        assertEquals(PathSearch.Limit.INTERFACE, result.limit());
    }

    /** A quarter of all probes are lost: whatever is found is the path's, and loss is neither a limit nor overlooked. */
    @Test
    void lossIsToldFromABlackHole() throws Exception {
        int lossOfAll = 0;
        for (int seed = 0; seed < 200; seed++) {
            Path clear = new Path(1500, seed);
            clear.lossPercent = 25;
            PathSearch.Result result = PathSearch.search(clear, 576, 1500);
            assertEquals(1500, result.bytes(), "seed " + seed);
            assertEquals(PathSearch.Limit.NONE, result.limit());

            Path hole = new Path(1400, seed);
            hole.lossPercent = 25;
            result = PathSearch.search(hole, 576, 1500);
            assertEquals(1400, result.bytes(), "seed " + seed);
            assertEquals(PathSearch.Limit.BLACK_HOLE, result.limit());
            lossOfAll += result.lostPercent();
        }
        assertEquals(25, lossOfAll / 200, 5);
    }

    /** A router that says a size which something behind it does not carry either. */
    @Test
    void whatRoutersSayIsNotBelieved() throws Exception {
        Path path = new Path(1300, 1);
        path.told = 1450;
        PathSearch.Result result = PathSearch.search(path, 576, 1500);
        assertEquals(1300, result.bytes());
        assertEquals(PathSearch.Limit.BLACK_HOLE, result.limit());
    }

    /** The kernel remembers a path's MTU for ten minutes, and the path may have become wider. */
    @Test
    void whatTheKernelRemembersIsNotBelieved() throws Exception {
        Path path = new Path(1500, 1);
        path.interfaceMtu = 1492;
        path.told = 1280;
        PathSearch.Result result = PathSearch.search(path, 576, 1500);
        assertEquals(1492, result.bytes());
        assertEquals(PathSearch.Limit.INTERFACE, result.limit());
        assertTrue(path.probes <= 15, path.probes + " probes");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sizesAreMultiplesOfTheStep(boolean speaks) throws Exception {
        Path path = new Path(1454, 1);
        path.step = 4;
        path.speaks = speaks;
        assertEquals(1452, PathSearch.search(path, 576, 1499).bytes());
    }

    @Test
    void silenceToEverythingIsNoResult() throws Exception {
        Path path = new Path(500, 1);
        assertNull(PathSearch.search(path, 576, 1500));
        assertEquals(6, path.probes);
    }
}
