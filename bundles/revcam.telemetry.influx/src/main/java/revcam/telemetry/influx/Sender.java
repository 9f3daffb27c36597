package revcam.telemetry.influx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what waits in the queue, on a thread of its own, which alone suffers from a sink that hangs or a name that is
 * resolved slowly. After a failure it waits before it tries again, twice as long each time, up to a minute.
 */
final class Sender {

    private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
    private static final long LONGEST_MILLIS = TimeUnit.MINUTES.toMillis(1);
    private static final long LONGEST_ASKED_MILLIS = TimeUnit.MINUTES.toMillis(5);
    private static final long SELDOM_MILLIS = TimeUnit.SECONDS.toMillis(20);
    private static final long STOP_BOUND_MILLIS = 1_500;
    /** So much of the queue is sent at once, without waiting for the interval to end. */
    private static final int EARLY_BYTES = 32 * 1024;
    private static final int SMALLEST_LIMIT_BYTES = 512;

    private final LineQueue queue;
    private final long firstMillis;
    private final Thread thread;
    private final List<byte[]> taken = new ArrayList<>(); // its thread
    private volatile Sink sink;
    private volatile long intervalNanos;
    private volatile boolean stopping;
    private volatile boolean fresh;
    /** When the send that is under way began; 0 while none is. Its thread writes. */
    private volatile long sendingSince;
    /** Why nothing is sent at present; empty while all is well. Its thread writes. */
    private volatile String failure = "";
    private int failures; // its thread
    private int limitBytes; // its thread

    /** @param firstMillis the wait after a first failure */
    Sender(LineQueue queue, Sink sink, long intervalMillis, long firstMillis) {
        this.queue = queue;
        this.firstMillis = firstMillis;
        this.sink = sink;
        intervalNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
        thread = new Thread(this::run, "revcam.telemetry.influx");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
    }

    /** From now on elsewhere; what waits goes there, too. */
    void change(Sink next, long intervalMillis) {
        Sink before = sink;
        sink = next;
        intervalNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
        fresh = true;
        before.abort();
        LockSupport.unpark(thread);
    }

    /** Says that there is more; sees to it that a send which takes too long ends. */
    void wake(long hungNanos) {
        long since = sendingSince;
        if (since != 0 && System.nanoTime() - since > hungNanos) {
            sink.abort();
        }
        if (queue.bytes() >= EARLY_BYTES) {
            LockSupport.unpark(thread);
        }
    }

    String failure() {
        return failure;
    }

    /** Sends what waits, if it can be sent at once, and ends. */
    void stop() throws InterruptedException {
        stopping = true;
        LockSupport.unpark(thread);
        thread.join(STOP_BOUND_MILLIS);
        if (thread.isAlive()) {
            sink.abort();
            thread.interrupt();
        }
    }

    /** Nothing waits and nothing is under way. */
    boolean isIdle() {
        return queue.bytes() == 0 && sendingSince == 0;
    }

    // ---- its thread

    private void run() {
        while (!stopping) {
            pause(intervalNanos, true);
            while (queue.bytes() > 0 && !stopping) {
                long waitMillis = pass();
                if (waitMillis > 0) {
                    pause(TimeUnit.MILLISECONDS.toNanos(waitMillis), false);
                }
            }
        }
        while (queue.bytes() > 0 && failures == 0) {
            // the samples from just before the end
            pass();
        }
        sink.abort();
    }

    /** @return milliseconds to wait before the next; 0 to go on at once */
    private long pass() {
        if (fresh) {
            fresh = false;
            limitBytes = 0;
            failures = 0;
        }
        Sink present = sink;
        int limit = limitBytes == 0 ? present.maxBytes() : Math.min(limitBytes, present.maxBytes());
        taken.clear();
        sendingSince = System.nanoTime() | 1;
        queue.take(limit, taken);
        try {
            present.send(LineQueue.joined(taken));
            succeeded(present);
            return 0;
        } catch (Sink.Refused e) {
            return refused(present, e);
        } catch (IOException | RuntimeException e) {
            queue.putBack(taken);
            failed(present, e.toString());
            return backOffMillis(0, 0);
        } finally {
            sendingSince = 0;
        }
    }

    private long refused(Sink present, Sink.Refused e) {
        if (e.then == Sink.Refused.Then.DROP) {
            queue.lose(taken.size());
            failed(present, e.getMessage());
            return 0;
        }
        if (e.then == Sink.Refused.Then.HALVE) {
            int length = taken.stream().mapToInt(line -> line.length).sum();
            if (taken.size() == 1) {
                queue.lose(1);
                failed(present, e.getMessage());
            } else {
                queue.putBack(taken);
            }
            limitBytes = Math.max(SMALLEST_LIMIT_BYTES, length / 2);
            return 0;
        }
        queue.putBack(taken);
        failed(present, e.getMessage());
        return backOffMillis(e.then == Sink.Refused.Then.RETRY_SELDOM ? SELDOM_MILLIS : 0, e.afterMillis);
    }

    private void succeeded(Sink present) {
        if (!failure.isEmpty()) {
            LOG.info("{} takes samples again", present);
        }
        failure = "";
        failures = 0;
    }

    private void failed(Sink present, String why) {
        if (failure.isEmpty() && !stopping) {
            LOG.warn("{} does not take samples: {}", present, why);
        }
        failure = why;
    }

    /** What the other side asks for, at least; otherwise not all RevCams of a house at the same moment. */
    private long backOffMillis(long leastMillis, long askedMillis) {
        long doubled = Math.min(LONGEST_MILLIS, firstMillis << Math.min(failures, 16));
        failures++;
        double spread = ThreadLocalRandom.current().nextDouble(0.8, 1.2);
        return Math.max((long) (Math.max(leastMillis, doubled) * spread), Math.min(askedMillis, LONGEST_ASKED_MILLIS));
    }

    /** @param untilMuch whether a long queue ends it */
    private void pause(long nanos, boolean untilMuch) {
        long end = System.nanoTime() + nanos;
        for (long left; (left = end - System.nanoTime()) > 0; ) {
            if (stopping || fresh || untilMuch && queue.bytes() >= EARLY_BYTES) {
                return;
            }
            LockSupport.parkNanos(this, left);
        }
    }
}
