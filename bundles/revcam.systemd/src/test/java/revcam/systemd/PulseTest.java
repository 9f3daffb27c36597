package revcam.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PulseTest {

    private static final long SECOND = 1_000_000_000;
    private static final long START = Long.MAX_VALUE - SECOND; // nanoTime may overflow

    private final Pulse pulse = new Pulse(5 * SECOND);

    @Test
    void aLoopThatAnswersIsAlive() {
        for (int i = 0; i < 20; i++) {
            long now = START + i * SECOND;
            assertTrue(pulse.ask(now));
            pulse.answered();
            assertEquals("", pulse.complaint(now + SECOND, "", 0));
        }
    }

    @Test
    void aLoopThatDoesNotAnswerIsAskedOnceAndMissed() {
        assertTrue(pulse.ask(START));
        assertFalse(pulse.ask(START + SECOND));
        assertEquals("", pulse.complaint(START + 5 * SECOND, "", 0));
        assertEquals("the media loop has not answered for 6 s", pulse.complaint(START + 6 * SECOND, "", 0));
        pulse.answered();
        assertEquals("", pulse.complaint(START + 6 * SECOND, "", 0));
    }

    @Test
    void aLoopThatIsNotThereIsMissedToo() {
        pulse.absent(START);
        pulse.absent(START + 4 * SECOND);
        assertEquals("the media loop has not answered for 6 s", pulse.complaint(START + 6 * SECOND, "", 0));
        pulse.replaced();
        assertTrue(pulse.ask(START + 7 * SECOND));
        assertEquals("", pulse.complaint(START + 7 * SECOND, "", 0));
    }

    @Test
    void aStreamThatStandsStillIsNamed() {
        pulse.ask(START);
        pulse.answered();
        assertEquals("", pulse.complaint(START, "main", 5 * SECOND));
        assertEquals("stream main: no picture has reached its viewers for 7 s", pulse.complaint(START, "main", 7 * SECOND));
    }
}
