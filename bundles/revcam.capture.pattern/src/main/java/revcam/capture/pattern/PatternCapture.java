package revcam.capture.pattern;

import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.media.FrameClock;
import revcam.api.media.StageException;
import revcam.api.media.TimeStrip;

/** Shows the landscape on a schedule that does not drift, on a thread of its own. */
final class PatternCapture implements VideoCapture {

    /** One being filled, one waiting, one being encoded, and one for the second encoder while encoders are swapped. */
    private static final int FILMS = 4;

    private final FrameSink sink;
    private final TimeStrip strip;
    private final Scene scene;
    private final FrameClock clock;
    private long sequence;

    /** @param strip null for none */
    PatternCapture(CaptureRequest request, FrameSink sink, TimeStrip strip) {
        this.sink = sink;
        this.strip = strip;
        scene = new Scene(request.width(), request.height(), 1e9 / request.rate().fps(), FILMS,
                strip == null ? 0 : TimeStrip.chromaRows(request.height()));
        clock = new FrameClock("revcam.capture.pattern", request.rate(), this::show, e -> sink.onEnded(
                new StageException(StageException.Reason.FAILED, "the test picture broke: " + e, e)));
        clock.start();
    }

    private void show(long tick) {
        if (!sink.wanted()) {
            return;
        }
        Film film = scene.acquire();
        if (film != null) {
            scene.compose(film, tick);
            long now = System.nanoTime();
            if (strip != null) {
                strip.drawLuma(film, System.currentTimeMillis(), sequence);
            }
            sink.onFrame(film.stamp(now, sequence));
        }
        sequence++;
    }

    @Override
    public void close() {
        clock.close();
    }
}
