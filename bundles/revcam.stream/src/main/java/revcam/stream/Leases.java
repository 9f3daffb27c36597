package revcam.stream;

/**
 * The leases of one who is given frames, an encoder or an engine, used in turn, so that none is made for each frame. They are for
 * that one alone: whatever it does to one that it no longer holds costs nobody else a frame, and each frame goes back once.
 *
 * <p>A lease that was closed is not lent again before as many others as may be out at a time. Until then a second call does nothing
 * but that the lease is never lent again: who closes twice gets a new one each time. One who does so later ends the lease of a frame
 * that it was given since.
 */
final class Leases {

    private final Lease[] leases;
    private final Runnable onReturn;
    private int last;

    /**
     * @param open as many as may be out at a time; for more there are new ones, each for one frame
     * @param onReturn run each time that one ends, on any thread
     */
    Leases(int open, Runnable onReturn) {
        leases = new Lease[2 * open];
        this.onReturn = onReturn;
    }

    /** One that is free, to be lent before another is asked for. One thread. */
    Lease next() {
        for (int i = 0; i < leases.length; i++) {
            last = (last + 1) % leases.length;
            Lease lease = leases[last];
            if (lease == null || lease.isFree() && lease.wasClosedTwice()) {
                return leases[last] = new Lease(onReturn);
            }
            if (lease.isFree()) {
                return lease;
            }
        }
        return new Lease(onReturn);
    }

    /** Ends those that still are out. That thread, when nobody uses the frames any more. */
    void close() {
        for (Lease lease : leases) {
            if (lease != null && !lease.isFree()) {
                lease.close();
            }
        }
    }
}
