package revcam.tool.selftest;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.ForwardingFrame;
import revcam.api.media.FrameMemory;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * A capture and an encoder that is fed with its pictures by the rules of both seams: the newest picture, never more leases than
 * the encoder asks for, everything from one thread. It counts what comes of it.
 */
final class Chain implements FrameSink, EncodedSink, AutoCloseable {

    private static final long FRAME_NANOS = 10_000_000_000L;
    private static final long LEASE_NANOS = 5_000_000_000L;

    private static final int IDR = 5;
    private static final int SPS = 7;
    private static final int PPS = 8;

    /** An access unit. */
    record Unit(long captureNanos, boolean keyframe, int bytes, double tookMillis, Set<Integer> nalTypes) {

        /** An IDR picture that a decoder can begin with. */
        boolean isEntry() {
            return keyframe && nalTypes.containsAll(Set.of(SPS, PPS, IDR));
        }
    }

    private final VideoCapture capture;
    private RawFrame newest;
    private StageException captureEnded;
    private boolean captureClosed;

    final int width;
    final int height;
    final PixelFormat format;
    final int stride;
    final double openMillis;
    final int capacity;
    final VideoEncoder encoder;

    private final List<Unit> units = new ArrayList<>();
    private final Map<Long, Long> givenNanos = new HashMap<>(); // of those without an answer, by capture time
    private StageException failure;
    private boolean encoderClosed;
    private int late;
    private int given;
    private int skipped;
    private int strange;
    private int leases;
    private int dmabufs;
    private int offers;
    private int offersTaken;

    /** Opens both; the encoder for pictures as the capture gives them. */
    Chain(VideoCaptureFactory captures, CaptureRequest request, VideoEncoderFactory encoders, long bitrateBps)
            throws StageException, InterruptedException {
        capture = captures.open(request, this);
        try {
            RawFrame first = awaitFrame();
            width = first.width();
            height = first.height();
            format = first.format();
            stride = first.planeStride(0);
            first.close();
            long began = System.nanoTime();
            encoder = encoders.open(new EncoderRequest(width, height, format, request.rate(), bitrateBps), this);
            openMillis = (System.nanoTime() - began) / 1e6;
            capacity = Math.max(1, encoder.maxInFlight());
        } catch (StageException | InterruptedException | RuntimeException e) {
            closeCapture();
            throw e;
        }
    }

    /** Feeds pictures as they come. */
    void feed(int pictures) throws StageException, InterruptedException {
        for (int i = 0; i < pictures; i++) {
            feed(false);
        }
    }

    void feedFor(double seconds) throws StageException, InterruptedException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() - end < 0) {
            feed(false);
        }
    }

    /** @return the picture's capture time */
    long feed(boolean keyframe) throws StageException, InterruptedException {
        awaitRoom();
        RawFrame frame = awaitFrame();
        while (frame.width() != width || frame.height() != height || frame.format() != format) {
            frame.close();
            frame = awaitFrame();
        }
        long captured = frame.captureNanos();
        synchronized (this) {
            leases++;
            given++;
            dmabufs += frame.dmabufFd() >= 0 ? 1 : 0;
            givenNanos.put(captured, System.nanoTime());
        }
        encoder.encode(new Lease(frame), keyframe);
        return captured;
    }

    /** Waits, two seconds at most, until no more pictures are without an answer than can be inside. */
    synchronized void settle() throws StageException, InterruptedException {
        long end = System.nanoTime() + 2_000_000_000L;
        while (givenNanos.size() >= capacity && failure == null && System.nanoTime() - end < 0) {
            wait(20);
        }
        check();
    }

    /** Waits, ten seconds at most, for the first unit. */
    synchronized void awaitUnit() throws StageException, InterruptedException {
        long end = System.nanoTime() + FRAME_NANOS;
        while (units.isEmpty()) {
            check();
            if (System.nanoTime() - end > 0) {
                throw new StageException(Reason.FAILED, "no access unit within 10 s");
            }
            wait(20);
        }
    }

    private synchronized void awaitRoom() throws StageException, InterruptedException {
        long end = System.nanoTime() + LEASE_NANOS;
        check();
        while (leases >= capacity) {
            if (System.nanoTime() - end > 0) {
                throw new StageException(Reason.FAILED, "the encoder has not given a picture back for 5 s");
            }
            wait(20);
            check();
        }
    }

    private synchronized RawFrame awaitFrame() throws StageException, InterruptedException {
        long end = System.nanoTime() + FRAME_NANOS;
        while (newest == null) {
            check();
            if (System.nanoTime() - end > 0) {
                throw new StageException(Reason.FAILED, "no picture from the camera within 10 s");
            }
            wait(20);
        }
        RawFrame frame = newest;
        newest = null;
        return frame;
    }

    private void check() throws StageException {
        if (failure != null) {
            throw failure;
        }
        if (captureEnded != null) {
            throw captureEnded;
        }
    }

    // ---- figures

    synchronized List<Unit> units() {
        return List.copyOf(units);
    }

    synchronized int given() {
        return given;
    }

    /** Without an answer. */
    synchronized int inside() {
        return givenNanos.size();
    }

    synchronized int skipped() {
        return skipped;
    }

    /** Units for times that no picture had. */
    synchronized int strange() {
        return strange;
    }

    /** Calls after the encoder's close() had returned. */
    synchronized int late() {
        return late;
    }

    synchronized int leases() {
        return leases;
    }

    /** Pictures that came with a DMA-BUF. */
    synchronized int dmabufs() {
        return dmabufs;
    }

    synchronized int offers() {
        return offers;
    }

    synchronized int offersTaken() {
        return offersTaken;
    }

    // ---- the end

    void closeEncoder() {
        encoder.close();
        synchronized (this) {
            encoderClosed = true;
        }
    }

    void closeCapture() {
        capture.close();
        RawFrame left;
        synchronized (this) {
            captureClosed = true;
            left = newest;
            newest = null;
        }
        if (left != null) {
            left.close();
        }
    }

    @Override
    public void close() {
        try {
            closeEncoder();
        } finally {
            closeCapture();
        }
    }

    // ---- the capture's thread

    @Override
    public synchronized boolean wanted() {
        return newest == null && !captureClosed;
    }

    @Override
    public void onFrame(RawFrame frame) {
        RawFrame old = frame;
        synchronized (this) {
            if (!captureClosed) {
                old = newest;
                newest = frame;
                notifyAll();
            }
        }
        if (old != null) {
            old.close();
        }
    }

    @Override
    public synchronized void onEnded(StageException cause) {
        captureEnded = cause;
        notifyAll();
    }

    // ---- the encoder's threads

    @Override
    public synchronized void onAccessUnit(ByteBuffer data, long captureNanos, boolean keyframe) {
        late += encoderClosed ? 1 : 0;
        Long since = givenNanos.remove(captureNanos);
        if (since == null) {
            strange++;
        } else {
            units.add(new Unit(captureNanos, keyframe, data.remaining(), (System.nanoTime() - since) / 1e6,
                    keyframe ? nalTypes(data) : Set.of()));
        }
        notifyAll();
    }

    @Override
    public synchronized void onSkipped(long captureNanos) {
        late += encoderClosed ? 1 : 0;
        skipped += givenNanos.remove(captureNanos) == null ? 0 : 1;
        notifyAll();
    }

    @Override
    public synchronized void onFailed(StageException cause) {
        late += encoderClosed ? 1 : 0;
        failure = failure == null ? cause : failure;
        notifyAll();
    }

    /** Types of the NAL units in a byte stream (ITU-T H.264, Annex B and 7.3.1). */
    private static Set<Integer> nalTypes(ByteBuffer data) {
        Set<Integer> types = new TreeSet<>();
        for (int i = data.position(); i + 3 < data.limit(); i++) {
            if (data.get(i) == 0 && data.get(i + 1) == 0 && data.get(i + 2) == 1) {
                types.add(data.get(i + 3) & 0x1F);
            }
        }
        return types;
    }

    private final class Lease extends ForwardingFrame {

        private boolean open = true; // guarded by the chain

        Lease(RawFrame frame) {
            super(frame);
        }

        @Override
        public boolean offer(FrameMemory memory) {
            boolean taken = super.offer(memory);
            synchronized (Chain.this) {
                offers++;
                offersTaken += taken ? 1 : 0;
            }
            return taken;
        }

        @Override
        public void close() {
            synchronized (Chain.this) {
                if (!open) {
                    return;
                }
                open = false;
                leases--;
                Chain.this.notifyAll();
            }
            frame().close();
        }
    }
}
