package revcam.stream;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;

/**
 * Where one encoder's packetiser sits. Each encoder has its own, so that one which hangs in a packetiser can be left
 * behind with it. It is replaced between two access units, and its successor goes on in the middle of the stream: a
 * packetiser needs no key frame.
 */
final class PacketiserSeat {

    private static final Logger LOG = LoggerFactory.getLogger(PacketiserSeat.class);
    private static final long CLOSE_BOUND_MILLIS = 500;

    /** The packetiser itself broke; the access unit may have been good. */
    static final class Broke extends RuntimeException {
        Broke(String what, Throwable cause) {
            super(what, cause);
        }
    }

    /** Held while a thread is inside the packetiser. */
    private final ReentrantLock inside = new ReentrantLock();
    private volatile long enteredNanos;
    private volatile double nanosPerUnit = Double.NaN;
    private volatile Providers.Candidate<PacketiserFactory> choice;
    private Packetiser packetiser; // guarded by inside
    private boolean keyframe; // guarded by inside

    /** @param opened must have been opened for this seat alone */
    PacketiserSeat(Providers.Candidate<PacketiserFactory> choice, Packetiser opened) {
        this.choice = choice;
        packetiser = opened;
    }

    Providers.Candidate<PacketiserFactory> choice() {
        return choice;
    }

    /**
     * Packetises.
     *
     * @return the stream's format as known now, or null
     * @throws StageException the packetiser says that this is no access unit of its codec
     * @throws Broke the packetiser threw something else
     */
    RtpFormat packetise(ByteBuffer unit, int maxPayloadBytes, RtpPayloads out) throws StageException {
        inside.lock();
        enteredNanos = System.nanoTime();
        try {
            keyframe = false;
            packetiser.packetise(unit, maxPayloadBytes, out);
            check(out, maxPayloadBytes);
            keyframe = packetiser.isKeyframe();
            RtpFormat format = packetiser.format();
            double took = System.nanoTime() - enteredNanos;
            nanosPerUnit = Double.isNaN(nanosPerUnit) ? took : nanosPerUnit + (took - nanosPerUnit) / 16;
            return format;
        } catch (Broke e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new Broke("it threw " + e, e);
        } finally {
            inside.unlock();
        }
    }

    /** A packet that is too large is lost on the way, and the same one again when it is sent again. */
    private static void check(RtpPayloads payloads, int maxPayloadBytes) {
        for (int i = 0; i < payloads.count(); i++) {
            if (payloads.size(i) > maxPayloadBytes) {
                throw new Broke("it gives a payload of " + payloads.size(i) + " bytes where " + maxPayloadBytes + " fit",
                        null);
            }
        }
    }

    /** Whether the unit that this thread has just packetised can be decoded without those before it. */
    boolean isKeyframe() {
        return keyframe;
    }

    /** How long the present access unit has been in the packetiser; 0 when none is. */
    long insideNanos(long now) {
        return inside.isLocked() ? Math.max(0, now - enteredNanos) : 0;
    }

    /** Smoothed; NaN before the first. */
    double nanosPerUnit() {
        return nanosPerUnit;
    }

    /**
     * Another one sits here from the next access unit on; the old one is closed.
     *
     * @return false when a thread did not come out of the old one in time; then nothing has changed
     */
    boolean replace(Providers.Candidate<PacketiserFactory> next, Packetiser opened, long boundMillis)
            throws InterruptedException {
        if (!inside.tryLock(boundMillis, TimeUnit.MILLISECONDS)) {
            return false;
        }
        Packetiser old = packetiser;
        String name = choice.name();
        try {
            packetiser = opened;
            choice = next;
        } finally {
            inside.unlock();
        }
        closeQuietly(old, name);
        return true;
    }

    /** The encoder has gone. */
    void close() {
        inside.lock();
        try {
            closeQuietly(packetiser, choice.name());
        } finally {
            inside.unlock();
        }
    }

    /** Bounded, for whoever closes has others to care for. */
    static void closeQuietly(Packetiser packetiser, String name) {
        try {
            Bounded.call("close-packetiser", CLOSE_BOUND_MILLIS, () -> {
                packetiser.close();
                return null;
            });
        } catch (StageException e) {
            LOG.warn("packetiser {} failed to close, {}; the stream goes on without it", name, e.getMessage(), e);
        }
    }
}
