package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A probe at 2 Mbit/s: packets of 1250 bytes, 5 ms apart. */
class ProbeTest {

    private static final long MS = 1_000_000;
    private static final int BYTES = 1250;
    private static final int PACKETS = 6;

    private final Probe probe = new Probe();

    private long probe(double arrivalMillis, int lost) {
        probe.begin(0, 2_000_000);
        for (int i = 0; i < PACKETS; i++) {
            probe.onSent(100 + i);
        }
        probe.onDeadline(probe.nextDeadlineNanos());
        Feedback feedback = new Feedback().received(99, -30, 9000, 40);
        for (int i = 0; i < PACKETS; i++) {
            if (i < lost) {
                feedback.lost(100 + i, 5 * i, BYTES);
            } else {
                feedback.received(100 + i, 5 * i, BYTES, 70 + arrivalMillis * i);
            }
        }
        for (int i = 0; i < feedback.count(); i++) {
            probe.onPacket(feedback, i);
        }
        assertEquals(0, probe.result(100 + PACKETS - 2), "not all of it has been reported");
        return probe.result(100 + PACKETS - 1);
    }

    @Test
    void whatArrivesAsItLeftIsWhatThePathCarries() {
        assertEquals(2e6, probe(5, 0), 1e3);
    }

    @Test
    void whatArrivesStretchedIsNearlyTheCapacity() {
        assertEquals(0.95 * 1e6, probe(10, 0), 1e3);
    }

    @Test
    void whatArrivesBunchedSaysNothing() {
        assertEquals(0, probe(1, 0));
    }

    @Test
    void withAFifthLostItSaysNothing() {
        assertEquals(0, probe(5, 2));
    }

    @Test
    void itLastsSomeStepsOfThePacerAndAtLowRatesFivePackets() {
        probe.begin(0, 5_000_000);
        assertEquals(20 * MS, probe.nextDeadlineNanos());
        assertEquals(5_000_000, probe.bps());
        probe.begin(0, 1_000_000);
        assertEquals(50 * MS, probe.nextDeadlineNanos());
    }

    @Test
    void itDoesNotWaitForFeedbackForever() {
        probe.begin(0, 2_000_000);
        probe.onSent(7);
        probe.onDeadline(25 * MS);
        assertEquals(0, probe.bps());
        assertFalse(probe.idle());
        probe.onDeadline(1_025 * MS);
        assertTrue(probe.idle());
    }
}
