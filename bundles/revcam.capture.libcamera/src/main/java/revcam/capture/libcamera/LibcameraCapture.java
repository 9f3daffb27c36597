package revcam.capture.libcamera;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.media.NoSignal;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * A camera module's pictures, on a thread of its own that reads them from rpicam-vid as fast as they come: what nobody wants
 * is read nevertheless, or they would wait in the pipe and get late. A process that ends is started again, and shows that
 * there is no signal until pictures come.
 */
final class LibcameraCapture implements VideoCapture {

    private static final Logger LOG = LoggerFactory.getLogger(LibcameraCapture.class);

    /** One being filled, one waiting, one being encoded, and one for the second encoder while encoders are swapped. */
    private static final int FRAMES = 4;
    private static final long FIRST_RETRY_NANOS = 1_000_000_000L;
    private static final long LAST_RETRY_NANOS = 5_000_000_000L;
    private static final long NO_SIGNAL_MILLIS = 500;

    private final CaptureRequest request;
    private final FrameSink sink;
    private final Supplier<LibcameraSettings> settings;
    private final Thread thread;
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private volatile boolean closed;
    private CameraProcess process; // guarded by this

    // The thread's own.
    private LibcameraSettings applied;
    private PipeFrame[] frames = {};
    private int stride;
    private int noSignalStep;
    private long retryNanos = FIRST_RETRY_NANOS;
    private long sequence;
    private long lastNanos = Long.MIN_VALUE;

    /**
     * Starts rpicam-vid and waits for its first picture.
     *
     * @param settings as they are at any time; other ones start it anew
     */
    LibcameraCapture(CaptureRequest request, FrameSink sink, Supplier<LibcameraSettings> settings) throws StageException {
        this.request = request;
        this.sink = sink;
        this.settings = settings;
        thread = new Thread(this::run, "revcam.capture.libcamera");
        thread.setDaemon(true);
        thread.start();
        try {
            begun.get();
        } catch (ExecutionException e) {
            close();
            throw e.getCause() instanceof StageException cause ? cause
                    : new StageException(Reason.FAILED, "starting the camera broke: " + e.getCause(), e);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new StageException(Reason.UNAVAILABLE, "starting the camera was interrupted", e);
        }
    }

    private void run() {
        try {
            String told = "";
            while (!closed) {
                try {
                    serve();
                } catch (StageException e) {
                    if (!begun.isDone()) {
                        begun.completeExceptionally(e);
                        return;
                    }
                    if (!closed && !e.getMessage().equals(told)) {
                        told = e.getMessage();
                        LOG.warn("{}; it is started again", told);
                    }
                }
                if (!closed && settings.get() == applied) {
                    rest();
                }
            }
        } catch (RuntimeException e) {
            if (!begun.completeExceptionally(e) && !closed) {
                sink.onEnded(new StageException(Reason.FAILED, "the camera broke RevCam: " + e, e));
            }
        }
    }

    /** Pictures, until the process ends or is to be started with other settings. */
    private void serve() throws StageException {
        applied = settings.get();
        int wantedStride = applied.stride(request.width());
        if (wantedStride != stride) {
            stride = wantedStride;
            frames = new PipeFrame[FRAMES];
            for (int i = 0; i < FRAMES; i++) {
                frames[i] = new PipeFrame(request.width(), request.height(), stride);
            }
        }
        try (CameraProcess current = new CameraProcess(applied, request)) {
            if (!become(current)) {
                return;
            }
            long sinceNanos = System.nanoTime();
            while (!closed && settings.get() == applied) {
                current.awaitPicture();
                show(current);
                begun.complete(null);
                if (System.nanoTime() - sinceNanos > LAST_RETRY_NANOS) {
                    retryNanos = FIRST_RETRY_NANOS;
                }
            }
        } finally {
            become(null);
        }
    }

    /** @return false when this is closed: then nobody else would end the process */
    private synchronized boolean become(CameraProcess current) {
        process = current;
        return !closed;
    }

    private void show(CameraProcess current) throws StageException {
        long nanos = after(System.nanoTime());
        int bytes = PipeFrame.bytes(stride, request.height());
        PipeFrame frame = null;
        long number = sequence;
        if (sink.wanted()) {
            sequence++;
            frame = acquire();
        }
        try {
            current.read(frame == null ? null : frame.data(), bytes);
        } catch (StageException e) {
            if (frame != null) {
                frame.close();
            }
            throw e;
        }
        if (frame != null) {
            if (closed) {
                frame.close();
                return;
            }
            lastNanos = nanos;
            sink.onFrame(frame.stamp(nanos, number));
        }
    }

    private PipeFrame acquire() {
        for (PipeFrame frame : frames) {
            if (frame.tryLease()) {
                return frame;
            }
        }
        return null;
    }

    private long after(long nanos) {
        return lastNanos == Long.MIN_VALUE ? nanos : Math.max(lastNanos + 1, nanos);
    }

    /** Shows that there is no signal, for as long as the process rests. */
    private void rest() {
        long until = System.nanoTime() + retryNanos;
        retryNanos = Math.min(2 * retryNanos, LAST_RETRY_NANOS);
        while (!closed && settings.get() == applied && System.nanoTime() - until < 0) {
            if (sink.wanted()) {
                long number = sequence++;
                PipeFrame frame = acquire();
                if (frame != null) {
                    NoSignal.paint(frame, noSignalStep++);
                    lastNanos = after(System.nanoTime());
                    sink.onFrame(frame.stamp(lastNanos, number));
                }
            }
            pause();
        }
    }

    private synchronized void pause() {
        if (!closed) {
            try {
                wait(NO_SIGNAL_MILLIS);
            } catch (InterruptedException e) {
                closed = true;
            }
        }
    }

    @Override
    public void close() {
        CameraProcess running;
        synchronized (this) {
            closed = true;
            notifyAll();
            running = process;
        }
        if (running != null) {
            running.close();
        }
        boolean interrupted = false;
        while (thread.isAlive() && Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
