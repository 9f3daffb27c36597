package revcam.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
import revcam.stream.session.ControllerSeat;
import revcam.stream.session.ForeignCalls;

/**
 * The media loop on one NIO selector. A round runs the commands, then the deadlines that passed, then waits for
 * datagrams until the next deadline, which {@code epoll} keeps to about a millisecond.
 */
@Component(service = {MediaLoop.class, SelectorLoop.class})
public final class SelectorLoop implements MediaLoop, ForeignCalls {

    private static final Logger LOG = LoggerFactory.getLogger(SelectorLoop.class);
    private static final long MILLI = 1_000_000;
    /** Waiting longer gains nothing, and bounds the cost of a deadline that someone forgot to announce. */
    private static final long MAX_WAIT_NANOS = 1_000 * MILLI;
    /** A handler that fails again and again is logged this often. */
    private static final long COMPLAINT_NANOS = 1_000 * MILLI;

    /** A thread that is no longer the loop has come back from a plug-in: it must touch nothing more. */
    private static final class LeftBehind extends Error {
        LeftBehind() {
            super("this thread is no longer the media loop", null, false, false);
        }
    }

    private final class LoopThread extends Thread {
        LoopThread() {
            super(SelectorLoop.this::run, "revcam.media-loop");
        }
    }

    /** A part of a round. */
    private interface Step {
        void take() throws IOException;
    }

    private final Selector selector;
    /**
     * What a round does, in this order, called from one place only. The call goes to four methods equally often, so the
     * JIT compiler inlines none: what waits in the selector, which is where this thread nearly always is, would otherwise
     * be one piece of machine code with the congestion controllers that were last called, and the collector keeps the
     * classes of machine code that is on a stack. So a controller whose bundle has gone would stay.
     */
    private final Step[] round = {this::obey, this::serve, this::await, this::receive};
    private volatile Thread thread;
    /** Which seat's controller the loop is in, and since when; the loop writes. */
    private volatile ControllerSeat within;
    private volatile long withinSinceNanos;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean awake = new AtomicBoolean();
    /** Handlers run after the selection, for a selector is locked while it selects. Loop. */
    private final List<SelectionKey> readyKeys = new ArrayList<>();
    private final Consumer<SelectionKey> ready = readyKeys::add;
    private long nextDeadlineNanos; // loop
    private volatile DeadlineTask[] tasks = {}; // copied on write, under this
    private volatile Signal[] signals = {}; // the same
    private volatile boolean running = true;
    private volatile long latenessNanos;
    private long nextComplaintNanos = System.nanoTime();
    private int unreported;

    @Activate
    public SelectorLoop() throws IOException {
        selector = Selector.open();
        begin();
    }

    private void begin() {
        Thread next = new LoopThread();
        next.setDaemon(true);
        // One step above the encoder's: a packet that is due goes before a frame that is being encoded.
        next.setPriority(Thread.NORM_PRIORITY + 1);
        thread = next;
        next.start();
    }

    // ---- foreign code on the loop

    @Override
    public void enter(ControllerSeat seat) {
        withinSinceNanos = System.nanoTime();
        within = seat;
    }

    @Override
    public void leave() {
        rethrowIfLeftBehind();
        within = null;
    }

    @Override
    public void rethrowIfLeftBehind() {
        if (Thread.currentThread() != thread && Thread.currentThread() instanceof LoopThread) {
            throw new LeftBehind();
        }
    }

    /**
     * Goes on without a controller that has kept the loop for longer than this: another thread becomes the loop, with all
     * sessions, and the one inside ends as soon as it comes back. Any thread.
     *
     * @return whose controller it was, or null when the loop is not held up
     */
    synchronized ControllerSeat goOnWithout(long boundNanos) {
        ControllerSeat stuck = within;
        if (stuck == null || System.nanoTime() - withinSinceNanos < boundNanos || within != stuck) {
            return null;
        }
        stuck.expel();
        within = null;
        begin();
        return stuck;
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
        rouse();
    }

    /** A command that is given again and again, such as with each frame, and costs no object each time. */
    final class Signal {
        private final Runnable command;
        private final AtomicBoolean raised = new AtomicBoolean();

        private Signal(Runnable command) {
            this.command = command;
        }

        /** Has the loop run it: once, however often this is called before it does. Any thread. */
        void raise() {
            if (!raised.getAndSet(true)) {
                rouse();
            }
        }

        private void obey() {
            if (raised.getAndSet(false)) {
                run(command);
            }
        }
    }

    /** @param command the loop's; it sees what came before a {@link Signal#raise} */
    synchronized Signal signal(Runnable command) {
        Signal signal = new Signal(command);
        signals = Arrays.copyOf(signals, signals.length + 1);
        signals[signals.length - 1] = signal;
        return signal;
    }

    /** It is obeyed no more. */
    synchronized void forget(Signal signal) {
        signals = Arrays.stream(signals).filter(other -> other != signal).toArray(Signal[]::new);
    }

    private void rouse() {
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
            selector.selectNow(unused -> { }); // what is readable now is still so in the next round
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
        try {
            while (running && isLoopThread()) {
                goRound();
            }
            if (isLoopThread()) {
                selector.close();
            }
        } catch (LeftBehind e) {
            LOG.info("a congestion controller came back after the media loop had gone on without it");
        } catch (IOException | UncheckedIOException e) {
            LOG.error("the media loop's selector broke; every stream has stopped, restart RevCam", e);
        }
    }

    /** By itself, or it stays interpreted: the JIT compiler looks at what is called often, and {@link #run} is called once. */
    private void goRound() throws IOException {
        for (Step step : round) {
            step.take();
        }
    }

    private void obey() {
        awake.set(false);
        for (Runnable command; (command = commands.poll()) != null; ) {
            run(command);
        }
        for (Signal signal : signals) {
            signal.obey();
        }
    }

    private void serve() {
        long now = System.nanoTime();
        long next = now + MAX_WAIT_NANOS;
        for (DeadlineTask task : tasks) {
            long deadline = serve(task, now);
            if (deadline != Long.MAX_VALUE && deadline - next < 0) {
                next = deadline;
            }
        }
        nextDeadlineNanos = next;
    }

    private void await() throws IOException {
        readyKeys.clear();
        long wait = nextDeadlineNanos - System.nanoTime();
        if (wait <= 0 || awake.get()) {
            selector.selectNow(ready);
        } else {
            selector.select(ready, (wait + MILLI - 1) / MILLI);
        }
    }

    private void receive() {
        for (int i = 0; i < readyKeys.size(); i++) {
            ready(readyKeys.get(i));
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
            if (key.isValid()) {
                ((TimedHandler) key.attachment()).run(System.nanoTime());
            }
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
        if (failure instanceof LeftBehind left) {
            throw left;
        }
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
