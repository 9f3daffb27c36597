package revcam.stream;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * One opened capture, from open to close. It is opened on a thread of its own, since a device may take seconds; until it
 * serves it keeps its newest frame here, which proves that it works and shows what it gives. Once retired, whatever it
 * still brings is returned unused.
 */
final class CaptureRun extends ForeignWork implements FrameSink, FrameMailbox.Source, ProcessorRun.Origin {

    /** Which way its pictures take; compared by identity. */
    private static final class Way {

        static final Way STRAIGHT = new Way(null);
        /** They wait, the newest alone, until somebody has decided. */
        static final Way UNDECIDED = new Way(null);

        final ProcessorRun processor;

        Way(ProcessorRun processor) {
            this.processor = processor;
        }
    }

    /** Each new size takes a new encoder, so this many in this time are enough. */
    private static final int MAX_SIZES = 5;
    private static final long SIZES_NANOS = 10_000_000_000L;

    final Providers.Candidate<VideoCaptureFactory> choice;
    final CaptureRequest request;
    private final FrameMailbox mailbox;
    private final Runnable changed;
    private final BooleanSupplier wanted;
    private final long beganNanos = System.nanoTime();
    private VideoCapture capture; // its thread
    private volatile boolean opened;
    private volatile boolean leaving;
    private volatile StageException failure;
    private volatile FrameShape given; // written by the capture's thread
    private volatile FrameShape shape;
    private volatile int outOfOrder; // written by the capture's thread
    private int sizes; // guarded by this
    private long sizesSinceNanos = System.nanoTime(); // guarded by this

    private boolean serving; // conductor
    /** The processor that is to come, or null. */
    ProcessorRun nextProcessor; // conductor
    /** What a processor was last asked about. */
    FrameShape askedAbout; // conductor
    private volatile ProcessorRun processor; // written by the conductor
    private volatile boolean processed; // written by the conductor
    private volatile Way way; // written by the conductor, and by the capture's thread while holding this
    private RawFrame undecided; // guarded by this
    private final AtomicInteger leases = new AtomicInteger(); // any thread
    private volatile boolean sought = true; // no frame of it has come yet
    private boolean retired; // guarded by this
    private RawFrame waiting; // guarded by this

    /**
     * @param processed whether there is anybody who may want to change its pictures
     * @param wanted whether anyone would use a frame of the serving capture
     * @param changed to be called, on any thread, when there is something for the conductor to see
     */
    CaptureRun(String stream, Providers.Candidate<VideoCaptureFactory> choice, CaptureRequest request,
            boolean processed, FrameMailbox mailbox, BooleanSupplier wanted, Runnable changed) {
        super("revcam.capture-" + stream);
        this.processed = processed;
        way = processed ? Way.UNDECIDED : Way.STRAIGHT;
        this.choice = choice;
        this.request = request;
        this.mailbox = mailbox;
        this.wanted = wanted;
        this.changed = changed;
    }

    boolean isFor(Providers.Candidate<VideoCaptureFactory> other, CaptureRequest wantedRequest) {
        return choice.sameAs(other) && request.equals(wantedRequest);
    }

    long beganNanos() {
        return beganNanos;
    }

    boolean opened() {
        return opened;
    }

    /** Why it could not be opened or has ended by itself, or null. */
    StageException failure() {
        return failure;
    }

    /** What its frames are like before anybody has changed them, or null before the first. */
    FrameShape given() {
        return given;
    }

    /** Who changes its pictures, or null. */
    ProcessorRun processor() {
        return processor;
    }

    /** Whether its pictures go on: not while they have become others, and nobody has decided about those yet. */
    boolean isDecided() {
        return way.processor == processor && way != Way.UNDECIDED;
    }

    /** Whether there is anybody who may want to change its pictures, should they become others. */
    void processed(boolean on) {
        processed = on;
    }

    /**
     * From now on its pictures go through this one; null: as they are.
     *
     * @param pictures what was decided about
     * @return false when they have become others meanwhile, and nothing was changed
     */
    boolean goThrough(ProcessorRun next, FrameShape pictures) {
        RawFrame held;
        synchronized (this) {
            if (next != null && !pictures.equals(given)) {
                return false;
            }
            way = next == null ? Way.STRAIGHT : new Way(next);
            processor = next;
            held = undecided;
            undecided = null;
        }
        if (held != null && next != null) {
            next.offer(held);
        } else if (held != null) {
            end(held); // the next one is at most an interval away, and delivering is not the conductor's
        }
        return true;
    }

    /** What its frames are like when they have been processed, or null before the first. */
    FrameShape shape() {
        return shape;
    }

    /** Frames that were no newer than the one before. */
    int outOfOrder() {
        return outOfOrder;
    }

    /** From now on its frames go to the encoder, the one that waits first. */
    void serve() {
        serving = true;
        mailbox.source(this);
        RawFrame first = takeWaiting();
        if (first != null && mailbox.put(first, this) != FrameMailbox.Put.ACCEPTED) {
            end(first);
        }
    }

    boolean isServing() {
        return serving;
    }

    /** Ends it, on its own thread; none of its frames is used after this returns. */
    void leave() {
        synchronized (this) {
            retired = true;
        }
        mailbox.withdraw(this);
        RawFrame unused = takeWaiting();
        if (unused != null) {
            end(unused);
        }
        goThrough(null, null); // what waits for a decision is given back
        leaving = true;
        wake();
    }

    private synchronized RawFrame takeWaiting() {
        RawFrame taken = waiting;
        waiting = null;
        return taken;
    }

    // ---- its own thread

    @Override
    void work() {
        try {
            entered();
            capture = choice.factory().open(request, this);
            left();
            if (capture == null) {
                throw new StageException(Reason.FAILED, "it opened nothing");
            }
            opened = true;
        } catch (StageException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            failure = new StageException(Reason.FAILED, "it threw " + e, e);
        } finally {
            left();
        }
        changed.run();
        awaitWake(() -> leaving);
        if (capture != null) {
            entered();
            capture.close();
            left();
        }
    }

    @Override
    void ended() {
        changed.run();
    }

    // ---- the capture's thread

    @Override
    public boolean wanted() {
        ProcessorRun through = way.processor;
        return !leaving && (sought || through != null && !through.hasProved() || wanted.getAsBoolean());
    }

    @Override
    public void onFrame(RawFrame frame) {
        leases.incrementAndGet();
        FrameShape before = given;
        boolean other = before == null || !before.fits(frame);
        if (other) {
            synchronized (this) {
                given = FrameShape.of(frame);
                // A processor is for pictures of one kind.
                way = processed ? Way.UNDECIDED : Way.STRAIGHT;
            }
        }
        passOn(frame, true);
        if (other) {
            changed.run();
        }
    }

    /** @param inOrder whether one that is no newer than the one before is its capture's fault */
    private void passOn(RawFrame frame, boolean inOrder) {
        Way now = way;
        if (now == Way.UNDECIDED) {
            hold(frame);
        } else if (now.processor != null) {
            now.processor.offer(frame);
        } else {
            deliver(frame, inOrder);
        }
    }

    private void hold(RawFrame frame) {
        RawFrame unused;
        synchronized (this) {
            unused = retired ? frame : undecided;
            undecided = retired ? undecided : frame;
        }
        if (unused != null) {
            end(unused);
        }
        if (way != Way.UNDECIDED) {
            passOnHeld(); // somebody has decided while the picture was put there
        }
    }

    private void passOnHeld() {
        RawFrame held;
        synchronized (this) {
            held = undecided;
            undecided = null;
        }
        if (held != null) {
            passOn(held, false);
        }
    }

    /** At once, and not only when the conductor has heard of it: a start waits for this picture. */
    @Override
    public void onIdle(ProcessorRun run) {
        synchronized (this) {
            if (way != Way.UNDECIDED || !run.input.equals(given)) {
                return;
            }
            way = Way.STRAIGHT;
        }
        passOnHeld();
    }

    @Override
    public void onProcessed(ProcessorRun by, RawFrame frame) {
        if (way.processor == by) {
            deliver(frame, false);
        } else {
            end(frame);
        }
    }

    @Override
    public void onUnused(RawFrame frame) {
        end(frame);
    }

    @Override
    public void onReplaced(RawFrame frame) {
        mailbox.replaced();
        end(frame);
    }

    private void deliver(RawFrame frame, boolean inOrder) {
        FrameShape before = shape;
        boolean other = before == null || !before.fits(frame);
        if (other && !take(FrameShape.of(frame))) {
            end(frame);
            changed.run();
            return;
        }
        FrameMailbox.Put put = mailbox.put(frame, this);
        if (put == FrameMailbox.Put.OUTDATED) {
            outOfOrder += inOrder ? 1 : 0;
            end(frame);
        } else if (put == FrameMailbox.Put.REFUSED) {
            keep(frame);
        }
        sought = false;
        if (other) {
            changed.run();
        }
    }

    /** @return false when no encoder could follow: its failure says why */
    private synchronized boolean take(FrameShape now) {
        long nanos = System.nanoTime();
        if (nanos - sizesSinceNanos > SIZES_NANOS) {
            sizesSinceNanos = nanos;
            sizes = 0;
        }
        if (now.width() < 2 || now.height() < 2 || (now.width() | now.height()) % 2 != 0) {
            failure = new StageException(Reason.FAILED, "its pictures are " + now + "; both sides must be even");
        } else if (++sizes > MAX_SIZES) {
            failure = new StageException(Reason.FAILED, "its pictures change their size all the time");
        } else {
            shape = now;
        }
        return failure == null;
    }

    /** The newest is kept until it serves; once retired, none. */
    private void keep(RawFrame frame) {
        RawFrame unused;
        synchronized (this) {
            unused = retired ? frame : waiting;
            waiting = retired ? waiting : frame;
        }
        if (unused != null) {
            end(unused);
        }
    }

    private void end(RawFrame unused) {
        FrameMailbox.end(unused);
        onLeaseEnded();
    }

    // ---- any thread

    @Override
    public void onLeaseEnded() {
        if (leases.decrementAndGet() == 0 && leaving) {
            changed.run();
        }
    }

    /** Whether frames of it are still in use somewhere. */
    boolean hasLeases() {
        return leases.get() > 0;
    }

    @Override
    public void onEnded(StageException cause) {
        failure = cause;
        changed.run();
    }
}
