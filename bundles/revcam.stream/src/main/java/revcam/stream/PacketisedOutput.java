package revcam.stream;

import java.nio.ByteBuffer;
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

    /** How many access units may wait for the media loop: a quarter of a second, far past any pause it should make. */
    private static final int RING = 8;
    /** Frames in the history of the {@link Audience}, in the ring, and one in the making. */
    private static final int POOL = 64;
    private static final int BROKEN_UNITS_UNTIL_FAILED = 3;

    private final Runnable frameReady;
    private final Runnable keyframeNeeded;
    private final SpscRing<SharedFrame> ready = new SpscRing<>(RING);
    private final SpscRing<SharedFrame> free = new SpscRing<>(POOL);
    private volatile int maxPayloadBytes = 1100;
    private volatile RtpFormat format;

    private Packetiser packetiser;
    private Providers.Candidate<PacketiserFactory> choice;
    private boolean awaitingKey;
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

    /** Another packetiser, or null for none, from the next access unit on. Does nothing when it already serves. */
    synchronized void use(Providers.Candidate<PacketiserFactory> next) {
        if (next == null ? choice == null : next.sameAs(choice)) {
            return;
        }
        if (packetiser != null) {
            packetiser.close();
        }
        packetiser = next == null ? null : next.factory().open();
        choice = next;
        // It has seen no parameter sets, and the units that came meanwhile leave a gap.
        dropUntilKey();
    }

    synchronized Providers.Candidate<PacketiserFactory> choice() {
        return choice;
    }

    /** Another encoder: what the last one made says nothing about it. */
    synchronized void encoderChanged() {
        format = null;
        broken = 0;
        awaitingKey = true;
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
        } catch (StageException e) {
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
