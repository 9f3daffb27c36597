package revcam.stream;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.api.processor.FrameProcessor;
import revcam.api.processor.FrameProcessorFactory;
import revcam.api.processor.ProcessorRequest;

/**
 * One frame processor and the thread that is its whole life: opens it for the pictures of one capture, gives it the newest
 * one whenever it is done with the one before, and closes it. If it hangs, this thread hangs, and nothing else does.
 */
final class ProcessorRun extends ForeignWork {

    /** Whose pictures these are. */
    interface Origin {

        /** It has nothing to do with pictures like these. This run's thread. */
        void onIdle(ProcessorRun run);

        /** Takes the lease of a picture that is ready. This run's thread. */
        void onProcessed(ProcessorRun by, RawFrame frame);

        /** Ends the lease of a picture that nobody will see. Any thread. */
        void onUnused(RawFrame frame);

        /** The same for one that a newer one replaced. The capture's thread. */
        void onReplaced(RawFrame frame);
    }

    private static final double SMOOTHING = 1 / 16.0;

    final Providers.Candidate<FrameProcessorFactory> choice;
    /** Of the pictures that it is given. */
    final FrameShape input;
    private final String stream;
    private final FrameRate rate;
    private final Origin origin;
    private final Runnable changed;
    private final long beganNanos = System.nanoTime();
    private final AtomicReference<RawFrame> newest = new AtomicReference<>(); // any thread
    private final BooleanSupplier hasReason = this::hasReason;
    private volatile boolean opened;
    private volatile boolean idle;
    private volatile boolean leaving;
    private volatile boolean misbehaved;
    private volatile StageException failure;
    /** When the first picture came after the last that it gave; 0 when it owes none. */
    private volatile long owesSinceNanos;
    private volatile boolean proved;
    private volatile double nanosPerFrame = Double.NaN; // its thread writes

    /**
     * @param changed to be called, on any thread, when there is something for the conductor to see
     */
    ProcessorRun(String stream, Providers.Candidate<FrameProcessorFactory> choice, FrameShape input, FrameRate rate,
            Origin origin, Runnable changed) {
        super("revcam.processor-" + stream);
        this.stream = stream;
        this.choice = choice;
        this.input = input;
        this.rate = rate;
        this.origin = origin;
        this.changed = changed;
    }

    boolean isFor(Providers.Candidate<FrameProcessorFactory> other, FrameShape shape) {
        return choice.sameAs(other) && input.equals(shape);
    }

    long beganNanos() {
        return beganNanos;
    }

    boolean opened() {
        return opened;
    }

    /** It has nothing to do with these pictures; its thread has ended. */
    boolean isIdle() {
        return idle;
    }

    /** Why it could not be opened or goes on no more, or null. */
    StageException failure() {
        return failure;
    }

    /** It did what none may do. */
    boolean hasMisbehaved() {
        return misbehaved;
    }

    /** Whether a picture has come out. */
    boolean hasProved() {
        return proved;
    }

    /** For how long pictures have gone in and none has come out. */
    long barrenNanos(long now) {
        long since = owesSinceNanos;
        return since == 0 ? 0 : Math.max(0, now - since);
    }

    double nanosPerFrame() {
        return nanosPerFrame;
    }

    /** Takes over the lease. The capture's thread; returns at once. */
    void offer(RawFrame frame) {
        if (owesSinceNanos == 0) {
            owesSinceNanos = System.nanoTime();
        }
        RawFrame old = newest.getAndSet(frame);
        if (old != null) {
            origin.onReplaced(old);
        }
        if (leaving) {
            empty();
        } else {
            wake();
        }
    }

    /** Ends it, on its own thread; it is given nothing more. */
    void leave() {
        leaving = true;
        empty();
        wake();
    }

    private void empty() {
        RawFrame unused = newest.getAndSet(null);
        if (unused != null) {
            origin.onUnused(unused);
        }
    }

    // ---- its own thread

    @Override
    void work() {
        FrameProcessor processor = open();
        if (idle) {
            origin.onIdle(this);
        }
        changed.run();
        if (processor == null) {
            return;
        }
        try {
            while (!leaving && failure == null) {
                RawFrame frame = newest.getAndSet(null);
                if (frame == null) {
                    awaitWake(hasReason);
                } else {
                    process(processor, frame);
                }
            }
        } finally {
            empty();
            entered();
            processor.close();
            left();
        }
    }

    private boolean hasReason() {
        return leaving || newest.get() != null;
    }

    private FrameProcessor open() {
        entered();
        try {
            FrameProcessor processor = choice.factory().open(
                    new ProcessorRequest(stream, input.width(), input.height(), input.format(), rate));
            idle = processor == null;
            opened = !idle;
            return processor;
        } catch (StageException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            failure = new StageException(Reason.FAILED, "it threw " + e, e);
        } finally {
            left();
        }
        return null;
    }

    private void process(FrameProcessor processor, RawFrame frame) {
        long captureNanos = frame.captureNanos();
        long began = System.nanoTime();
        RawFrame made = null;
        entered();
        try {
            made = processor.process(frame);
        } catch (RuntimeException | Error e) {
            fail("it threw " + e);
        } finally {
            left();
        }
        if (made == null) {
            origin.onUnused(frame);
            return;
        }
        if (made.captureNanos() != captureNanos) {
            fail("it changed a picture's capture time");
        } else if (made.width() < 2 || made.height() < 2 || (made.width() | made.height()) % 2 != 0) {
            fail("it made a picture of " + made.width() + "x" + made.height() + "; both sides must be even");
        }
        if (failure != null) {
            origin.onUnused(made);
            return;
        }
        double took = System.nanoTime() - began;
        nanosPerFrame = Double.isNaN(nanosPerFrame) ? took : nanosPerFrame + SMOOTHING * (took - nanosPerFrame);
        owesSinceNanos = 0;
        origin.onProcessed(this, made);
        if (!proved) {
            proved = true;
            changed.run();
        }
    }

    private void fail(String why) {
        misbehaved = true;
        failure = new StageException(Reason.FAILED, why);
        changed.run();
    }

    @Override
    void ended() {
        changed.run();
    }
}
