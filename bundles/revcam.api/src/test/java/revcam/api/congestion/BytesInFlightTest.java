package revcam.api.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BytesInFlightTest {

    private final BytesInFlight flight = new BytesInFlight();

    private void send(long first, int count) {
        for (long sequence = first; sequence < first + count; sequence++) {
            flight.onSent(sequence, 1000 + (int) (sequence % 7));
        }
    }

    @Test
    void aReportEndsTheFlightOfAllUpToIt() {
        send(70_000, 10);
        assertEquals(10_000 + (0 + 1 + 2 + 3 + 4 + 5 + 6) + (0 + 1 + 2), flight.bytes());
        flight.onReported(70_008);
        assertEquals(1000 + 70_009 % 7, flight.bytes());
        assertTrue(flight.outstanding());
        flight.onReported(70_009);
        assertEquals(0, flight.bytes());
        assertFalse(flight.outstanding());
    }

    @Test
    void onlyWhatHasLeftAndWasNotToldBeforeIsNews() {
        send(5, 5);
        assertTrue(flight.isNew(5));
        assertFalse(flight.isNew(10), "it has not left");
        flight.onReported(7);
        assertFalse(flight.isNew(7));
        assertFalse(flight.isNew(6), "reports overlap");
        assertTrue(flight.isNew(8));
        assertEquals(7, flight.reported());
    }

    @Test
    void whatIsGivenUpIsInFlightNoMoreButMayBeReportedYet() {
        send(0, 4);
        flight.giveUp();
        assertEquals(0, flight.bytes());
        assertTrue(flight.isNew(3));
        send(4, 1);
        assertEquals(1004, flight.bytes());
        flight.onReported(4);
        assertEquals(0, flight.bytes());
    }

    @Test
    void aReportOnWhatIsLongForgottenEndsAllFlight() {
        send(0, 10_000);
        flight.onReported(3);
        assertEquals(0, flight.bytes(), "how much left after packet 3 is not known any more");
    }
}
