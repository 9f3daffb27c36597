package revcam.congestion.fixed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;
import revcam.testkit.CongestionControllerConformance;

class FixedControllerTest extends CongestionControllerConformance {

    private static final long MS = 1_000_000;
    private static final RateLimits LIMITS = new RateLimits(150_000, 1_000_000, 2_000_000);

    FixedControllerTest() {
        super(new FixedControllerFactory());
    }

    @Test
    void theNetworkDoesNotMatter() {
        CongestionController controller =
                new FixedControllerFactory().open(0, LIMITS, new RateSnapshot(2_000_000, 0, 0));
        controller.onReceiverReport(1_000 * MS, 0.5, 800 * MS);
        controller.onReceiverEstimate(1_000 * MS, 50_000);

        assertEquals(2_000_000, controller.targetBps());
        assertEquals(5_000_000, controller.pacingBps());
        assertEquals(Long.MAX_VALUE, controller.nextDeadlineNanos());
    }

    @Test
    void aSuccessorStillLearnsWhatTheNetworkWasLike() {
        CongestionController controller =
                new FixedControllerFactory().open(0, LIMITS, new RateSnapshot(2_000_000, 0, 0));
        controller.onReceiverReport(1_000 * MS, 0.25, 80 * MS);
        controller.onReceiverReport(2_000 * MS, 0.125, 0);

        assertEquals(new RateSnapshot(2_000_000, 80 * MS, 0.125), controller.snapshot());
    }

    @Test
    void fromAnotherControllersRateItWalksToItsOwn() {
        for (long before : new long[] {150_000, 1_999_999, 2_000_000}) {
            CongestionController controller =
                    new FixedControllerFactory().open(0, LIMITS, new RateSnapshot(before, 0, 0));
            long now = 0;
            while (controller.nextDeadlineNanos() != Long.MAX_VALUE) {
                long target = controller.targetBps();
                now = controller.nextDeadlineNanos();
                controller.onDeadline(now);
                assertEquals(target, controller.targetBps(), 0.1 * target);
            }
            assertEquals(2_000_000, controller.targetBps());
            assertTrue(now < 10_000 * MS, "it took until " + now);
        }
    }
}
