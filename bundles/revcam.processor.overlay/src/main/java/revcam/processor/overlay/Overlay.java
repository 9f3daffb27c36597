package revcam.processor.overlay;

import revcam.api.media.FramePool;
import revcam.api.media.RawFrame;
import revcam.api.processor.FrameProcessor;
import revcam.api.processor.ProcessorRequest;

/**
 * Turns the pictures of one source and draws into them. One that may be written to and has the right way up is drawn into
 * as it is; any other is copied first, once.
 */
final class Overlay implements FrameProcessor {

    /** One being drawn, one waiting, two being encoded, and one for the second encoder while encoders are swapped. */
    private static final int FRAMES = 5;
    private static final int STRIDE_ALIGNMENT = 64;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Turn turn;
    private final boolean copies;
    private final ProcessorRequest request;
    private final Ink guides;
    private final TimeText time;
    private final Glyphs glyphs;
    private final int left;
    private final int top;
    private FramePool pool;

    Overlay(OverlaySettings settings, ProcessorRequest request) {
        this.request = request;
        turn = settings.turn();
        copies = !turn.isNone() || Turn.format(request.format()) != request.format();
        int width = width();
        int height = height();
        guides = settings.guides() == null ? null : settings.guides().ink(width, height);
        time = settings.timeText();
        if (time == null) {
            glyphs = null;
            left = 0;
            top = 0;
            return;
        }
        // A long time in a narrow picture gets smaller, until it is as wide as the picture less its margins.
        float size = (float) (height * settings.timeSize() / 100);
        int margin = Math.round(height * 0.02f) & -2;
        Glyphs fitting = new Glyphs(size);
        while (fitting.width(time.characters()) > width - 2 * margin && size > 4) {
            size *= 0.9f;
            fitting = new Glyphs(size);
        }
        glyphs = fitting;
        left = settings.timeRight() ? width - margin - glyphs.width(time.characters()) & -2 : margin;
        // A time strip, where there is one, has the top 1/15.
        top = settings.timeTop() ? (height + 14) / 15 + margin + 1 & -2 : height - margin - glyphs.height() & -2;
    }

    /** Whether the time does not fit into pictures like these. */
    boolean isTooSmall() {
        return glyphs != null && (left < 0 || top < 0 || left + glyphs.width(time.characters()) > width()
                || top + glyphs.height() > height());
    }

    private int width() {
        return turn.swapsSides() ? request.height() : request.width();
    }

    private int height() {
        return turn.swapsSides() ? request.width() : request.height();
    }

    @Override
    public RawFrame process(RawFrame frame) {
        RawFrame picture = copies || !frame.isWritable() ? copy(frame) : frame;
        if (picture == null) {
            return null;
        }
        if (guides != null) {
            guides.draw(picture, 0, 0);
        }
        if (time != null) {
            time.set(System.currentTimeMillis() - (System.nanoTime() - picture.captureNanos()) / NANOS_PER_MILLI);
            glyphs.draw(time.characters(), picture, left, top);
        }
        return picture;
    }

    private RawFrame copy(RawFrame frame) {
        if (pool == null) {
            pool = new FramePool(FRAMES, Turn.format(request.format()), width(), height(), STRIDE_ALIGNMENT);
        }
        FramePool.PooledFrame copy = pool.acquire();
        if (copy != null) {
            turn.copy(frame, copy);
            copy.stamp(frame.captureNanos(), frame.sequence());
        }
        frame.close();
        return copy;
    }

    @Override
    public void close() {
        // Memory goes with the last lease.
    }
}
