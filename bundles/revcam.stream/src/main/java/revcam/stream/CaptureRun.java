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
final class CaptureRun extends ForeignWork implements FrameSink, FrameMailbox.Source, ProcessorRun.Origin, Route.End {

    /** Each new size takes a new encoder, so this many in this time are enough. */
    private static final int MAX_SIZES = 5;
    private static final long SIZES_NANOS = 10_000_000_000L;

    final Providers.Candidate<VideoCaptureFactory> choice;
    final CaptureRequest request;
    /** Which way its pictures take. */
    final Route route;
    private final FrameMailbox mailbox;
    private final Runnable changed;
    private final BooleanSupplier wanted;
    private final long beganNanos = System.nanoTime();
    private VideoCapture capture; // its thread
    private volatile boolean opened;
    private volatile boolean leaving;
    private volatile StageException failure;
    private volatile FrameShape shape;
    private volatile int outOfOrder; // written by the capture's thread
    private int sizes; // guarded by this
    private long sizesSinceNanos = System.nanoTime(); // guarded by this

    private boolean serving; // conductor
    /** The processor that is to come, or null. */
    ProcessorRun nextProcessor; // conductor
    /** What a processor was last asked about. */
    FrameShape askedAbout; // conductor
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
        route = new Route(processed, this);
        this.choice = choice;
        this.request = request;
        this.mailbox = mailbox;
        this.wanted = wanted;
        this.changed = changed;
    }

    boolean isFor(Providers.Candidate<VideoCaptureFactory> other, CaptureRequest wantedRequest) {
        // Field by field for the reason given in FrameRate; the source is part of the choice.
        return choice.sameAs(other) && request.width() == wantedRequest.width() && request.height() == wantedRequest.height()
                && request.rate().equals(wantedRequest.rate());
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
        route.close();
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
        ProcessorRun through = route.through();
        return !leaving && (sought || through != null && !through.hasProved() || wanted.getAsBoolean());
    }

    @Override
    public void onFrame(RawFrame frame) {
        leases.incrementAndGet();
        if (route.take(frame)) {
            changed.run();
        }
    }

    @Override
    public void onIdle(ProcessorRun run) {
        route.onIdle(run);
    }

    @Override
    public void onProcessed(ProcessorRun by, RawFrame frame) {
        if (route.through() == by) {
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

    @Override
    public void deliver(RawFrame frame, boolean inOrder) {
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
