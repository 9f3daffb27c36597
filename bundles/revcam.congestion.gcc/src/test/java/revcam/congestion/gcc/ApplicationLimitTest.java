package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ApplicationLimitTest {

    private static final long MS = 1_000_000;
    private static final long TARGET = 1_000_000;

    private final ApplicationLimit limit = new ApplicationLimit();
    private long now;

    private void send(int millis, double share) {
        for (int elapsed = 0; elapsed < millis; elapsed += 33) {
            now += 33 * MS;
            limit.onSent(now, (int) (share * TARGET / 8 * 0.033), TARGET);
        }
    }

    @Test
    void whoSendsWhatHeMayIsNotLimited() {
        send(5_000, 1);
        assertFalse(limit.limited());
        send(5_000, 0.75);
        assertFalse(limit.limited());
    }

    @Test
    void whoSendsLittleIsAfterASecondAndNoMoreSoonAfterHeSendsMuch() {
        send(1_000, 1);
        send(1_500, 0.2);
        assertTrue(limit.limited());
        assertFalse(limit.endedWithin(now, 1_000 * MS));
        send(1_500, 1);
        assertFalse(limit.limited());
        assertTrue(limit.endedWithin(now, 3_000 * MS));
        send(4_000, 1);
        assertFalse(limit.endedWithin(now, 3_000 * MS));
    }
}
