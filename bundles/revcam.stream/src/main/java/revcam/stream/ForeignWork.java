package revcam.stream;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one plug-in object on a thread of its own, so that whatever it does there, throw or hang, holds up nobody
 * else. Nothing can end a thread that is inside foreign code; one that does not come back is left alone.
 */
abstract class ForeignWork {

    private static final Logger LOG = LoggerFactory.getLogger(ForeignWork.class);
    /** Looks again although nobody called: a wake-up that came just before the wait is not lost for longer. */
    private static final long LOOK_NANOS = 1_000_000_000;

    private final Thread thread;
    private volatile boolean over;
    private volatile long enteredNanos;
    private volatile boolean inside;

    ForeignWork(String threadName) {
        thread = new Thread(this::run, threadName);
        thread.setDaemon(true);
    }

    final void start() {
        thread.start();
    }

    /** All of it, from opening to closing. */
    abstract void work();

    /** It has ended, well or not; its thread's last act. */
    abstract void ended();

    private void run() {
        try {
            work();
        } catch (RuntimeException | Error e) {
            LOG.warn("{}: a stage failed to close; the stream goes on without it", thread.getName(), e);
        } finally {
            left();
            over = true;
            ended();
        }
    }

    /** Whether no thread of ours is inside it any more, nor will be. */
    final boolean isOver() {
        return over;
    }

    final boolean isOwnThread() {
        return Thread.currentThread() == thread;
    }

    public final void wake() {
        if (!isOwnThread()) {
            LockSupport.unpark(thread);
        }
    }

    /** Its thread: waits until {@link #wake} finds the condition true. */
    final void awaitWake(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(this, LOOK_NANOS);
        }
    }

    /** Its thread: a call into the plug-in begins. */
    final void entered() {
        enteredNanos = System.nanoTime();
        inside = true;
    }

    final void left() {
        inside = false;
    }

    /** How long the call that is under way has lasted; 0 when none is. */
    final long insideNanos(long now) {
        return inside ? Math.max(0, now - enteredNanos) : 0;
    }
}
