package revcam.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import revcam.api.transport.MediaLoop;

/** A {@link MediaLoop} on a selector, as small as it can be; for tests that use real sockets. */
public final class SelectorLoop implements MediaLoop, AutoCloseable {

    private static final long WAIT_SECONDS = 5;

    private final Selector selector;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final List<DeadlineTask> tasks = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "media-loop");
    private final Queue<Runnable> beforeRound = new ConcurrentLinkedQueue<>();
    /** Of real time; media loop. */
    private long aheadNanos;
    private volatile Throwable failure;
    private volatile boolean stopped;

    public SelectorLoop() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread.start();
    }

    @Override
    public void execute(Runnable command) {
        commands.add(command);
        selector.wakeup();
    }

    @Override
    public boolean isLoopThread() {
        return Thread.currentThread() == thread;
    }

    @Override
    public Registration onReadable(SelectableChannel channel, TimedHandler handler) {
        execute(() -> {
            try {
                channel.register(selector, SelectionKey.OP_READ, handler);
            } catch (ClosedChannelException e) {
                // Closed before it was registered.
            }
        });
        return () -> execute(() -> {
            SelectionKey key = channel.keyFor(selector);
            if (key != null) {
                key.cancel();
            }
        });
    }

    @Override
    public Registration onDeadline(DeadlineTask task) {
        tasks.add(task);
        selector.wakeup();
        return () -> tasks.remove(task);
    }

    /**
     * Lets so much time pass at once: for deadlines, and for what is told the time. Whatever happens after the call sees
     * the new time. Not on the loop.
     */
    public void advance(long nanos) throws InterruptedException {
        CountDownLatch advanced = new CountDownLatch(1);
        beforeRound.add(() -> {
            aheadNanos += nanos;
            advanced.countDown();
        });
        selector.wakeup();
        if (!advanced.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the media loop hangs or is over", failure);
        }
    }

    /** How many are registered now. */
    public int deadlineTasks() {
        return tasks.size();
    }

    /** How many are registered now; on the loop it is exact. */
    public int channels() {
        return (int) selector.keys().stream().filter(SelectionKey::isValid).count();
    }

    private long now() {
        return System.nanoTime() + aheadNanos;
    }

    private void run() {
        try {
            while (!stopped) {
                for (Runnable task = beforeRound.poll(); task != null; task = beforeRound.poll()) {
                    task.run();
                }
                long next = Long.MAX_VALUE;
                for (DeadlineTask task : tasks) {
                    next = Math.min(next, task.nextDeadlineNanos());
                }
                long waitNanos = next == Long.MAX_VALUE ? Long.MAX_VALUE : next - now();
                if (!commands.isEmpty() || waitNanos <= 0) {
                    selector.selectNow();
                } else {
                    selector.select(next == Long.MAX_VALUE ? 0 : TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1);
                }
                long now = now();
                for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
                    command.run();
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.isValid()) {
                        ((TimedHandler) key.attachment()).run(now);
                    }
                }
                selector.selectedKeys().clear();
                for (DeadlineTask task : tasks) {
                    if (task.nextDeadlineNanos() != Long.MAX_VALUE && task.nextDeadlineNanos() - now <= 0) {
                        task.onDeadline(now);
                    }
                }
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    /** Stops, and fails the test if anything on the loop did. */
    @Override
    public void close() {
        stopped = true;
        selector.wakeup();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(WAIT_SECONDS));
            selector.close();
        } catch (InterruptedException | IOException e) {
            throw new AssertionError(e);
        }
        if (failure != null) {
            throw new AssertionError("the media loop died", failure);
        }
    }
}
