package revcam.stream;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import revcam.api.media.StageException.Reason;
import revcam.api.media.StageException;
import revcam.api.packetiser.RtpFormat;
import revcam.stream.session.SharedFrame;

/**
 * From access unit to media loop: packetises on whatever thread the encoder answers on, and hands the result through a
 * ring. An access unit is never dropped alone: what follows it cannot be decoded, so all go until the next IDR.
 *
 * <p>While encoders change two of them may answer at once. What the new one gives is held back until the old one has
 * given its last, so frames keep their order. The monitor guards the producing end of the ring and that order; it is
 * never held while a plug-in runs.
 */
final class PacketisedOutput {

    /** How many access units may wait for the media loop: a quarter of a second, far past any pause it should make. */
    private static final int RING = 8;
    /** Frames in the history of the {@link Audience}, in the ring, held back, and in the making. */
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

    // Guarded by this.
    private EncoderOutput serving;
    private int created;
    private final Deque<SharedFrame> spares = new ArrayDeque<>();
    private EncoderOutput lastFrom;
    private long lastReadyNanos;

    // Written under the monitor, read by whoever samples.
    private volatile long units;
    private volatile long keyframes;
    private volatile double keyframeInterval = Double.NaN;
    private long lastKeyNanos;
    private volatile long bytes;
    private volatile long droppedRingFull;
    private volatile long droppedAwaitingKey;
    private volatile long dropped;

    /**
     * @param frameReady a frame is in the ring; called on the encoder's thread
     * @param keyframeNeeded nothing more can be sent before an IDR
     */
    PacketisedOutput(Runnable frameReady, Runnable keyframeNeeded) {
        this.frameReady = frameReady;
        this.keyframeNeeded = keyframeNeeded;
    }

    // ---- the conductor

    /**
     * Another encoder serves from its first access unit on, which has to be an IDR picture. What it gives is held back
     * while its predecessor still has frames inside.
     *
     * @param known what it is known to produce, or null
     */
    synchronized void serve(EncoderOutput next, RtpFormat known) {
        next.predecessor = serving == null || serving.done ? null : serving;
        serving = next;
        if (known != null) {
            format = known;
        }
    }

    /** Nothing this one still brings is used. What its successor holds back goes out. */
    synchronized void retire(EncoderOutput run) {
        run.retired = true;
        spares.addAll(run.held);
        run.held.clear();
        done(run);
        if (serving == run) {
            serving = null;
        }
    }

    /** This one has given its last, or took too long over it. */
    synchronized void done(EncoderOutput run) {
        run.done = true;
        if (serving != null && serving.predecessor == run) {
            serving.predecessor = null;
            for (SharedFrame frame; (frame = serving.held.poll()) != null; ) {
                offer(serving, frame);
            }
        }
    }

    /** Since when the new encoder's first access unit waits for the old one's last; 0 when none does. */
    synchronized long heldSinceNanos() {
        SharedFrame first = serving == null ? null : serving.held.peek();
        return first == null ? 0 : first.readyNanos();
    }

    /** The old one took too long over its last: what is held back goes out, and what it still brings is not used. */
    synchronized void releaseHeld() {
        if (serving != null && serving.predecessor != null) {
            serving.predecessor.retired = true;
            done(serving.predecessor);
        }
    }

    /** The next frame of this one is to be told as its first: its packetiser is another. */
    synchronized void expectNext(EncoderOutput run) {
        run.expectFirst();
        lastFrom = null;
    }

    /** What is known of the stream is void: another picture size, or another codec. */
    synchronized void forgetFormat() {
        format = null;
    }

    // ---- the encoder's thread

    /**
     * @param run the encoder's side; one thread at a time
     * @param accessUnit borrowed
     * @return the number of packets it became; 0 when it was dropped, or is empty
     * @throws StageException this encoder gives garbage
     * @throws PacketiserSeat.Broke the packetiser did
     */
    int deliver(EncoderOutput run, ByteBuffer accessUnit, long captureNanos, boolean keyframe) throws StageException {
        SharedFrame frame;
        synchronized (this) {
            units++;
            bytes += accessUnit.remaining();
            if (keyframe) {
                keyframes++;
                keyframeInterval = keyframes == 1 ? Double.NaN : captureNanos - lastKeyNanos;
                lastKeyNanos = captureNanos;
            }
            frame = run.retired || accessUnit.remaining() == 0 ? null : admit(run, keyframe);
        }
        return frame == null ? 0 : packetise(run, accessUnit, captureNanos, keyframe, frame);
    }

    private SharedFrame admit(EncoderOutput run, boolean keyframe) {
        if (run.awaitingKey && !keyframe) {
            droppedAwaitingKey++;
            if (System.nanoTime() - run.askedNanos > ASK_AGAIN_NANOS) {
                dropUntilKey(run);
            }
            return null;
        }
        SharedFrame frame = take();
        if (frame == null) {
            droppedRingFull++;
            dropUntilKey(run);
            run.usable();
        }
        return frame;
    }

    private int packetise(EncoderOutput run, ByteBuffer accessUnit, long captureNanos, boolean keyframe,
            SharedFrame frame) throws StageException {
        RtpFormat found;
        try {
            frame.payloads().clear();
            found = run.seat.packetise(accessUnit, maxPayloadBytes, frame.payloads());
            if (frame.payloads().count() > 0) {
                run.check(found, keyframe);
                run.usable();
            } else {
                run.unpacked();
            }
            run.broken = 0;
        } catch (StageException e) {
            giveBack(run, frame);
            if (++run.broken >= BROKEN_UNITS_UNTIL_FAILED) {
                throw new StageException(Reason.FAILED, "it gives garbage: " + e.getMessage(), e);
            }
            return 0;
        } catch (PacketiserSeat.Broke e) {
            giveBack(run, frame);
            throw e;
        }
        frame.describe(keyframe, captureNanos, System.nanoTime());
        int packets = frame.payloads().count();
        synchronized (this) {
            if (run.retired || packets == 0) {
                spares.add(frame);
                return 0;
            }
            if (found != null && found != format && run == serving) {
                format = found;
            }
            if (run.predecessor != null) {
                run.held.add(frame);
                run.awaitingKey = false;
                return packets;
            }
            return offer(run, frame) ? packets : 0;
        }
    }

    /** @return false when there is no room for it */
    private boolean offer(EncoderOutput run, SharedFrame frame) {
        if (!ready.offer(frame)) {
            spares.add(frame);
            droppedRingFull++;
            dropUntilKey(run);
            return false;
        }
        run.awaitingKey = false;
        long now = System.nanoTime();
        if (lastFrom != run) {
            run.firstReady(now, lastReadyNanos == 0 ? -1 : now - lastReadyNanos);
            lastFrom = run;
        }
        lastReadyNanos = now;
        frameReady.run();
        return true;
    }

    private synchronized void giveBack(EncoderOutput run, SharedFrame frame) {
        spares.add(frame);
        dropUntilKey(run);
    }

    private SharedFrame take() {
        SharedFrame frame = spares.isEmpty() ? free.poll() : spares.poll();
        if (frame == null && created < POOL) {
            created++;
            frame = new SharedFrame();
        }
        return frame;
    }

    private void dropUntilKey(EncoderOutput run) {
        dropped++;
        run.awaitingKey = true;
        run.askedNanos = System.nanoTime();
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

    int maxPayloadBytes() {
        return maxPayloadBytes;
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

    /** Between the last two IDR pictures, nanoseconds; NaN before the second. */
    double keyframeInterval() {
        return keyframeInterval;
    }

    /** Access units that wait for the media loop. */
    int waiting() {
        return ready.size();
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

    /** How often a picture was broken off, for whatever reason. */
    long breaks() {
        return dropped;
    }
}
