package revcam.stream.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import revcam.stream.rate.SharedRate.Share;
import revcam.stream.rate.SharedRate.Standing;

/** Viewers on simulated time. */
class SharedRateTest {

    private static final long K = 1_000;
    private static final double UNKNOWN = Double.NaN;

    private SharedRate shared = new SharedRate(RatePolicy.SLOWEST_HEALTHY, 100 * K, 2_000 * K);
    private long now = -5_000_000_000L; // nanoTime may be below zero
    private long rate;

    private Share join(long kbps) {
        Share share = shared.join(now);
        share.report(kbps * K, UNKNOWN, false);
        rate = shared.settle(now);
        return share;
    }

    /** Reports come ten times a second. */
    private void run(double seconds) {
        for (int i = 0; i < Math.round(10 * seconds); i++) {
            now += 100_000_000;
            rate = shared.settle(now);
        }
    }

    private static void takes(Share share, long kbps) {
        share.report(kbps * K, UNKNOWN, false);
    }

    @Test
    void whileNobodyWatchesTheConfiguredRateHolds() {
        assertEquals(2_000 * K, shared.settle(now));
        Share only = join(700);
        assertEquals(700 * K, rate, "the only one counts at once");
        only.leave();
        assertEquals(2_000 * K, shared.settle(now));
    }

    @Test
    void theSlowestHealthyViewerDecides() {
        join(2_000);
        Share second = join(1_500);
        run(3);
        assertEquals(1_500 * K, rate);
        takes(second, 1_100);
        run(0.1);
        assertEquals(1_100 * K, rate, "at once");
        run(20);
        assertEquals(Standing.HEALTHY, second.standing(), "more than half of what the other takes");
    }

    @Test
    void aNewViewerDoesNotDragTheOthersDownWhileItFindsOutWhatItCanTake() {
        join(2_000);
        Share second = join(1_000);
        for (int step = 0; step <= 15; step++) {
            takes(second, 1_000 + 70 * step);
            run(0.1);
            assertEquals(2_000 * K, rate);
        }
        assertEquals(Standing.HEALTHY, second.standing());
        Share third = join(1_200);
        run(1.9);
        assertEquals(2_000 * K, rate);
        run(0.2);
        assertEquals(1_200 * K, rate, "it has had its time");
        assertEquals(Standing.HEALTHY, third.standing());
    }

    @Test
    void oneFarBehindTheRestIsThinnedAfterAWhileAndNoLongerObeyed() {
        join(2_000);
        join(1_800);
        Share slow = join(400);
        run(2);
        assertEquals(400 * K, rate);
        run(3.5);
        assertFalse(slow.isThinned());
        run(1);
        assertTrue(slow.isThinned());
        assertEquals(1_800 * K, rate);
        assertEquals(1, shared.thinned());
        assertEquals(400 * K, slow.takesBps());
    }

    @Test
    void aShortDipThinsNobody() {
        join(2_000);
        Share other = join(2_000);
        for (int i = 0; i < 10; i++) {
            takes(other, 300);
            run(3);
            takes(other, 2_000);
            run(1);
            assertFalse(other.isThinned());
        }
    }

    @Test
    void aViewerIsFarBehindWhenItIsSoAgainstMostAndNotAgainstOne() {
        join(2_000);
        Share second = join(350);
        Share third = join(300);
        run(20);
        assertFalse(second.isThinned() || third.isThinned());
        assertEquals(300 * K, rate);
        join(2_000);
        join(2_000);
        run(10);
        assertTrue(second.isThinned() && third.isThinned());
        assertEquals(2_000 * K, rate);
    }

    @Test
    void itReturnsOnceItHasKeptUpForAWhileAndForLongerTheNextTime() {
        join(2_000);
        Share slow = join(400);
        run(7);
        assertTrue(slow.isThinned());
        takes(slow, 1_500);
        run(5);
        assertTrue(slow.isThinned(), "nearly is not enough");
        takes(slow, 1_700);
        run(2.5);
        assertTrue(slow.isThinned());
        run(1);
        assertEquals(Standing.HEALTHY, slow.standing());
        assertEquals(1_700 * K, rate);
        takes(slow, 400);
        run(4.5);
        assertTrue(slow.isThinned());
        takes(slow, 1_700);
        run(4);
        assertTrue(slow.isThinned(), "it has been here before");
        run(3);
        assertFalse(slow.isThinned());
    }

    @Test
    void oneWhoseControllerCannotFindOutIsTriedWithEverythingNowAndThenAndCostsTheOthersNothing() {
        join(2_000);
        Share slow = join(400);
        run(7);
        int tries = 0;
        int seconds = 0;
        for (; seconds < 300; seconds++) {
            Standing before = slow.standing();
            run(1);
            tries += before == Standing.THINNED && slow.standing() == Standing.RETRIED ? 1 : 0;
            assertEquals(2_000 * K, rate);
        }
        assertTrue(tries >= 3 && tries <= 5, tries + " tries, ever further apart");
        while (slow.standing() != Standing.RETRIED) {
            run(1);
        }
        takes(slow, 1_900);
        run(4);
        assertEquals(Standing.HEALTHY, slow.standing());
        assertEquals(1_900 * K, rate);
    }

    @Test
    void whenTheOthersLeaveTheThinnedOneIsServedAsItNeeds() {
        Share first = join(2_000);
        Share slow = join(400);
        run(7);
        assertTrue(slow.isThinned());
        first.leave();
        run(0.1);
        assertFalse(slow.isThinned());
        assertEquals(400 * K, rate);
    }

    @Test
    void lossThatItsControllerDoesNotAnswerCountsAsNotTaken() {
        join(2_000);
        Share lossy = join(2_000);
        lossy.report(2_000 * K, 0.08, false);
        run(10);
        assertEquals(2_000 * K, rate);
        lossy.report(2_000 * K, 0.6, false);
        run(5);
        assertTrue(lossy.isThinned());
        assertEquals(2_000 * K, rate);
    }

    @Test
    void aPathThatTakesNothingIsNotWaitedFor() {
        Share first = join(2_000);
        Share dead = join(2_000);
        run(3);
        dead.report(2_000 * K, UNKNOWN, true);
        run(0.4);
        assertTrue(dead.counts());
        run(0.3);
        assertTrue(dead.isThinned() && !dead.counts());
        run(10);
        assertTrue(dead.isThinned(), "though its controller has not noticed");
        dead.report(2_000 * K, UNKNOWN, false);
        run(3.5);
        assertTrue(dead.counts());
        dead.leave();
        first.report(2_000 * K, UNKNOWN, true);
        run(20);
        assertTrue(first.counts(), "there is nobody else to protect");
    }

    @Test
    void byTheMedianHalfOfTheViewersDecideAndTheRestIsThinned() {
        shared = new SharedRate(RatePolicy.of("median"), 100 * K, 2_000 * K);
        Share slow = join(900);
        join(1_500);
        join(2_000);
        run(3);
        assertEquals(1_500 * K, rate);
        run(5);
        assertTrue(slow.isThinned());
        assertEquals(1_500 * K, rate, "the lower of the two that are left");
    }

    @Test
    void aFixedRateThinsEvenTheOnlyViewerThatCannotTakeIt() {
        shared = new SharedRate(RatePolicy.of("fixed"), 100 * K, 2_000 * K);
        Share only = join(900);
        assertEquals(2_000 * K, rate);
        run(4.5);
        assertEquals(2_000 * K, rate);
        assertTrue(only.isThinned());
    }

    @Test
    void whatIsBelowTheLeastIsThinnedEvenAlone() {
        Share only = join(60);
        assertEquals(100 * K, rate);
        run(4.5);
        assertTrue(only.isThinned());
        run(5);
        assertTrue(only.isThinned());
        assertEquals(100 * K, rate);
        takes(only, 150);
        run(0.1);
        assertFalse(only.isThinned());
        assertEquals(150 * K, rate);
    }

    @Test
    void aNameThatStandsForNoPolicyIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> RatePolicy.of("fastest"));
    }
}
