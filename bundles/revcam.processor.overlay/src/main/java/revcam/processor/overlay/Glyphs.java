package revcam.processor.overlay;

import revcam.api.media.RawFrame;

/**
 * The characters of a time, drawn with strokes: no font, and none of the desktop libraries that come with one, has to be on
 * the machine. Designed on a grid of 10 rows; x runs to the right, y down.
 */
final class Glyphs {

    static final String CHARACTERS = "0123456789:-. ";

    private static final float ROWS = 10;
    private static final float STROKE = 0.72f;
    private static final float EDGE = 0.6f;
    private static final float GAP = 2.2f;
    private static final int ARC_DEGREES = 12;

    private final Ink[] inks = new Ink[CHARACTERS.length()];
    private final int[] advances = new int[inks.length];
    private final float unit;
    private final int margin;

    /** @param height of a digit, pixels */
    Glyphs(float height) {
        unit = height / ROWS;
        margin = (int) Math.ceil(unit * STROKE + edge()) + 1 & -2;
        for (int i = 0; i < inks.length; i++) {
            Drawing drawing = new Drawing(evenUp(columns(i) * unit + 2 * margin), height());
            Drawing.Layer edge = drawing.layer(Colour.BLACK, 0.75f, unit * STROKE + edge());
            Drawing.Layer fill = drawing.layer(Colour.WHITE, 1, unit * STROKE);
            shape(CHARACTERS.charAt(i), edge);
            shape(CHARACTERS.charAt(i), fill);
            inks[i] = drawing.ink();
            advances[i] = evenUp((columns(i) + GAP) * unit);
        }
    }

    private float edge() {
        return Math.max(1.2f, EDGE * unit);
    }

    private static int evenUp(float pixels) {
        return (int) Math.ceil(pixels) + 1 & -2;
    }

    /** Of all that is drawn, pixels, even. */
    int height() {
        return evenUp(ROWS * unit + 2 * margin);
    }

    /** @param characters indices into {@link #CHARACTERS} */
    int width(byte[] characters) {
        int width = 2 * margin;
        for (byte character : characters) {
            width += advances[character];
        }
        return width;
    }

    /** @param left even; so is {@code top} */
    void draw(byte[] characters, RawFrame frame, int left, int top) {
        int x = left;
        for (byte character : characters) {
            inks[character].draw(frame, x, top);
            x += advances[character];
        }
    }

    private static float columns(int index) {
        return switch (CHARACTERS.charAt(index)) {
            case ':', '.' -> 1;
            case '-' -> 3.4f;
            case ' ' -> 2;
            default -> 6;
        };
    }

    private void shape(char character, Drawing.Layer layer) {
        switch (character) {
            case '0' -> {
                arc(layer, 3, 3, 3, 3, 180, 360, false);
                arc(layer, 3, 7, 3, 3, 0, 180, false);
                line(layer, 0, 3, 0, 7);
                line(layer, 6, 3, 6, 7);
            }
            case '1' -> {
                line(layer, 1.2f, 2.2f, 3.6f, 0);
                line(layer, 3.6f, 0, 3.6f, 10);
            }
            case '2' -> {
                arc(layer, 3, 2.9f, 2.9f, 2.9f, 190, 395, false);
                line(layer, 5.38f, 4.56f, 0.1f, 10);
                line(layer, 0.1f, 10, 6, 10);
            }
            case '3' -> {
                arc(layer, 3, 2.45f, 2.7f, 2.45f, 200, 450, false);
                arc(layer, 3, 7.45f, 3, 2.55f, 270, 515, false);
            }
            case '4' -> {
                line(layer, 4.5f, 10, 4.5f, 0);
                line(layer, 4.5f, 0, 0, 7.1f);
                line(layer, 0, 7.1f, 6, 7.1f);
            }
            case '5' -> {
                line(layer, 5.5f, 0, 1, 0);
                line(layer, 1, 0, 0.62f, 4.72f);
                arc(layer, 2.9f, 6.75f, 3.1f, 3.25f, 222, 512, false);
            }
            case '6' -> six(layer, false);
            case '7' -> {
                line(layer, 0, 0, 6, 0);
                line(layer, 6, 0, 2.1f, 10);
            }
            case '8' -> {
                arc(layer, 3, 2.45f, 2.6f, 2.45f, 0, 360, false);
                arc(layer, 3, 7.45f, 3, 2.55f, 0, 360, false);
            }
            case '9' -> six(layer, true);
            case ':' -> {
                dot(layer, 0.5f, 3.1f);
                dot(layer, 0.5f, 7.5f);
            }
            case '.' -> dot(layer, 0.5f, 9.7f);
            case '-' -> line(layer, 0.2f, 5.3f, 3.2f, 5.3f);
            default -> {
                // a space
            }
        }
    }

    /** A nine is a six upside down. */
    private void six(Drawing.Layer layer, boolean turned) {
        arc(layer, 3, 6.85f, 3, 3.15f, 0, 360, turned);
        arc(layer, 6.3f, 6.85f, 6.3f, 7, 180, 254, turned);
    }

    private void dot(Drawing.Layer layer, float x, float y) {
        float half = 0.18f;
        line(layer, x - half, y - half, x + half, y + half);
        line(layer, x - half, y + half, x + half, y - half);
    }

    /** Angles in degrees, clockwise from the right. */
    private void arc(Drawing.Layer layer, float x, float y, float across, float down, int from, int to, boolean turned) {
        float lastX = 0;
        float lastY = 0;
        int steps = (to - from + ARC_DEGREES - 1) / ARC_DEGREES;
        for (int step = 0; step <= steps; step++) {
            double angle = Math.toRadians(from + (to - from) * (double) step / steps);
            float nextX = x + across * (float) Math.cos(angle);
            float nextY = y + down * (float) Math.sin(angle);
            nextX = turned ? 6 - nextX : nextX;
            nextY = turned ? ROWS - nextY : nextY;
            if (step > 0) {
                line(layer, lastX, lastY, nextX, nextY);
            }
            lastX = nextX;
            lastY = nextY;
        }
    }

    private void line(Drawing.Layer layer, float x1, float y1, float x2, float y2) {
        layer.line(margin + x1 * unit, margin + y1 * unit, margin + x2 * unit, margin + y2 * unit);
    }
}
