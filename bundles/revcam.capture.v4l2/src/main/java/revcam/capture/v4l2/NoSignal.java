package revcam.capture.v4l2;

import java.nio.ByteBuffer;
import revcam.api.media.FramePool;
import revcam.api.media.PixelFormat;

/** The picture while the camera is away: "NO SIGNAL" on grey, and below it a bar that grows while somebody looks for it. */
final class NoSignal {

    private static final String TEXT = "NO SIGNAL";
    /** Rows of 5 bits, the leftmost the most significant, for the letters that the text has. */
    private static final String LETTERS = "AGILNOS";
    private static final int[][] GLYPHS = {
        {0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11},
        {0x0E, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0E},
        {0x0E, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E},
        {0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F},
        {0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11},
        {0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E},
        {0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E},
    };
    private static final int GLYPH_WIDTH = 5;
    private static final int GLYPH_HEIGHT = 7;
    private static final int ADVANCE = GLYPH_WIDTH + 1;
    private static final byte GREY = 56;
    private static final byte WHITE = (byte) 225;
    private static final byte NO_COLOUR = (byte) 128;
    private static final int BAR_STEPS = 8;

    private NoSignal() {}

    /** @param step counts pictures, so that one can tell that they go on */
    static void paint(FramePool.PooledFrame frame, int step) {
        int width = frame.width();
        int height = frame.height();
        fill(frame, 0, 0, width, height, GREY);
        if (frame.format() != PixelFormat.YUYV) {
            for (int plane = 1; plane < frame.format().planes(); plane++) {
                for (int y = 0; y < frame.format().rows(plane, height); y++) {
                    int at = frame.planeOffset(plane) + y * frame.planeStride(plane);
                    fill(frame.data(), at, frame.format().rowBytes(plane, width), 1, NO_COLOUR);
                }
            }
        }
        int dot = Math.max(1, Math.min(width * 3 / 4 / (TEXT.length() * ADVANCE), height / 3 / GLYPH_HEIGHT));
        int left = (width - (TEXT.length() * ADVANCE - 1) * dot) / 2;
        int top = (height - GLYPH_HEIGHT * dot) / 2;
        for (int i = 0; i < TEXT.length(); i++) {
            int letter = LETTERS.indexOf(TEXT.charAt(i));
            for (int y = 0; y < GLYPH_HEIGHT && letter >= 0; y++) {
                for (int x = 0; x < GLYPH_WIDTH; x++) {
                    if ((GLYPHS[letter][y] >> GLYPH_WIDTH - 1 - x & 1) != 0) {
                        fill(frame, left + (i * ADVANCE + x) * dot, top + y * dot, dot, dot, WHITE);
                    }
                }
            }
        }
        int bar = (TEXT.length() * ADVANCE - 1) * dot * (step % BAR_STEPS + 1) / BAR_STEPS;
        fill(frame, left, top + (GLYPH_HEIGHT + 2) * dot, bar, dot, WHITE);
    }

    /** Fills part of the luma, clipped to the picture. */
    private static void fill(FramePool.PooledFrame frame, int left, int top, int width, int height, byte value) {
        boolean packed = frame.format() == PixelFormat.YUYV;
        int from = Math.max(0, left);
        int columns = Math.min(frame.width(), left + width) - from;
        for (int y = Math.max(0, top); y < Math.min(frame.height(), top + height); y++) {
            int at = frame.planeOffset(0) + y * frame.planeStride(0) + (packed ? 2 * from : from);
            fill(frame.data(), at, columns, packed ? 2 : 1, value);
            if (packed) {
                fill(frame.data(), at + 1, columns, 2, NO_COLOUR);
            }
        }
    }

    private static void fill(ByteBuffer data, int at, int count, int step, byte value) {
        for (int i = 0; i < count; i++) {
            data.put(at + i * step, value);
        }
    }
}
