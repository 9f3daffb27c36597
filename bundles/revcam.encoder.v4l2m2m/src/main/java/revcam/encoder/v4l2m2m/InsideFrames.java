package revcam.encoder.v4l2m2m;

import java.util.function.LongConsumer;

/**
 * The frames that went in and whose results have not come out, oldest first. Results are matched by timestamp alone: hardware
 * leaves frames out without a word, and does not count. One thread.
 */
final class InsideFrames {

    /** A power of two, more than any hardware holds. */
    private static final int ROOM = 64;

    private final long[] micros = new long[ROOM];
    private final long[] captureNanos = new long[ROOM];
    private int first;
    private int size;
    private long lastMicros = Long.MIN_VALUE;

    /** {@link #match} has found none. */
    static final long NONE = Long.MIN_VALUE;

    /**
     * Takes note of a frame.
     *
     * @param skipped told of the oldest frame, should there be no room: nothing will come of it any more
     * @return the timestamp that the driver is to copy, in microseconds: the capture's, but never the same twice
     */
    long enter(long nanos, LongConsumer skipped) {
        if (size == ROOM) {
            skipped.accept(captureNanos[first]);
            drop();
        }
        lastMicros = Math.max(Math.max(0, nanos / 1000), lastMicros + 1);
        int at = first + size & ROOM - 1;
        micros[at] = lastMicros;
        captureNanos[at] = nanos;
        size++;
        return lastMicros;
    }

    /**
     * Finds a result's frame and forgets it. Those before it were left out, as results keep the order.
     *
     * @return its capture time, or {@link #NONE}
     */
    long match(long timestampMicros, LongConsumer skipped) {
        for (int i = 0; i < size; i++) {
            if (micros[first + i & ROOM - 1] == timestampMicros) {
                for (int before = 0; before < i; before++) {
                    skipped.accept(captureNanos[first]);
                    drop();
                }
                long nanos = captureNanos[first];
                drop();
                return nanos;
            }
        }
        return NONE;
    }

    /** Nothing will come of any of them. */
    void forget(LongConsumer skipped) {
        while (size > 0) {
            skipped.accept(captureNanos[first]);
            drop();
        }
    }

    private void drop() {
        first = first + 1 & ROOM - 1;
        size--;
    }
}
