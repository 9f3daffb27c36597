package revcam.api.media;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The thread of a capture that has no device to wait for: calls for a frame at a steady rate, on an absolute schedule, so
 * that no rounding or delay adds up. Frames whose time has passed are left out, never made up for.
 */
public final class FrameClock implements AutoCloseable {

    /** Makes one frame and hands it on. */
    @FunctionalInterface
    public interface FrameMaker {
        /** @param tick counts frame intervals since the start; a gap means that the frames between are over */
        void makeFrame(long tick) throws Exception;
    }

    private final double intervalNanos;
    private final FrameMaker maker;
    private final Consumer<Exception> onFailure;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param onFailure told, on the clock's thread, what the maker threw; the clock has stopped then
     */
    public FrameClock(String threadName, FrameRate rate, FrameMaker maker, Consumer<Exception> onFailure) {
        intervalNanos = 1e9 * rate.denominator() / rate.numerator();
        this.maker = maker;
        this.onFailure = onFailure;
        thread = new Thread(this::run, threadName);
        thread.setDaemon(true);
    }

    /** Begins, with tick 0 at once. To be called once. */
    public void start() {
        thread.start();
    }

    private void run() {
        try {
            long start = System.nanoTime();
            for (long tick = 0; !closed; ) {
                tick = makeWhenDue(start, tick);
            }
        } catch (Exception e) {
            // What breaks because it is being closed is no failure.
            if (!closed) {
                onFailure.accept(e);
            }
        }
    }

    /** By itself, or it stays interpreted: the JIT compiler looks at what is called often, and {@link #run} is called once. */
    private long makeWhenDue(long start, long tick) throws Exception {
        if (await(start, tick)) {
            maker.makeFrame(tick);
        }
        return next(start, tick);
    }

    /** @return false once closed */
    private boolean await(long start, long tick) {
        long due = start + (long) (tick * intervalNanos);
        for (long wait = due - System.nanoTime(); wait > 0 && !closed; wait = due - System.nanoTime()) {
            LockSupport.parkNanos(this, wait);
        }
        return !closed;
    }

    /** The next one, unless that is over already too: then the one that is running. */
    private long next(long start, long tick) {
        return Math.max(tick + 1, (long) ((System.nanoTime() - start) / intervalNanos));
    }

    /** From now on nothing is called for any more; whoever blocks in the maker may be freed before {@link #close()}. */
    public void stop() {
        closed = true;
        LockSupport.unpark(thread);
    }

    /** Stops, and waits until no thread is in the maker, unless the maker itself calls this. Idempotent. */
    @Override
    public void close() {
        stop();
        boolean interrupted = false;
        while (thread.isAlive() && Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
