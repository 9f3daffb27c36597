package revcam.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
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

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean awake = new AtomicBoolean();
    private final CopyOnWriteArrayList<DeadlineTask> tasks = new CopyOnWriteArrayList<>();
    private volatile boolean running = true;
    private volatile long latenessNanos;

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
                channel.register(selector, SelectionKey.OP_READ, handler);
            } catch (ClosedChannelException e) {
                LOG.debug("channel was closed before the loop came to watch it");
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
        execute(() -> { });
        return () -> tasks.remove(task);
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
            guard(command);
        }
        long now = System.nanoTime();
        long next = now + MAX_WAIT_NANOS;
        for (DeadlineTask task : tasks) {
            long deadline = task.nextDeadlineNanos();
            if (deadline != Long.MAX_VALUE && deadline - now <= 0) {
                latenessNanos = Math.max(latenessNanos, now - deadline);
                guard(() -> task.onDeadline(now));
                deadline = task.nextDeadlineNanos();
            }
            if (deadline != Long.MAX_VALUE && deadline - next < 0) {
                next = deadline;
            }
        }
        long wait = next - System.nanoTime();
        if (wait <= 0 || awake.get()) {
            selector.selectNow(this::ready);
        } else {
            selector.select(this::ready, (wait + MILLI - 1) / MILLI);
        }
    }

    private void ready(SelectionKey key) {
        guard(() -> ((TimedHandler) key.attachment()).run(System.nanoTime()));
    }

    /** One handler that fails must not take the other viewers with it. */
    private static void guard(Runnable handler) {
        try {
            handler.run();
        } catch (RuntimeException | LinkageError e) {
            LOG.error("a handler on the media loop failed; the loop goes on", e);
        }
    }
}
