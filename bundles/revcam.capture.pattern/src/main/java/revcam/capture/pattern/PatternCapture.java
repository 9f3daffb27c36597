package revcam.capture.pattern;

import java.util.concurrent.locks.LockSupport;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.media.StageException;
import revcam.api.media.TimeStrip;

/** Shows the landscape on a schedule that does not drift, on a thread of its own. */
final class PatternCapture implements VideoCapture {

    /** One being filled, one waiting, one being encoded, and one for the second encoder while encoders are swapped. */
    private static final int FILMS = 4;

    private final FrameSink sink;
    private final TimeStrip strip;
    private final double intervalNanos;
    private final Scene scene;
    private final Thread thread;
    private volatile boolean closed;

    /** @param strip null for none */
    PatternCapture(CaptureRequest request, FrameSink sink, TimeStrip strip) {
        this.sink = sink;
        this.strip = strip;
        intervalNanos = 1e9 * request.rate().denominator() / request.rate().numerator();
        scene = new Scene(request.width(), request.height(), intervalNanos, FILMS);
        thread = new Thread(this::run, "revcam.capture.pattern");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            play();
        } catch (RuntimeException e) {
            sink.onEnded(new StageException(StageException.Reason.FAILED, "the test picture broke: " + e, e));
        }
    }

    private void play() {
        long start = System.nanoTime();
        long sequence = 0;
        for (long tick = 0; awaitTick(start, tick); tick = nextTick(start, tick)) {
            if (sink.wanted()) {
                Film film = scene.acquire();
                if (film != null) {
                    scene.compose(film, tick);
                    long now = System.nanoTime();
                    if (strip != null) {
                        strip.draw(film, System.currentTimeMillis(), sequence);
                    }
                    sink.onFrame(film.stamp(now, sequence));
                }
                sequence++;
            }
        }
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
