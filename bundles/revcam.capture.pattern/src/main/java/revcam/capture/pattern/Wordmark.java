package revcam.capture.pattern;

/** "RevCam" in large white letters on a hillside, from strokes. */
final class Wordmark {

    /**
     * Polylines in units of the x-height of 6 over a base line at 0, y upwards; a new letter starts where it says how far
     * the pen moves on.
     */
    private static final float[][][] LETTERS = {
        {{0, 0, 0, 8, 3.4f, 8, 5, 7, 5, 5.2f, 3.4f, 4.2f, 0, 4.2f}, {2.6f, 4.2f, 5.2f, 0}},
        {{0.2f, 2.9f, 4.8f, 2.9f, 4.6f, 4.6f, 3.6f, 5.7f, 1.6f, 5.7f, 0.3f, 4.2f, 0.3f, 1.7f, 1.5f, 0.2f, 3.6f, 0.2f, 4.6f, 1}},
        {{0, 5.8f, 2.3f, 0, 4.6f, 5.8f}},
        {{5.6f, 6.8f, 4.4f, 7.8f, 2.4f, 7.9f, 0.8f, 6.6f, 0.2f, 4, 0.8f, 1.4f, 2.4f, 0.1f, 4.4f, 0.2f, 5.6f, 1.2f}},
        {{0.6f, 4.9f, 1.7f, 5.8f, 3.4f, 5.7f, 4.4f, 4.6f, 4.4f, 0}, {4.4f, 3.4f, 1.6f, 3.2f, 0.4f, 2.2f, 0.5f, 0.9f, 1.7f, 0.1f, 3.2f, 0.4f, 4.4f, 1.5f}},
        {{0, 0, 0, 5.8f}, {0, 4.4f, 1.4f, 5.8f, 2.7f, 5.6f, 3.3f, 4.4f, 3.3f, 0}, {3.3f, 4.4f, 4.7f, 5.8f, 6, 5.6f, 6.6f, 4.4f, 6.6f, 0}},
    };
    private static final float[] ADVANCE = {7, 6.6f, 6.2f, 7.6f, 6.4f, 0};
    private static final float CAP_HEIGHT = 8;
    private static final float HALF_STROKE = 0.62f;

    private Wordmark() {}

    /** @param x left edge of the first letter; @param y base line; @param size height of a capital; all in pixels */
    static void paint(byte[] luma, int stride, float x, float y, float size) {
        float scale = size / CAP_HEIGHT;
        for (int letter = 0; letter < LETTERS.length; letter++) {
            for (float[] line : LETTERS[letter]) {
                for (int i = 0; i + 3 < line.length; i += 2) {
                    stroke(luma, stride, x + line[i] * scale, y - line[i + 1] * scale,
                            x + line[i + 2] * scale, y - line[i + 3] * scale, HALF_STROKE * scale);
                }
            }
            x += ADVANCE[letter] * scale;
        }
    }

    private static void stroke(byte[] luma, int stride, float ax, float ay, float bx, float by, float half) {
        float dx = bx - ax;
        float dy = by - ay;
        for (int y = (int) (Math.min(ay, by) - half - 1); y <= Math.max(ay, by) + half + 1; y++) {
            for (int x = (int) (Math.min(ax, bx) - half - 1); x <= Math.max(ax, bx) + half + 1; x++) {
                float along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
                along = Math.max(0, Math.min(1, along));
                float offX = x - ax - along * dx;
                float offY = y - ay - along * dy;
                float cover = half + 0.5f - (float) Math.sqrt(offX * offX + offY * offY);
                if (cover > 0) {
                    int at = y * stride + x;
                    int under = luma[at] & 0xFF;
                    // Where strokes meet, the lighter of the two: a second coat changes nothing.
                    luma[at] = (byte) Math.max(under, under + (int) ((218 - under) * Math.min(1, cover)));
                }
            }
        }
    }
}
