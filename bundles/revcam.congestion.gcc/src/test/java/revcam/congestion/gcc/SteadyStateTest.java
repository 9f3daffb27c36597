package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/** A media loop is to run for months; what is allocated per packet has to be collected. */
class SteadyStateTest {

    private static final long MS = 1_000_000;

    /** The last packets that were sent, a tenth of them lost. */
    private static final class Report implements PacketFeedback {

        private static final int PACKETS = 20;
        private long first;
        private long sentNanos;

        @Override
        public int count() {
            return PACKETS;
        }

        @Override
        public long transportSequence(int index) {
            return first + index;
        }

        @Override
        public long sentNanos(int index) {
            return sentNanos + index * MS;
        }

        @Override
        public int sizeBytes(int index) {
            return 1200;
        }

        @Override
        public boolean received(int index) {
            return index != 7 || first % 3 != 0;
        }

        @Override
        public long arrivalNanos(int index) {
            // A queue that grows and shrinks, so that every state is visited.
            long queue = Math.abs(first / PACKETS % 400 - 200) * MS / 4;
            return sentNanos(index) + 40 * MS + queue;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingIsAllocatedPerPacket(boolean search) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assumeTrue(threads.isThreadAllocatedMemorySupported());
        GccSettings settings = search ? GccSettings.DEFAULT : GccSettings.BROWSERS;
        try (CongestionController controller = new GccController(0, new RateLimits(150_000, 300_000, 4_000_000),
                RateSnapshot.unknown(), settings)) {
            Report report = new Report();
            run(controller, report, 5_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            run(controller, report, 20_000);
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(bytes < 20_000, bytes + " bytes in 400000 packets");
        }
    }

    private static void run(CongestionController controller, Report report, int rounds) {
        for (int round = 0; round < rounds; round++) {
            report.first += Report.PACKETS;
            report.sentNanos += 50 * MS;
            for (int i = 0; i < Report.PACKETS; i++) {
                controller.onPacketSent(report.sentNanos(i), report.transportSequence(i), 1200);
            }
            long now = report.sentNanos + 95 * MS;
            if (controller.nextDeadlineNanos() <= now) {
                controller.onDeadline(now);
            }
            controller.onPacketFeedback(now, report);
        }
    }
}
