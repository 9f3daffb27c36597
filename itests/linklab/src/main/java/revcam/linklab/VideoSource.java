package revcam.linklab;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import revcam.api.packetiser.RtpPayloads;
import revcam.stream.rate.PacketOverhead;
import revcam.stream.session.SharedFrame;

/**
 * An encoder and its packetiser, as far as a network can tell: frames whose sizes follow the target from the next frame
 * on, vary from frame to frame, and add up to within 5 % of the target over a second (RFC 8867, section 4.4 asks for
 * that); key frames on demand that are larger than others and paid for by the frames after them.
 */
final class VideoSource {

    /**
     * What is filmed.
     *
     * @param fps frames per second
     * @param frameDeviation standard deviation of a frame's size, as a share of it
     * @param keyframeFactor a key frame's size in frames
     * @param maxKeyframeBytes but no more than this
     * @param activity what there is to send at the most at some moment, bits per second; above the target it has
     *     no effect
     */
    record Content(int fps, double frameDeviation, double keyframeFactor, int maxKeyframeBytes,
            Activity activity) {
        static final Content CAMERA = camera(30);

        static Content camera(int fps) {
            return new Content(fps, 0.15, 4, 60_000, now -> Double.POSITIVE_INFINITY);
        }

        /** A still picture or a screen: nearly nothing to send until some moment, then as a camera. */
        static Content idleUntil(long nanos, double idleBps) {
            return new Content(30, 0.15, 4, 60_000, now -> now < nanos ? idleBps : Double.POSITIVE_INFINITY);
        }
    }

    /** Bits per second that there are to send. */
    @FunctionalInterface
    interface Activity {
        double at(long nanos);
    }

    /** What a payload begins with: frame number, index, payloads in the frame, key frame or not, capture time. */
    static final int MARK_BYTES = 4 + 2 + 2 + 1 + 8;
    private static final long NONE = Long.MIN_VALUE;
    /** Encoding and packetising a frame. */
    private static final long ENCODING = 10 * Simulation.MILLI;
    /** Between key frames, as the product has it (Conductor). */
    private static final long KEYFRAME_SPACING = 200 * Simulation.MILLI;
    /** Frames that the sender may still send again. */
    private static final int KEPT = 128;
    private static final double SMALLEST_SHARE = 0.3;

    private final Simulation simulation;
    private final Content content;
    /** Null: the sizes are the model's. */
    private final FrameMaker maker;
    private final int payloadBytes;
    private final Sender[] sender;
    private final LongSupplier maxBps;
    private final PacketOverhead overhead;
    private final RecordedFlow record;
    private final SplittableRandom random;
    private final SharedFrame[] frames = new SharedFrame[KEPT];
    private int number;
    private double debtBytes;
    private boolean keyframeWanted;
    private long lastKeyframe = -KEYFRAME_SPACING;
    private boolean paused;
    private long held = NONE; // when it was taken

    /** @param sender filled in before the first frame */
    VideoSource(Simulation simulation, String name, Scenario.Media media, Sender[] sender, LongSupplier maxBps,
            RecordedFlow record) {
        this.simulation = simulation;
        content = media.content;
        maker = media.maker;
        payloadBytes = media.payloadBytes;
        this.sender = sender;
        this.maxBps = maxBps;
        overhead = new PacketOverhead(content.fps);
        this.record = record;
        random = simulation.random(name);
    }

    void requestKeyframe() {
        keyframeWanted = true;
    }

    void pause(boolean on) {
        paused = on;
    }

    void start() {
        capture();
    }

    private void capture() {
        simulation.after(Simulation.SECOND / content.fps, this::capture);
        if (!paused) {
            record.framesHeld += held == NONE ? 0 : 1;
            held = simulation.now();
            encodeHeld();
        }
    }

    /** While what was encoded before waits to leave, pictures are not; the newest is, once there is room (Audience). */
    void encodeHeld() {
        if (held != NONE && !sender[0].isBackedUp()) {
            long captured = held;
            held = NONE;
            encode(captured);
        }
    }

    private void encode(long captured) {
        long rtpBps = Math.min(maxBps.getAsLong(), sender[0].mediaBps());
        double bps = Math.min(overhead.encoderBps(rtpBps, sender[0].headerBytes(), payloadBytes),
                content.activity.at(simulation.now()));
        double due = bps / 8 / content.fps;
        boolean key = keyframeWanted && simulation.now() - lastKeyframe >= KEYFRAME_SPACING;
        if (key) {
            keyframeWanted = false;
            lastKeyframe = simulation.now();
        }
        if (maker != null) {
            FrameMaker.Made made = maker.make(captured, Math.round(bps), key);
            if (made != null) {
                record.framesProduced++;
                simulation.after(ENCODING, () -> hand(made.keyframe(), captured, made.payloadBytes()));
            }
            return;
        }
        double bytes;
        if (key) {
            bytes = Math.min(due * content.keyframeFactor, Math.max(due, content.maxKeyframeBytes));
        } else {
            // What was too much or too little is made up for within about a third of a second.
            double corrected = due - debtBytes * 3 / content.fps;
            double variation = 1 + content.frameDeviation * Simulation.gaussian(random);
            bytes = Math.max(SMALLEST_SHARE * due, corrected) * variation;
        }
        bytes = Math.max(MARK_BYTES, Math.min(bytes, key ? bytes : 3 * due));
        debtBytes = Math.max(-due * content.fps, Math.min(due * content.fps, debtBytes + bytes - due));
        int[] payloads = split((int) bytes);
        record.framesProduced++;
        simulation.after(ENCODING, () -> hand(key, captured, payloads));
    }

    /** Evenly, as a packetiser would. */
    private int[] split(int size) {
        int[] payloads = new int[Math.max(1, (size + payloadBytes - 1) / payloadBytes)];
        for (int i = 0; i < payloads.length; i++) {
            payloads[i] = (int) ((long) size * (i + 1) / payloads.length) - (int) ((long) size * i / payloads.length);
        }
        return payloads;
    }

    private void hand(boolean key, long captured, int[] sizes) {
        SharedFrame frame = frames[number % KEPT];
        if (frame == null) {
            frame = new SharedFrame();
            frames[number % KEPT] = frame;
        } else {
            frame.retire();
        }
        RtpPayloads payloads = frame.payloads();
        payloads.clear();
        int count = sizes.length;
        for (int i = 0; i < count; i++) {
            int bytes = Math.max(MARK_BYTES, sizes[i]);
            payloads.putShort(number >> 16).putShort(number).putShort(i).putShort(count).put(key ? 1 : 0);
            for (int shift = 56; shift >= 0; shift -= 8) {
                payloads.put((int) (captured >> shift));
            }
            for (int filler = MARK_BYTES; filler < bytes; filler++) {
                payloads.put(0);
            }
            payloads.end();
        }
        number++;
        overhead.onFrame(simulation.now(), count, payloads.totalBytes(), payloadBytes);
        sender[0].describe(frame, key, captured);
        sender[0].onFrame(frame);
    }
}
