package revcam.capture.file;

import java.io.IOException;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.media.FrameClock;
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
    private final FramePool pool;
    private final FrameClock clock;
    private long sequence;

    /**
     * @param clip closed with this
     * @param strip null for none
     */
    FileCapture(Clip clip, CaptureRequest request, FrameSink sink, TimeStrip strip) {
        this.clip = clip;
        this.sink = sink;
        this.strip = strip;
        // Rows back to back, as they are in the clip: a plane is one read.
        pool = new FramePool(FRAMES, PixelFormat.I420, request.width(), request.height(), 1);
        clock = new FrameClock("revcam.capture.file", request.rate(), tick -> play(), this::fail);
        clock.start();
    }

    private void fail(Exception cause) {
        String message = cause instanceof IOException ? cause.getMessage() : "playing the clip broke: " + cause;
        sink.onEnded(new StageException(StageException.Reason.FAILED, message, cause));
    }

    private void play() throws IOException {
        if (!sink.wanted()) {
            return;
        }
        FramePool.PooledFrame frame = pool.acquire();
        if (frame != null) {
            show(frame);
        }
        sequence++;
    }

    private void show(FramePool.PooledFrame frame) throws IOException {
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

    @Override
    public void close() {
        // A read that waits for ffmpeg ends when the clip is closed.
        clock.stop();
        clip.close();
        clock.close();
    }
}
