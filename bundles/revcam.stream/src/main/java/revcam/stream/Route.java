package revcam.stream;

import revcam.api.media.RawFrame;

/**
 * Which way the pictures of one capture take: on as they are, through a processor, or nowhere until somebody has decided, which
 * each new kind of picture asks for; then they wait, the newest alone. The conductor decides, but for a processor that has nothing
 * to do, which says so on its own thread; pictures come on the capture's.
 */
final class Route {

    /** Where it leads to. Each takes the lease. */
    interface End {

        /** @param inOrder whether one that is no newer than the one before is its capture's fault */
        void deliver(RawFrame frame, boolean inOrder);

        /** For one that nobody will see. */
        void onUnused(RawFrame frame);
    }

    /** Compared by identity. */
    private static final class Way {

        static final Way STRAIGHT = new Way(null);
        static final Way UNDECIDED = new Way(null);

        final ProcessorRun processor;

        Way(ProcessorRun processor) {
            this.processor = processor;
        }
    }

    private final End end;
    private volatile boolean processed; // written by the conductor
    private volatile ProcessorRun processor; // written by the conductor
    private volatile FrameShape given; // written by the capture's thread
    private volatile Way way; // any thread, while holding this
    private RawFrame held; // guarded by this
    private boolean closed; // guarded by this

    /** @param processed whether there is anybody who may want to change its pictures */
    Route(boolean processed, End end) {
        this.processed = processed;
        this.end = end;
        way = processed ? Way.UNDECIDED : Way.STRAIGHT;
    }

    /** What the pictures are like before anybody has changed them, or null before the first. Any thread. */
    FrameShape given() {
        return given;
    }

    // ---- the conductor

    /** Who was last chosen to change the pictures, or null. Any thread. */
    ProcessorRun processor() {
        return processor;
    }

    /** Whether pictures go on: not while they have become others, and nobody has decided about those yet. */
    boolean isDecided() {
        return way.processor == processor && way != Way.UNDECIDED;
    }

    /** Whether there is anybody who may want to change the pictures, should they become others. */
    void processed(boolean on) {
        processed = on;
    }

    /**
     * From now on pictures go through this one; null: as they are.
     *
     * @param pictures what was decided about
     * @return false when they have become others meanwhile, and nothing was changed
     */
    boolean goThrough(ProcessorRun next, FrameShape pictures) {
        RawFrame waited;
        synchronized (this) {
            if (next != null && !pictures.equals(given)) {
                return false;
            }
            way = next == null ? Way.STRAIGHT : new Way(next);
            processor = next;
            waited = held;
            held = null;
        }
        if (waited != null && next != null) {
            next.offer(waited);
        } else if (waited != null) {
            end.onUnused(waited); // the next one is at most an interval away, and delivering is not the conductor's
        }
        return true;
    }

    /** Nothing waits here any more. */
    void close() {
        synchronized (this) {
            closed = true;
        }
        goThrough(null, null);
    }

    // ---- the capture's thread

    /**
     * Takes the lease of a picture.
     *
     * @return whether it is of another kind than the one before
     */
    boolean take(RawFrame frame) {
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
        return other;
    }

    private void passOn(RawFrame frame, boolean inOrder) {
        Way now = way;
        if (now == Way.UNDECIDED) {
            hold(frame);
        } else if (now.processor != null) {
            now.processor.offer(frame);
        } else {
            end.deliver(frame, inOrder);
        }
    }

    private void hold(RawFrame frame) {
        RawFrame unused;
        synchronized (this) {
            unused = closed ? frame : held;
            held = closed ? held : frame;
        }
        if (unused != null) {
            end.onUnused(unused);
        }
        if (way != Way.UNDECIDED) {
            passOnHeld(); // somebody has decided while the picture was put there
        }
    }

    private void passOnHeld() {
        RawFrame waited;
        synchronized (this) {
            waited = held;
            held = null;
        }
        if (waited != null) {
            passOn(waited, false);
        }
    }

    // ---- any thread

    /** The processor that pictures go through now, or null. */
    ProcessorRun through() {
        return way.processor;
    }

    /** At once, and not only when the conductor has heard of it: a start waits for this picture. The processor's thread. */
    void onIdle(ProcessorRun run) {
        synchronized (this) {
            if (way != Way.UNDECIDED || !run.input.equals(given)) {
                return;
            }
            way = Way.STRAIGHT;
        }
        passOnHeld();
    }
}
