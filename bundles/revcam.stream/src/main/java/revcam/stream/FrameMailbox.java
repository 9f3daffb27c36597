package revcam.stream;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import revcam.api.media.RawFrame;

/**
 * Room for one frame between capture and encoder: the newest wins. A frame that the encoder could not take in time is
 * dropped here, before it costs anything, and counted.
 */
final class FrameMailbox {

    /** A raw frame and when it came. */
    record Delivery(RawFrame frame, long arrivedNanos) {}

    private final AtomicReference<Delivery> newest = new AtomicReference<>();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong superseded = new AtomicLong();

    /** Capture thread. Takes over the lease and wakes {@code consumer}. */
    void put(RawFrame frame, Thread consumer) {
        received.incrementAndGet();
        Delivery old = newest.getAndSet(new Delivery(frame, System.nanoTime()));
        if (old != null) {
            superseded.incrementAndGet();
            old.frame.close();
        }
        LockSupport.unpark(consumer);
    }

    /** Encoder thread. Hands the lease over; null when nothing is waiting. */
    Delivery take() {
        return newest.getAndSet(null);
    }

    boolean isEmpty() {
        return newest.get() == null;
    }

    void discard() {
        Delivery old = take();
        if (old != null) {
            old.frame.close();
        }
    }

    long received() {
        return received.get();
    }

    long superseded() {
        return superseded.get();
    }
}
