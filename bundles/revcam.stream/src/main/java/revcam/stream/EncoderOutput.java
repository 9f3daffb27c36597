package revcam.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import revcam.api.media.StageException.Reason;
import revcam.api.media.StageException;
import revcam.api.packetiser.RtpFormat;
import revcam.stream.session.SharedFrame;

/** One encoder's way into the {@link PacketisedOutput}, whose monitor guards the fields without a comment. */
final class EncoderOutput {

    final PacketiserSeat seat;
    private final FrameShape shape;
    private final Runnable firstIsReady;

    /** Who has to give its last before this one's frames may go out; null for nobody. */
    EncoderOutput predecessor;
    final Deque<SharedFrame> held = new ArrayDeque<>();
    boolean retired;
    boolean done;
    boolean awaitingKey = true;
    long askedNanos = System.nanoTime();
    int broken; // the encoder's thread
    private volatile long usableNanos = System.nanoTime(); // the encoder's thread writes
    private volatile boolean unpacked; // the encoder's thread writes
    private volatile boolean proved; // written under the monitor
    private volatile long firstReadyNanos; // written under the monitor
    private volatile long gapNanos; // written under the monitor

    /** @param firstIsReady called when its first frame has gone out; under the monitor */
    EncoderOutput(PacketiserSeat seat, FrameShape shape, Runnable firstIsReady) {
        this.seat = seat;
        this.shape = shape;
        this.firstIsReady = firstIsReady;
    }

    /**
     * Holds the unit that the seat has just packetised against what was asked of the encoder. The encoder's thread.
     *
     * @param found what the stream is now, or null
     * @param keyframe what the encoder says of the unit
     */
    void check(RtpFormat found, boolean keyframe) throws StageException {
        if (keyframe && !seat.isKeyframe()) {
            throw new StageException(Reason.FAILED, "a unit that it calls a key frame cannot be decoded by itself");
        }
        if (found != null && found.width() > 0 && (found.width() != shape.width() || found.height() != shape.height())) {
            throw new StageException(Reason.FAILED, "its pictures are " + found.width() + "x" + found.height()
                    + " instead of " + shape);
        }
    }

    void firstReady(long now, long gap) {
        proved = true;
        if (firstReadyNanos == 0) {
            gapNanos = gap;
            firstReadyNanos = now;
            firstIsReady.run();
        }
    }

    /** It gave what could be sent, or could have been, had there been room. The encoder's thread. */
    void usable() {
        usableNanos = System.nanoTime();
        unpacked = false;
    }

    /** Its packetiser made nothing of a unit that is not empty. The encoder's thread. */
    void unpacked() {
        unpacked = true;
    }

    /** When it last was of use, or began. Any thread. */
    long usableNanos() {
        return usableNanos;
    }

    /** Whether the packetiser made nothing of the last units, though they are not empty. Any thread. */
    boolean isUnpacked() {
        return unpacked;
    }

    void expectFirst() {
        firstReadyNanos = 0;
    }

    /** Whether any frame of it ever went out. Any thread. */
    boolean hasProved() {
        return proved;
    }

    /** When its first frame went out, since it began or its packetiser was replaced; 0 before. Any thread. */
    long firstReadyNanos() {
        return firstReadyNanos;
    }

    /** From another encoder's last frame to the first of this one; -1 when there was no other. Any thread. */
    long gapNanos() {
        return gapNanos;
    }
}
