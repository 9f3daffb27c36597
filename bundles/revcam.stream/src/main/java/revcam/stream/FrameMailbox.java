package revcam.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.media.RawFrame;

/**
 * Room for one frame between capture and encoder: the newest wins. A frame that the encoder could not take in time is
 * dropped here, before it costs anything, and counted.
 *
 * <p>It also is where encoders change: one at a time may take, and a frame goes to the one or to the other, never to
 * neither. Beside the one that takes there may be others that audition: they are shown frames and take none away.
 */
final class FrameMailbox {

    /** Who takes frames. */
    interface Taker {

        /** There may be a frame, or this is no longer the one that takes. Any thread; returns at once. */
        void wake();
    }

    /** Whose frames these are. */
    interface Source {

        /** One of its frames has been given back. Any thread. */
        void onLeaseEnded();
    }

    /** Who looks at a frame without taking it. */
    interface Spectator {

        /** Takes over one hold of the delivery. Capture's thread; returns at once. */
        void show(Delivery delivery);
    }

    /**
     * A raw frame and when it came; belongs to all who hold it. Its lease ends with the last hold, and then the delivery is another
     * frame's: who gives a hold back forgets it.
     */
    static final class Delivery {

        private final FrameMailbox mailbox;
        private final AtomicInteger holds = new AtomicInteger();
        private RawFrame frame;
        private Source from;
        private long arrivedNanos;

        private Delivery(FrameMailbox mailbox) {
            this.mailbox = mailbox;
        }

        RawFrame frame() {
            return frame;
        }

        long arrivedNanos() {
            return arrivedNanos;
        }

        /** Gives one hold back. Any thread. */
        void release() {
            if (holds.decrementAndGet() == 0) {
                RawFrame ended = frame;
                Source whose = from;
                frame = null;
                from = null;
                mailbox.spare(this);
                end(ended);
                whose.onLeaseEnded();
            }
        }
    }

    /** What became of a frame. */
    enum Put {
        ACCEPTED,
        /** It is no newer than one before it; still the caller's. */
        OUTDATED,
        /** The frames of this source are not wanted; still the caller's. */
        REFUSED
    }

    private static final Logger LOG = LoggerFactory.getLogger(FrameMailbox.class);

    private static final Spectator[] NOBODY = {};

    private final BooleanSupplier encoded;
    private final Deque<Delivery> spares = new ArrayDeque<>(); // guarded by this; as many as there have been frames at a time
    private Delivery newest; // guarded by this
    private Source source; // guarded by this
    private Taker taker; // guarded by this
    private final Set<Spectator> spectators = new LinkedHashSet<>(); // guarded by this
    private Spectator[] taps = NOBODY; // guarded by this; what is in it never changes
    private long newestCaptureNanos; // guarded by this
    private boolean any; // guarded by this: whether newestCaptureNanos means anything
    private boolean held; // guarded by this
    private volatile long lastArrivalNanos = System.nanoTime();
    private volatile long received;
    private volatile long superseded;
    private volatile long congested;

    /** @param encoded whether a frame that comes now is for the one who takes, or only for those who tap */
    FrameMailbox(BooleanSupplier encoded) {
        this.encoded = encoded;
    }

    /** A lease ends; what a capture does then is its own affair. */
    static void end(RawFrame frame) {
        try {
            frame.close();
        } catch (RuntimeException | Error e) {
            LOG.debug("a frame failed to close", e);
        }
    }

    /**
     * Capture's thread. Takes over the lease of a frame that is accepted, and wakes the taker.
     *
     * @param from whose frame it is; see {@link #source}
     */
    Put put(RawFrame frame, Source from) {
        long captured = frame.captureNanos();
        Delivery delivery;
        Delivery old;
        Taker wake;
        Spectator[] looking = NOBODY;
        Spectator[] tapping;
        boolean forTaker;
        synchronized (this) {
            if (from != source) {
                return Put.REFUSED;
            }
            if (any && captured - newestCaptureNanos <= 0) {
                return Put.OUTDATED;
            }
            any = true;
            delivery = deliver(frame, from);
            newestCaptureNanos = captured;
            lastArrivalNanos = delivery.arrivedNanos;
            received++;
            forTaker = taps.length == 0 || encoded.getAsBoolean();
            old = forTaker ? newest : null;
            if (old != null && held) {
                congested++;
            } else if (old != null) {
                superseded++;
            }
            newest = forTaker ? delivery : newest;
            wake = forTaker ? taker : null;
            tapping = taps;
            delivery.holds.addAndGet(tapping.length);
            if (!spectators.isEmpty()) {
                looking = spectators.toArray(NOBODY);
                spectators.clear();
                delivery.holds.addAndGet(looking.length);
            }
        }
        if (old != null) {
            old.release();
        }
        for (Spectator spectator : looking) {
            spectator.show(delivery);
        }
        for (Spectator tap : tapping) {
            tap.show(delivery);
        }
        if (!forTaker) {
            delivery.release();
        }
        if (wake != null) {
            wake.wake();
        }
        return Put.ACCEPTED;
    }

    /** The caller holds the monitor. */
    private Delivery deliver(RawFrame frame, Source from) {
        Delivery delivery = spares.isEmpty() ? new Delivery(this) : spares.pop();
        delivery.frame = frame;
        delivery.from = from;
        delivery.arrivedNanos = System.nanoTime();
        delivery.holds.set(1);
        return delivery;
    }

    private synchronized void spare(Delivery delivery) {
        spares.push(delivery);
    }

    /** From now on only frames of this source are accepted; null for none. */
    synchronized void source(Source next) {
        source = next;
        lastArrivalNanos = System.nanoTime();
    }

    /** Whatever this was here, source or spectator, it is no more. */
    synchronized void withdraw(Object former) {
        if (source == former) {
            source = null;
        }
        spectators.remove(former);
    }

    /** Hands one hold over; null when nothing waits, or another one takes. */
    Delivery take(Taker who) {
        synchronized (this) {
            Delivery taken = taker == who && !held ? newest : null;
            if (taken != null) {
                newest = null;
            }
            return taken;
        }
    }

    /** From now on this one takes; null for nobody. What waits goes to it. */
    void taker(Taker next) {
        Taker before;
        synchronized (this) {
            before = taker;
            taker = next;
        }
        if (before != null) {
            before.wake();
        }
        if (next != null) {
            next.wake();
        }
    }

    synchronized boolean isWaitingFor(Taker who) {
        return taker == who && newest != null && !held;
    }

    /**
     * Nobody gets a frame as long as this holds: what was encoded before has not left yet. The newest still replaces the one
     * before it, so what is taken afterwards is fresh. Any thread.
     */
    void hold(boolean on) {
        Taker wake;
        synchronized (this) {
            wake = held && !on && newest != null ? taker : null;
            held = on;
        }
        if (wake != null) {
            wake.wake();
        }
    }

    /** Shows the next frame to this one too, once. */
    synchronized void spectator(Spectator next) {
        spectators.add(next);
    }

    /** Shows this one every frame from now on, whether or not anyone encodes it. */
    synchronized void tap(Spectator next) {
        taps = Stream.concat(Stream.of(taps), Stream.of(next)).distinct().toArray(Spectator[]::new);
        lastArrivalNanos = System.nanoTime();
    }

    synchronized void untap(Spectator former) {
        taps = Stream.of(taps).filter(tap -> tap != former).toArray(Spectator[]::new);
    }

    synchronized boolean hasTaps() {
        return taps.length > 0;
    }

    synchronized boolean hasSpectators() {
        return !spectators.isEmpty();
    }

    void discard() {
        Delivery old;
        synchronized (this) {
            old = newest;
            newest = null;
        }
        if (old != null) {
            old.release();
        }
    }

    /** A frame was replaced by a newer one before it came here. */
    synchronized void replaced() {
        received++;
        superseded++;
    }

    /** Nobody wanted a frame, so none is missing. */
    void notMissed(long now) {
        lastArrivalNanos = now;
    }

    /** When the last frame came, or else when the source began to serve. */
    long lastArrivalNanos() {
        return lastArrivalNanos;
    }

    long received() {
        return received;
    }

    long superseded() {
        return superseded;
    }

    /** Frames replaced by a newer one while {@link #hold} kept them from the encoder. */
    long congested() {
        return congested;
    }
}
