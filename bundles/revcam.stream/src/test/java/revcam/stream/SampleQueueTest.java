package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Unit;

class SampleQueueTest {

    private static final Measurement ONE = Measurement.of("one", Metric.gauge("a", Unit.COUNT, "a"));
    private static final Measurement TWO =
            Measurement.of("two", Metric.gauge("a", Unit.COUNT, "a"), Metric.gauge("b", Unit.COUNT, "b"));
    private static final Map<String, String> TAGS = Map.of("stream", "main");

    private final List<Sample> taken = new ArrayList<>();

    @Test
    void whatGoesInComesOutInOrderWhateverItIsMadeOf() {
        SampleQueue queue = new SampleQueue(10);
        double[] values = {1, 2};
        Sample made = new Sample(ONE, 5, 6, TAGS, new double[] {7});
        for (int round = 0; round < 3; round++) {
            taken.clear();
            values[0] = 1;
            assertTrue(queue.offer(TWO, 3, 4, TAGS, values));
            values[0] = 9;
            assertTrue(queue.offer(made));
            assertTrue(queue.offer(ONE, 5, 6, TAGS, new double[] {8}));
            queue.drainTo(taken);
            assertEquals(3, taken.size());
            Sample first = taken.get(0);
            assertEquals(new Sample(TWO, 3, 4, TAGS, first.values()), first);
            assertArrayEquals(new double[] {1, 2}, first.values(), "copied when it was offered");
            assertSame(made, taken.get(1));
            assertArrayEquals(new double[] {8}, taken.get(2).values());
        }
    }

    @Test
    void whatWasTakenOutIsNotWrittenToAgain() {
        SampleQueue queue = new SampleQueue(10);
        queue.offer(ONE, 1, 1, TAGS, new double[] {1});
        queue.drainTo(taken);
        queue.offer(ONE, 2, 2, TAGS, new double[] {2});
        assertEquals(1, taken.get(0).values()[0]);
    }

    @Test
    void aFullOneTakesNoMoreUntilItWasEmptied() {
        SampleQueue queue = new SampleQueue(2);
        assertTrue(queue.offer(ONE, 1, 1, TAGS, new double[] {1}));
        assertTrue(queue.offer(ONE, 2, 2, TAGS, new double[] {2}));
        assertFalse(queue.offer(ONE, 3, 3, TAGS, new double[] {3}));
        queue.drainTo(taken);
        assertEquals(List.of(1L, 2L), taken.stream().map(Sample::wallMillis).toList());
        assertTrue(queue.offer(ONE, 4, 4, TAGS, new double[] {4}));
    }

    @Test
    void asManyValuesAsMetrics() {
        assertThrows(IllegalArgumentException.class, () -> new SampleQueue(1).offer(TWO, 1, 1, TAGS, new double[] {1}));
    }

    /** As a media thread does it, a second's worth at a time. */
    @Test
    void whoPutsValuesInAllocatesNothing() {
        SampleQueue queue = new SampleQueue(4096);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        double[] values = new double[2];
        double[] value = new double[1];
        long bytes = 0;
        for (int second = 0; second < 200; second++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100; i++) {
                queue.offer(TWO, i, i, TAGS, values);
                queue.offer(ONE, i, i, TAGS, value);
            }
            bytes += second < 100 ? 0 : threads.getCurrentThreadAllocatedBytes() - before;
            queue.drainTo(taken);
            taken.clear();
        }
        assertEquals(0, bytes / 20_000, bytes + " bytes for 20 000 samples");
    }
}
