package revcam.capture.v4l2;

import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.NoSignal;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.v4l2.BufferFlags;
import revcam.v4l2.Errno;
import revcam.v4l2.QueueBuffer;
import revcam.v4l2.V4l2Exception;

/**
 * A camera's pictures, on a thread of its own. When the camera goes away (unplugged, broken, silent), the source stays: it
 * shows that there is no signal and looks for the camera, until it is back or this is closed.
 */
final class V4l2Capture implements VideoCapture {

    private static final Logger LOG = LoggerFactory.getLogger(V4l2Capture.class);

    /** A camera that says nothing for so long is taken for dead; the first picture of some takes a second. */
    private static final long SILENCE_NANOS = 3_000_000_000L;
    private static final long FIRST_RETRY_NANOS = 1_000_000_000L;
    private static final long LAST_RETRY_NANOS = 5_000_000_000L;
    private static final long NO_SIGNAL_MILLIS = 500;
    /** A driver's time that is further away is not of the clock that it says. */
    private static final long MAX_AGE_NANOS = 1_000_000_000L;
    private static final int NO_SIGNAL_FRAMES = 3;

    private final Cameras cameras;
    private final String device;
    private final CaptureRequest request;
    private final FrameSink sink;
    private final Supplier<V4l2Settings> settings;
    private final Thread thread;
    private volatile boolean closed;
    private volatile CameraSession session;

    // The thread's own.
    private V4l2Settings applied;
    private String path;
    /** What was asked for when it was found there. */
    private String pathOf;
    private PixelFormat frames;
    private int width;
    private int height;
    private FramePool noSignal;
    private int noSignalStep;
    private long sequence;
    private long lastNanos = Long.MIN_VALUE;
    private long dueNanos;

    /**
     * Opens the camera; fails when it is not there now.
     *
     * @param device see {@link Cameras#open}; null for what the settings say at the time
     * @param settings as they are at any time: changes are followed
     */
    V4l2Capture(Cameras cameras, String device, CaptureRequest request, FrameSink sink, Supplier<V4l2Settings> settings)
            throws StageException {
        this.cameras = cameras;
        this.device = device;
        this.request = request;
        this.sink = sink;
        this.settings = settings;
        open();
        thread = new Thread(this::run, "revcam.capture.v4l2");
        thread.setDaemon(true);
        thread.start();
    }

    private void open() throws StageException {
        applied = settings.get();
        String wanted = device == null ? applied.device() : device;
        Cameras.Found found = cameras.open(wanted, wanted.equals(pathOf) ? path : null, request, applied);
        path = found.path();
        pathOf = wanted;
        if (noSignal != null && (frames != found.session().frames() || width != found.session().width()
                || height != found.session().height())) {
            noSignal = null;
        }
        frames = found.session().frames();
        width = found.session().width();
        height = found.session().height();
        session = found.session();
    }

    private void run() {
        try {
            while (!closed) {
                serve();
                if (!closed) {
                    bringBack();
                }
            }
        } catch (RuntimeException e) {
            if (!closed) {
                sink.onEnded(new StageException(StageException.Reason.FAILED, "the camera broke RevCam: " + e, e));
            }
        } finally {
            drop();
        }
    }

    private void drop() {
        CameraSession gone = session;
        // The field first: nobody may wake what is being closed.
        synchronized (this) {
            session = null;
        }
        if (gone != null) {
            gone.close();
        }
    }

    /** Pictures, until the camera fails or is to be opened with other settings. */
    private void serve() {
        CameraSession current = session;
        try {
            long heardNanos = System.nanoTime();
            while (!closed) {
                V4l2Settings wanted = settings.get();
                if (wanted != applied) {
                    if (wanted.needsReopening(applied)) {
                        return;
                    }
                    applied = wanted;
                    current.adjust(wanted);
                }
                QueueBuffer buffer = current.await();
                long now = System.nanoTime();
                if (buffer != null) {
                    heardNanos = now;
                    show(current, buffer, now);
                } else if (now - heardNanos > SILENCE_NANOS) {
                    LOG.warn("{} gives no pictures any more; it is opened anew. Should that go on, plug it in again", current);
                    return;
                }
            }
        } catch (V4l2Exception e) {
            LOG.warn("{}", e.getMessage());
        } finally {
            drop();
        }
    }

    private void show(CameraSession current, QueueBuffer buffer, long now) throws V4l2Exception {
        long nanos = captureNanos(buffer, now);
        if (tooMany(current.rate(), nanos) || !sink.wanted()) {
            current.skip(buffer);
            return;
        }
        long number = sequence++;
        if (!current.isWhole(buffer)) {
            current.skip(buffer);
            return;
        }
        RawFrame frame = current.frame(buffer, nanos, number);
        if (frame != null) {
            lastNanos = nanos;
            sink.onFrame(frame);
        }
    }

    /** Leaves out pictures of a camera that cannot run as slowly as was asked. */
    private boolean tooMany(FrameRate offered, long nanos) {
        FrameRate wanted = request.rate();
        if (offered.fps() <= 1.1 * wanted.fps()) {
            return false;
        }
        long interval = wanted.intervalNanos();
        if (nanos < dueNanos - offered.intervalNanos() / 2) {
            return true;
        }
        dueNanos = Math.max(dueNanos + interval, nanos);
        return false;
    }

    private long captureNanos(QueueBuffer buffer, long now) {
        long told = buffer.timestampMicros() * 1000;
        boolean usable = (buffer.flags() & BufferFlags.TIMESTAMP_MASK) == BufferFlags.TIMESTAMP_MONOTONIC
                && told - now <= 0 && now - told < MAX_AGE_NANOS;
        return after(usable ? told : now);
    }

    /** Times rise, whatever the driver says. */
    private long after(long nanos) {
        return lastNanos == Long.MIN_VALUE ? nanos : Math.max(lastNanos + 1, nanos);
    }

    /** Shows that there is no signal, until the camera is open again or this is closed. */
    private void bringBack() {
        long delay = FIRST_RETRY_NANOS;
        // Other settings are tried at once.
        long retryAt = System.nanoTime() + (settings.get() == applied ? delay : 0);
        boolean wasThere = cameras.isThere(path);
        String told = "";
        while (!closed) {
            boolean there = cameras.isThere(path);
            long now = System.nanoTime();
            if (now - retryAt >= 0 || there && !wasThere || settings.get() != applied) {
                try {
                    open();
                    return;
                } catch (StageException e) {
                    if (!e.getMessage().equals(told)) {
                        told = e.getMessage();
                        LOG.warn("{}; RevCam goes on looking for it", told);
                    }
                    // Just plugged in, it may not be ours to use yet: udev sets permissions a moment later.
                    delay = there && !wasThere ? FIRST_RETRY_NANOS : Math.min(2 * delay, LAST_RETRY_NANOS);
                    // A node that has outlived its device costs nothing to look at.
                    retryAt = System.nanoTime() + (isGone(e) ? 0 : delay);
                }
            }
            wasThere = there;
            showNoSignal();
            pause();
        }
    }

    private static boolean isGone(StageException e) {
        return e.getCause() instanceof V4l2Exception cause && cause.errno() == Errno.ENODEV;
    }

    private void showNoSignal() {
        if (!sink.wanted()) {
            return;
        }
        if (noSignal == null) {
            noSignal = new FramePool(NO_SIGNAL_FRAMES, frames, width, height, 64);
        }
        long number = sequence++;
        FramePool.PooledFrame frame = noSignal.acquire();
        if (frame != null) {
            NoSignal.paint(frame, noSignalStep++);
            lastNanos = after(System.nanoTime());
            sink.onFrame(frame.stamp(lastNanos, number));
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
        synchronized (this) {
            closed = true;
            notifyAll();
            if (session != null) {
                session.wake();
            }
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
