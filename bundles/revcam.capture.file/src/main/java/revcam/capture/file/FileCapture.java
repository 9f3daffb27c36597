package revcam.capture.file;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.media.FramePool;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.api.media.TimeStrip;

/** Plays a clip on a schedule that does not drift, on a thread of its own. */
final class FileCapture implements VideoCapture {

    /** One being filled, one waiting, one being encoded, and one for the second encoder while encoders are swapped. */
    private static final int FRAMES = 4;

    private final Clip clip;
    private final FrameSink sink;
    private final TimeStrip strip;
    private final double intervalNanos;
    private final FramePool pool;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param clip closed with this
     * @param strip null for none
     */
    FileCapture(Clip clip, CaptureRequest request, FrameSink sink, TimeStrip strip) {
        this.clip = clip;
        this.sink = sink;
        this.strip = strip;
        intervalNanos = 1e9 * request.rate().denominator() / request.rate().numerator();
        // Rows back to back, as they are in the clip: a plane is one read.
        pool = new FramePool(FRAMES, PixelFormat.I420, request.width(), request.height(), 1);
        thread = new Thread(this::run, "revcam.capture.file");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            play();
        } catch (IOException e) {
            if (!closed) {
                sink.onEnded(new StageException(StageException.Reason.FAILED, e.getMessage(), e));
            }
        } catch (RuntimeException e) {
            sink.onEnded(new StageException(StageException.Reason.FAILED, "playing the clip broke: " + e, e));
        }
    }

    private void play() throws IOException {
        long start = System.nanoTime();
        long sequence = 0;
        for (long tick = 0; awaitTick(start, tick); tick = nextTick(start, tick)) {
            if (sink.wanted()) {
                FramePool.PooledFrame frame = pool.acquire();
                if (frame != null) {
                    show(frame, sequence);
                }
                sequence++;
            }
        }
    }

    private void show(FramePool.PooledFrame frame, long sequence) throws IOException {
        try {
            clip.read(frame, sequence);
        } catch (IOException e) {
            frame.close();
            throw e;
        }
        long now = System.nanoTime();
        if (strip != null) {
            strip.draw(frame, System.currentTimeMillis(), sequence);
        }
        sink.onFrame(frame.stamp(now, sequence));
    }

    /** @return false once closed */
    private boolean awaitTick(long start, long tick) {
        long due = start + (long) (tick * intervalNanos);
        for (long wait = due - System.nanoTime(); wait > 0 && !closed; wait = due - System.nanoTime()) {
            LockSupport.parkNanos(this, wait);
        }
        return !closed;
    }

    /** The next one, unless that is over already too: then the one that is running. */
    private long nextTick(long start, long tick) {
        return Math.max(tick + 1, (long) ((System.nanoTime() - start) / intervalNanos));
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        clip.close();
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
