package revcam.guest;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.ForwardingFrame;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.capture.v4l2.V4l2CaptureFactory;
import revcam.encoder.v4l2m2m.V4l2M2mEncoderFactory;

/** Gives an encoder, which it opens with the first of them, a camera's pictures one at a time. */
final class CameraToEncoder implements FrameSink, EncodedSink {

    private static final int ROUNDS = 5;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final EncodedSink sink;
    private final FrameRate rate;
    private final boolean blind;
    private volatile VideoEncoder encoder;
    private volatile StageException problem;
    private volatile int wanted;
    private volatile int given;
    private volatile int answered;

    /** A frame with what {@code data()} shows replaced: only who reads the DMA-BUF itself sees the picture. */
    private static final class Blinded extends ForwardingFrame {
        private final ByteBuffer blank;

        Blinded(RawFrame frame) {
            super(frame);
            blank = ByteBuffer.allocateDirect(frame.data().capacity());
        }

        @Override
        public ByteBuffer data() {
            return blank;
        }

        @Override
        public void close() {
            frame().close();
        }
    }

    private CameraToEncoder(EncodedSink sink, FrameRate rate, int wanted, boolean blind) {
        this.sink = sink;
        this.rate = rate;
        this.wanted = wanted;
        this.blind = blind;
    }

    /**
     * Encodes some pictures, and closes both.
     *
     * @param blind whether the encoder sees a picture only if it reads the camera's DMA-BUF
     */
    static void run(String camera, int width, int height, FrameRate rate, int pictures, boolean blind, EncodedSink sink)
            throws StageException {
        CameraToEncoder way = new CameraToEncoder(sink, rate, pictures, blind);
        try (VideoCapture capture = open(camera, width, height, rate, way)) {
            way.await(capture, pictures);
        }
        way.encoder.close();
    }

    /**
     * What camera and encoder allocate on their threads for some pictures: the least of several rounds, as the first run of some
     * code links it.
     *
     * @param pictures of each round
     * @return bytes for each picture
     */
    static double allocatedPerPicture(String camera, int width, int height, FrameRate rate, int pictures) throws StageException {
        CameraToEncoder way = new CameraToEncoder(null, rate, pictures, false);
        long least = Long.MAX_VALUE;
        try (VideoCapture capture = open(camera, width, height, rate, way)) {
            way.await(capture, way.wanted);
            for (int round = 0; round < ROUNDS; round++) {
                long before = allocated();
                way.wanted += pictures;
                way.await(capture, way.wanted);
                least = Math.min(least, allocated() - before);
            }
        }
        way.encoder.close();
        return (double) least / pictures;
    }

    private static long allocated() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().contains("v4l2")) {
                bytes += threads.getThreadAllocatedBytes(thread.getId());
            }
        }
        return bytes;
    }

    private static VideoCapture open(String camera, int width, int height, FrameRate rate, FrameSink sink) throws StageException {
        return new V4l2CaptureFactory(Map.of("device", camera, "format", "I420"))
                .open(new CaptureRequest("", width, height, rate), sink);
    }

    private void await(VideoCapture capture, int pictures) {
        for (long until = System.nanoTime() + PATIENCE_NANOS; answered < pictures;) {
            if (problem != null) {
                throw new AssertionError(problem);
            }
            if (System.nanoTime() > until) {
                throw new AssertionError(answered + " pictures of " + capture + " in time");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public boolean wanted() {
        return given < wanted && answered == given;
    }

    @Override
    public void onFrame(RawFrame frame) {
        if (!wanted()) {
            frame.close();
            return;
        }
        try {
            if (encoder == null) {
                encoder = new V4l2M2mEncoderFactory(Map.of()).open(
                        new EncoderRequest(frame.width(), frame.height(), frame.format(), rate, 2_000_000), this);
            }
            given++;
            encoder.encode(blind ? new Blinded(frame) : frame, false);
        } catch (StageException e) {
            problem = e;
            frame.close();
        }
    }

    @Override
    public void onEnded(StageException cause) {
        problem = cause;
    }

    @Override
    public void onAccessUnit(ByteBuffer data, long captureNanos, boolean keyframe) {
        if (sink != null) {
            sink.onAccessUnit(data, captureNanos, keyframe);
        }
        answered++;
    }

    @Override
    public void onSkipped(long captureNanos) {
        if (sink != null) {
            sink.onSkipped(captureNanos);
        }
        answered++;
    }

    @Override
    public void onFailed(StageException cause) {
        problem = cause;
    }
}
