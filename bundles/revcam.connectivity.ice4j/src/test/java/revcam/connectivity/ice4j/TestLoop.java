package revcam.connectivity.ice4j;

import java.nio.channels.SelectableChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import revcam.api.transport.MediaLoop;

/** A media loop without channels: commands and deadlines on one thread. */
final class TestLoop implements MediaLoop, AutoCloseable {

    private final Set<DeadlineTask> tasks = ConcurrentHashMap.newKeySet();
    private volatile Thread thread;
    private volatile long aheadNanos;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        thread = new Thread(task, "test-loop");
        return thread;
    });

    TestLoop() {
        executor.scheduleAtFixedRate(
                () -> {
                    long now = System.nanoTime() + aheadNanos;
                    for (DeadlineTask task : tasks) {
                        if (task.nextDeadlineNanos() != Long.MAX_VALUE && task.nextDeadlineNanos() - now <= 0) {
                            task.onDeadline(now);
                        }
                    }
                },
                0, 10, TimeUnit.MILLISECONDS);
    }

    /** For deadlines only. */
    void advance(long nanos) {
        aheadNanos += nanos;
    }

    int deadlineTasks() {
        return tasks.size();
    }

    @Override
    public void execute(Runnable command) {
        executor.execute(command);
    }

    @Override
    public boolean isLoopThread() {
        return Thread.currentThread() == thread;
    }

    @Override
    public Registration onReadable(SelectableChannel channel, TimedHandler handler) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Registration onDeadline(DeadlineTask task) {
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
