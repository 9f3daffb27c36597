package revcam.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FailureLimitTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void theSixthAttemptWaitsUntilTheFirstFailureIsAMinuteOld() {
        FailureLimit limit = new FailureLimit();
        long start = Long.MAX_VALUE - 10 * SECOND; // nanoTime may overflow
        for (int i = 0; i < 5; i++) {
            assertEquals(0, limit.waitSeconds(start + i * SECOND));
            limit.onFailure(start + i * SECOND);
        }
        assertEquals(57, limit.waitSeconds(start + 4 * SECOND));
        assertEquals(0, limit.waitSeconds(start + 60 * SECOND));
        limit.onFailure(start + 60 * SECOND);
        assertEquals(1, limit.waitSeconds(start + 61 * SECOND - 1));
        assertEquals(0, limit.waitSeconds(start + 61 * SECOND));
    }
}
