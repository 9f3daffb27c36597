package revcam.stream;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;

/**
 * One opened encoder, from open to close: counts the frames inside it, hands its results on, and measures both. Once
 * retired, whatever it still brings is ignored.
 */
final class EncoderRun implements EncodedSink {

    /** Power of two above every encoder's frames in flight. */
    private static final int TRACKED = 32;

    final Providers.Candidate<VideoEncoderFactory> choice;
    final int width;
    final int height;
    VideoEncoder encoder; // these three set once, by the encoder loop, before the first frame
    long minBitrateBps;
    private int capacity;
    boolean first = true; // encoder loop

    private final PixelFormat pixelFormat;
    private final long intervalNanos;
    private final Thread owner;
    private final PacketisedOutput output;
    private final Telemetry telemetry;
    private final Map<String, String> keyTags;
    private final Map<String, String> deltaTags;
    private volatile boolean retired;
    private volatile StageException failure;
    private volatile long lastMoveNanos;
    private final List<Lease> lent = new ArrayList<>(); // guarded by itself
    private volatile int inFlight; // its size
    private volatile long skipped;
    private volatile long overruns;

    // What is known of recent inputs, by position; written by the encoder loop, read when results come.
    private final long[] captureNanos = new long[TRACKED];
    private final long[] arrivedNanos = new long[TRACKED];
    private final long[] takenNanos = new long[TRACKED];
    private volatile int inputs;

    /** @param owner the encoder loop's thread, woken when there is room or trouble */
    EncoderRun(String stream, Providers.Candidate<VideoEncoderFactory> choice, RawFrame frame, long intervalNanos,
            Thread owner, PacketisedOutput output, Telemetry telemetry) {
        this.choice = choice;
        this.intervalNanos = intervalNanos;
        this.owner = owner;
        this.output = output;
        this.telemetry = telemetry;
        width = frame.width();
        height = frame.height();
        pixelFormat = frame.format();
        keyTags = Map.of("stream", stream, "type", "key");
        deltaTags = Map.of("stream", stream, "type", "delta");
    }

    // ---- the encoder loop

    /** The encoder is there. What never changes is asked once, where a failure to answer is a failure to open. */
    void opened(VideoEncoder made) {
        encoder = made;
        minBitrateBps = made.minBitrateBps();
        capacity = Math.max(1, Math.min(TRACKED, made.maxInFlight()));
    }

    /** Whether this encoder was opened for such frames at such a rate. */
    boolean fits(RawFrame frame, long wantedIntervalNanos) {
        return frame.width() == width && frame.height() == height && frame.format() == pixelFormat
                && wantedIntervalNanos == intervalNanos;
    }

    boolean full() {
        return inFlight >= capacity;
    }

    /** Takes the frame over, whatever the encoder throws. */
    void encode(FrameMailbox.Delivery delivery, boolean keyframe, long now) {
        Lease lease = new Lease(delivery.frame(), this::returned);
        synchronized (lent) {
            lent.add(lease);
            inFlight = lent.size();
        }
        int at = inputs & TRACKED - 1;
        captureNanos[at] = lease.captureNanos();
        arrivedNanos[at] = delivery.arrivedNanos();
        takenNanos[at] = now;
        inputs++;
        lastMoveNanos = now;
        first = false;
        encoder.encode(lease, keyframe);
    }

    /** Whether frames went in and none has come back for so long. */
    boolean hangs(long now, long boundNanos) {
        return inFlight > 0 && now - lastMoveNanos > boundNanos;
    }

    /** Why it is of no further use, or null. */
    StageException failure() {
        return failure;
    }

    /** Nothing is delivered after this, also when it is being delivered now. */
    void retire() {
        synchronized (output) {
            retired = true;
        }
    }

    /** Returns what the encoder kept although it was closed. */
    void reclaim() {
        List<Lease> kept;
        synchronized (lent) {
            kept = List.copyOf(lent);
        }
        kept.forEach(Lease::close);
    }

    // ---- the encoder's threads

    private void returned(Lease lease) {
        synchronized (lent) {
            lent.remove(lease);
            inFlight = lent.size();
        }
        lastMoveNanos = System.nanoTime();
        wakeOwner();
    }

    @Override
    public void onAccessUnit(ByteBuffer data, long captured, boolean keyframe) {
        long encodedNanos = System.nanoTime();
        try {
            int bytes = data.remaining();
            int packets = deliver(data, captured, keyframe);
            if (packets > 0) {
                measure(captured, keyframe, encodedNanos, bytes, packets);
            }
        } catch (StageException e) {
            onFailed(e);
        }
    }

    private int deliver(ByteBuffer data, long captured, boolean keyframe) throws StageException {
        // The output's own monitor, so that an abandoned encoder cannot slip in behind its successor.
        synchronized (output) {
            return retired ? 0 : output.deliver(data, captured, keyframe);
        }
    }

    @Override
    public void onSkipped(long captured) {
        skipped++;
    }

    @Override
    public void onFailed(StageException cause) {
        failure = cause;
        wakeOwner();
    }

    private void wakeOwner() {
        if (Thread.currentThread() != owner) {
            LockSupport.unpark(owner);
        }
    }

    private void measure(long captured, boolean keyframe, long encodedNanos, int bytes, int packets) {
        int at = find(captured);
        if (at < 0) {
            return;
        }
        long done = System.nanoTime();
        if (done - takenNanos[at] > intervalNanos) {
            overruns++;
        }
        telemetry.publish(new Sample(StreamMeasurements.FRAME, System.currentTimeMillis(), done,
                keyframe ? keyTags : deltaTags,
                new double[] {arrivedNanos[at] - captured, takenNanos[at] - arrivedNanos[at],
                    encodedNanos - takenNanos[at], done - encodedNanos, bytes, packets}));
    }

    private int find(long captured) {
        int newest = inputs;
        for (int i = 1; i <= TRACKED && i <= newest; i++) {
            int at = newest - i & TRACKED - 1;
            if (captureNanos[at] == captured) {
                return at;
            }
        }
        return -1;
    }

    // ---- any thread

    int inFlight() {
        return inFlight;
    }

    long skipped() {
        return skipped;
    }

    long overruns() {
        return overruns;
    }
}
