package revcam.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.transport.MediaLoop;

/**
 * The media loop on one NIO selector. A round runs the commands, then the deadlines that passed, then waits for
 * datagrams until the next deadline, which {@code epoll} keeps to about a millisecond.
 */
@Component(service = {MediaLoop.class, SelectorLoop.class})
public final class SelectorLoop implements MediaLoop {

    private static final Logger LOG = LoggerFactory.getLogger(SelectorLoop.class);
    private static final long MILLI = 1_000_000;
    /** Waiting longer gains nothing, and bounds the cost of a deadline that someone forgot to announce. */
    private static final long MAX_WAIT_NANOS = 1_000 * MILLI;
    /** A handler that fails again and again is logged this often. */
    private static final long COMPLAINT_NANOS = 1_000 * MILLI;

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean awake = new AtomicBoolean();
    private final Consumer<SelectionKey> ready = this::ready;
    private volatile DeadlineTask[] tasks = {}; // copied on write, under this
    private volatile boolean running = true;
    private volatile long latenessNanos;
    private long nextComplaintNanos = System.nanoTime();
    private int unreported;

    @Activate
    public SelectorLoop() throws IOException {
        selector = Selector.open();
        thread = new Thread(this::run, "revcam.media-loop");
        thread.setDaemon(true);
        // One step above the encoder's: a packet that is due goes before a frame that is being encoded.
        thread.setPriority(Thread.NORM_PRIORITY + 1);
        thread.start();
    }

    @Deactivate
    void stop() throws InterruptedException {
        running = false;
        selector.wakeup();
        if (!isLoopThread()) {
            thread.join(2_000);
        }
    }

    @Override
    public void execute(Runnable command) {
        commands.add(command);
        if (awake.compareAndSet(false, true) && !isLoopThread()) {
            selector.wakeup();
        }
    }

    @Override
    public boolean isLoopThread() {
        return Thread.currentThread() == thread;
    }

    @Override
    public Registration onReadable(SelectableChannel channel, TimedHandler handler) {
        execute(() -> {
            try {
                register(channel, handler);
            } catch (ClosedChannelException e) {
                LOG.debug("channel was closed before the loop came to watch it");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return () -> execute(() -> {
            SelectionKey key = channel.keyFor(selector);
            if (key != null) {
                key.cancel();
            }
        });
    }

    private void register(SelectableChannel channel, TimedHandler handler) throws IOException {
        try {
            channel.register(selector, SelectionKey.OP_READ, handler);
        } catch (CancelledKeyException e) {
            // A registration that was closed in this round holds the channel until the next selection.
            selector.selectNow(ready);
            channel.register(selector, SelectionKey.OP_READ, handler);
        }
    }

    @Override
    public synchronized Registration onDeadline(DeadlineTask task) {
        tasks = Arrays.copyOf(tasks, tasks.length + 1);
        tasks[tasks.length - 1] = task;
        execute(() -> { });
        return () -> forget(task);
    }

    private synchronized void forget(DeadlineTask task) {
        tasks = Arrays.stream(tasks).filter(other -> other != task).toArray(DeadlineTask[]::new);
    }

    /** The longest that a deadline had to wait since this was last asked. */
    long takeLatenessNanos() {
        long worst = latenessNanos;
        latenessNanos = 0;
        return worst;
    }

    private void run() {
        try (selector) {
            while (running) {
                round();
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.error("the media loop's selector broke; every stream has stopped, restart RevCam", e);
        }
    }

    private void round() throws IOException {
        awake.set(false);
        for (Runnable command; (command = commands.poll()) != null; ) {
            run(command);
        }
        long now = System.nanoTime();
        long next = now + MAX_WAIT_NANOS;
        for (DeadlineTask task : tasks) {
            long deadline = serve(task, now);
            if (deadline != Long.MAX_VALUE && deadline - next < 0) {
                next = deadline;
            }
        }
        long wait = next - System.nanoTime();
        if (wait <= 0 || awake.get()) {
            selector.selectNow(ready);
        } else {
            selector.select(ready, (wait + MILLI - 1) / MILLI);
        }
    }

    // One handler that fails must not take the other viewers with it, so whatever it throws ends here.

    private void run(Runnable command) {
        try {
            command.run();
        } catch (Throwable e) {
            complain(e);
        }
    }

    private void ready(SelectionKey key) {
        try {
            ((TimedHandler) key.attachment()).run(System.nanoTime());
        } catch (Throwable e) {
            complain(e);
        }
    }

    /** @return when to come back */
    private long serve(DeadlineTask task, long now) {
        try {
            long deadline = task.nextDeadlineNanos();
            if (deadline == Long.MAX_VALUE || deadline - now > 0) {
                return deadline;
            }
            latenessNanos = Math.max(latenessNanos, now - deadline);
            task.onDeadline(now);
            deadline = task.nextDeadlineNanos();
            // One that does not move on is served every millisecond, not without a break.
            return deadline == Long.MAX_VALUE || deadline - now > 0 ? deadline : now + MILLI;
        } catch (Throwable e) {
            complain(e);
            return now + MILLI;
        }
    }

    private void complain(Throwable failure) {
        long now = System.nanoTime();
        if (now - nextComplaintNanos < 0) {
            unreported++;
            return;
        }
        LOG.error("a handler on the media loop failed; the loop goes on ({} more since the last report)", unreported,
                failure);
        nextComplaintNanos = now + COMPLAINT_NANOS;
        unreported = 0;
    }
}
