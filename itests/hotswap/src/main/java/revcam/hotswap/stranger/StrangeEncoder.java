package revcam.hotswap.stranger;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleContext;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/** x264, as long as it behaves. */
final class StrangeEncoder implements VideoEncoderFactory {

    private static final int OTHER_SIDE = 64;

    private final BundleContext context;
    private final Fault fault;
    private final int after;

    /** @param after how many frames it encodes well */
    StrangeEncoder(BundleContext context, Fault fault, int after) {
        this.context = context;
        this.fault = fault;
        this.after = after;
    }

    @Override
    public String codec() {
        return "H264";
    }

    @Override
    public VideoEncoder open(EncoderRequest request, EncodedSink sink) throws StageException {
        switch (fault) {
            case OPEN_THROWS -> throw new IllegalStateException("thrown in open");
            case OPEN_FAILS -> throw new StageException(Reason.FAILED, "it does not want to");
            case OPEN_HANGS -> Fault.hang();
            case LEAKS_THREADS -> Fault.leak();
            default -> { }
        }
        return fault == Fault.OPEN_GIVES_NULL ? null : new Encoder(request, sink);
    }

    private final class Encoder implements VideoEncoder, EncodedSink {

        private final EncodedSink sink;
        private final VideoEncoder original;
        private final VideoEncoder small;
        private final List<RawFrame> kept = new ArrayList<>();
        private int frames;

        Encoder(EncoderRequest request, EncodedSink sink) throws StageException {
            this.sink = sink;
            VideoEncoderFactory x264 = Activator.original(context, VideoEncoderFactory.class, NAME, "x264");
            original = x264.open(request, this);
            small = fault != Fault.OTHER_SIZE ? null : x264.open(
                    new EncoderRequest(OTHER_SIDE, OTHER_SIDE, request.format(), request.rate(), request.bitrateBps()), this);
        }

        private boolean misbehaves() {
            return frames > after;
        }

        @Override
        public int maxInFlight() {
            return 1;
        }

        @Override
        public void encode(RawFrame frame, boolean keyframe) {
            frames++;
            if (!misbehaves()) {
                original.encode(frame, keyframe);
                return;
            }
            fault.atWork();
            switch (fault) {
                case MUTE -> frame.close();
                case KEEPS_FRAMES -> kept.add(frame);
                case OTHER_SIZE -> {
                    FramePool.PooledFrame other = new FramePool(1, frame.format(), OTHER_SIDE, OTHER_SIDE, 64).acquire();
                    other.stamp(frame.captureNanos(), frame.sequence());
                    frame.close();
                    small.encode(other, true);
                }
                default -> original.encode(frame, keyframe);
            }
        }

        @Override
        public void onAccessUnit(ByteBuffer data, long captureNanos, boolean keyframe) {
            if (!misbehaves()) {
                sink.onAccessUnit(data, captureNanos, keyframe);
                return;
            }
            switch (fault) {
                case GARBAGE -> {
                    byte[] garbage = new byte[data.remaining()];
                    new java.util.Random(frames).nextBytes(garbage);
                    sink.onAccessUnit(ByteBuffer.wrap(garbage), captureNanos, keyframe);
                }
                case EMPTY -> sink.onAccessUnit(ByteBuffer.allocate(0), captureNanos, keyframe);
                case STRANGE_TIMES -> sink.onAccessUnit(data, captureNanos + 1, keyframe);
                case REPEATED_TIMES -> {
                    sink.onAccessUnit(data, captureNanos, keyframe);
                    sink.onAccessUnit(data, captureNanos, keyframe);
                }
                case FALSE_KEYFRAMES -> sink.onAccessUnit(data, captureNanos, true);
                case HIDDEN_KEYFRAMES -> sink.onAccessUnit(data, captureNanos, false);
                default -> sink.onAccessUnit(data, captureNanos, keyframe);
            }
        }

        @Override
        public void onSkipped(long captureNanos) {
            sink.onSkipped(captureNanos);
        }

        @Override
        public void onFailed(StageException cause) {
            sink.onFailed(cause);
        }

        @Override
        public void setRate(long bitrateBps, FrameRate rate) {
            original.setRate(bitrateBps, rate);
        }

        @Override
        public void close() {
            try {
                fault.atClose();
            } finally {
                original.close();
                if (small != null) {
                    small.close();
                }
            }
        }
    }
}
