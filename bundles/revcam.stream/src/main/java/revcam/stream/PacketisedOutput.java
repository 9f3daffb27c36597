package revcam.stream;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.packetiser.RtpFormat;

/**
 * From access unit to media loop: packetises on whatever thread the encoder answers on, and hands the result through a
 * ring. An access unit is never dropped alone: what follows it cannot be decoded, so all go until the next IDR.
 *
 * <p>The monitor guards the packetiser and the producing end of the ring. It is taken once per access unit, and held by
 * somebody else only while the packetiser is being replaced.
 */
final class PacketisedOutput {

    private static final Logger LOG = LoggerFactory.getLogger(PacketisedOutput.class);

    /** How many access units may wait for the media loop: a quarter of a second, far past any pause it should make. */
    private static final int RING = 8;
    /** Frames in the history of the {@link Audience}, in the ring, and one in the making. */
    private static final int POOL = 64;
    private static final int BROKEN_UNITS_UNTIL_FAILED = 3;
    /** An IDR that does not come within this was lost in the encoder, and is asked for again. */
    private static final long ASK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Runnable frameReady;
    private final Runnable keyframeNeeded;
    private final SpscRing<SharedFrame> ready = new SpscRing<>(RING);
    private final SpscRing<SharedFrame> free = new SpscRing<>(POOL);
    private volatile int maxPayloadBytes = 1100;
    private volatile RtpFormat format;

    private Packetiser packetiser;
    private Providers.Candidate<PacketiserFactory> choice;
    private boolean awaitingKey;
    private long askedNanos;
    private int broken;
    private int created;
    private SharedFrame spare;

    // Written under the monitor, read by whoever samples.
    private volatile long units;
    private volatile long keyframes;
    private volatile long bytes;
    private volatile long droppedRingFull;
    private volatile long droppedAwaitingKey;

    /**
     * @param frameReady a frame is in the ring; called on the encoder's thread
     * @param keyframeNeeded nothing more can be sent before an IDR
     */
    PacketisedOutput(Runnable frameReady, Runnable keyframeNeeded) {
        this.frameReady = frameReady;
        this.keyframeNeeded = keyframeNeeded;
    }

    // ---- the encoder loop

    /**
     * Another packetiser, or null for none, from the next access unit on. Does nothing when it already serves. When the
     * factory throws there is none.
     */
    synchronized void use(Providers.Candidate<PacketiserFactory> next) {
        if (next == null ? choice == null : next.sameAs(choice)) {
            return;
        }
        closePacketiser();
        if (next != null) {
            packetiser = next.factory().open();
            choice = next;
        }
        // It has seen no parameter sets, and the units that came meanwhile leave a gap.
        dropUntilKey();
    }

    private void closePacketiser() {
        Packetiser old = packetiser;
        String name = choice == null ? "" : choice.name();
        packetiser = null;
        choice = null;
        try {
            if (old != null) {
                old.close();
            }
        } catch (RuntimeException | Error e) {
            LOG.warn("packetiser {} failed to close; the stream goes on without it", name, e);
        }
    }

    synchronized Providers.Candidate<PacketiserFactory> choice() {
        return choice;
    }

    /** Another encoder: what the last one made says nothing about it. */
    synchronized void encoderChanged() {
        format = null;
        broken = 0;
        awaitingKey = true;
        askedNanos = System.nanoTime(); // it begins with one
    }

    // ---- the encoder's thread

    /**
     * @param accessUnit borrowed
     * @return the number of packets it became; 0 when it was dropped or is empty
     * @throws StageException this encoder has given garbage several times in a row
     */
    synchronized int deliver(ByteBuffer accessUnit, long captureNanos, boolean keyframe) throws StageException {
        units++;
        bytes += accessUnit.remaining();
        keyframes += keyframe ? 1 : 0;
        if (packetiser == null || awaitingKey && !keyframe) {
            droppedAwaitingKey++;
            if (System.nanoTime() - askedNanos > ASK_AGAIN_NANOS) {
                dropUntilKey();
            }
            return 0;
        }
        SharedFrame frame = take();
        if (frame == null || !packetise(accessUnit, frame)) {
            return 0;
        }
        frame.captureNanos = captureNanos;
        frame.keyframe = keyframe;
        frame.readyNanos = System.nanoTime();
        int packets = frame.payloads.count();
        if (packets == 0) {
            spare = frame;
        } else if (ready.offer(frame)) {
            awaitingKey = false;
            frameReady.run();
        } else {
            spare = frame;
            droppedRingFull++;
            dropUntilKey();
            return 0;
        }
        return packets;
    }

    private boolean packetise(ByteBuffer accessUnit, SharedFrame frame) throws StageException {
        frame.payloads.clear();
        try {
            packetiser.packetise(accessUnit, maxPayloadBytes, frame.payloads);
            format = packetiser.format();
            broken = 0;
            return true;
        } catch (StageException | RuntimeException | Error e) {
            spare = frame;
            dropUntilKey();
            if (++broken >= BROKEN_UNITS_UNTIL_FAILED) {
                throw new StageException(StageException.Reason.FAILED,
                        "what it produces cannot be packetised: " + e.getMessage(), e);
            }
            return false;
        }
    }

    private SharedFrame take() {
        SharedFrame frame = spare != null ? spare : free.poll();
        spare = null;
        if (frame == null && created < POOL) {
            created++;
            frame = new SharedFrame();
        }
        if (frame == null) {
            droppedRingFull++;
            dropUntilKey();
        }
        return frame;
    }

    private void dropUntilKey() {
        awaitingKey = true;
        askedNanos = System.nanoTime();
        keyframeNeeded.run();
    }

    // ---- the media loop

    /** The next frame, now the media loop's; null when there is none. */
    SharedFrame poll() {
        return ready.poll();
    }

    /** Gives a frame back for reuse. */
    void recycle(SharedFrame frame) {
        frame.retire();
        free.offer(frame);
    }

    // ---- any thread

    void maxPayloadBytes(int limit) {
        maxPayloadBytes = limit;
    }

    /** What the encoder really produces, or null before its first IDR. */
    RtpFormat format() {
        return format;
    }

    long units() {
        return units;
    }

    long keyframes() {
        return keyframes;
    }

    long bytes() {
        return bytes;
    }

    long droppedRingFull() {
        return droppedRingFull;
    }

    long droppedAwaitingKey() {
        return droppedAwaitingKey;
    }
}
