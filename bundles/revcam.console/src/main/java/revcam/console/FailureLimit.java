package revcam.console;

import java.util.concurrent.TimeUnit;

/** Allows five failures a minute; then nothing is tried until the oldest of the five is a minute old. Thread-safe. */
final class FailureLimit {

    static final int FAILURES = 5;
    static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final long[] failedNanos = new long[FAILURES];
    private long failures;

    /** Seconds until the next attempt is looked at; 0 for now. */
    synchronized long waitSeconds(long nowNanos) {
        if (failures < FAILURES) {
            return 0;
        }
        long nanos = failedNanos[(int) (failures % FAILURES)] + WINDOW_NANOS - nowNanos;
        return nanos <= 0 ? 0 : TimeUnit.NANOSECONDS.toSeconds(nanos) + 1;
    }

    synchronized void onFailure(long nowNanos) {
        failedNanos[(int) (failures++ % FAILURES)] = nowNanos;
    }
}
