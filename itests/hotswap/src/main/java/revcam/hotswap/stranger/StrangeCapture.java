package revcam.hotswap.stranger;

import org.osgi.framework.BundleContext;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.media.ForwardingFrame;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/** The test picture, as long as it behaves. */
final class StrangeCapture implements VideoCaptureFactory {

    private final BundleContext context;
    private final Fault fault;
    private final int after;

    /** @param after how many frames it gives well */
    StrangeCapture(BundleContext context, Fault fault, int after) {
        this.context = context;
        this.fault = fault;
        this.after = after;
    }

    @Override
    public VideoCapture open(CaptureRequest request, FrameSink sink) throws StageException {
        switch (fault) {
            case OPEN_THROWS -> throw new IllegalStateException("thrown in open");
            case OPEN_FAILS -> throw new StageException(Reason.FAILED, "it does not want to");
            case OPEN_HANGS -> Fault.hang();
            case LEAKS_THREADS -> Fault.leak();
            default -> { }
        }
        if (fault == Fault.OPEN_GIVES_NULL) {
            return null;
        }
        VideoCapture original = Activator.original(context, VideoCaptureFactory.class, NAME, "pattern")
                .open(request, new Sink(sink));
        return () -> {
            try {
                fault.atClose();
            } finally {
                original.close();
            }
        };
    }

    private final class Sink implements FrameSink {

        private final FrameSink sink;
        private int frames;
        private long lastNanos;

        Sink(FrameSink sink) {
            this.sink = sink;
        }

        @Override
        public boolean wanted() {
            return sink.wanted();
        }

        @Override
        public void onFrame(RawFrame frame) {
            boolean well = frames++ < after;
            long time = frame.captureNanos();
            if (!well) {
                fault.atWork();
                switch (fault) {
                    case MUTE -> frame.close();
                    case STRANGE_TIMES -> sink.onFrame(new Altered(frame, 0, lastNanos - frames));
                    case REPEATED_TIMES -> sink.onFrame(new Altered(frame, 0, lastNanos));
                    case OTHER_SIZE -> sink.onFrame(new Altered(frame, 16, time));
                    case RESTLESS_SIZE -> sink.onFrame(new Altered(frame, frames % 2 * 16, time));
                    case ODD_SIZE -> sink.onFrame(new Altered(frame, 1, time));
                    default -> sink.onFrame(frame);
                }
            } else {
                lastNanos = time;
                sink.onFrame(frame);
            }
        }

        @Override
        public void onEnded(StageException cause) {
            sink.onEnded(cause);
        }
    }

    /** A part of a picture, or one taken at another time. */
    private static final class Altered extends ForwardingFrame {

        private final int narrower;
        private final long captureNanos;

        /** @param narrower by so many pixels each way */
        Altered(RawFrame frame, int narrower, long captureNanos) {
            super(frame);
            this.narrower = narrower;
            this.captureNanos = captureNanos;
        }

        @Override
        public int width() {
            return frame().width() - narrower;
        }

        @Override
        public int height() {
            return frame().height() - narrower;
        }

        @Override
        public long captureNanos() {
            return captureNanos;
        }

        @Override
        public void close() {
            frame().close();
        }
    }
}
