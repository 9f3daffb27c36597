package revcam.processor.overlay;

/**
 * The guide lines of a reversing camera: the edges of the way behind the vehicle, red where it is close, then yellow, then
 * green, with a bar where red ends and marks where the other colours do.
 *
 * @param near row at which the lines begin, percent of the height from the top
 * @param far row at which they end, nearer to the top
 * @param nearWidth distance between them at the near end, percent of the width
 * @param farWidth the same at the far end
 * @param centre column that they lie around, percent of the width
 * @param red row at which red ends
 * @param yellow row at which yellow ends
 */
record Guides(double near, double far, double nearWidth, double farWidth, double centre, double red, double yellow) {

    private static final int RED = 0xFF3B30;
    private static final int YELLOW = 0xFFD60A;
    private static final int GREEN = 0x34C759;
    /** Of the distance between the lines. */
    private static final float MARK = 0.16f;

    Ink ink(int width, int height) {
        float radius = Math.max(1, height / 240f);
        Drawing drawing = new Drawing(width, height);
        Drawing.Layer edge = drawing.layer(Colour.BLACK, 0.5f, radius + Math.max(1, height / 480f));
        Drawing.Layer green = drawing.layer(Colour.of(GREEN, height), 0.9f, radius);
        Drawing.Layer middle = drawing.layer(Colour.of(YELLOW, height), 0.9f, radius);
        Drawing.Layer close = drawing.layer(Colour.of(RED, height), 0.9f, radius);
        zone(width, height, edge, far, near);
        zone(width, height, green, far, yellow);
        zone(width, height, middle, yellow, red);
        zone(width, height, close, red, near);
        for (Drawing.Layer layer : new Drawing.Layer[] {edge, green}) {
            marks(width, height, layer, far);
        }
        for (Drawing.Layer layer : new Drawing.Layer[] {edge, middle}) {
            marks(width, height, layer, yellow);
        }
        for (Drawing.Layer layer : new Drawing.Layer[] {edge, close}) {
            layer.line(x(width, red, -1), y(height, red), x(width, red, 1), y(height, red));
        }
        return drawing.ink();
    }

    private void zone(int width, int height, Drawing.Layer layer, double from, double to) {
        for (int side = -1; side <= 1; side += 2) {
            layer.line(x(width, from, side), y(height, from), x(width, to, side), y(height, to));
        }
    }

    private void marks(int width, int height, Drawing.Layer layer, double row) {
        for (int side = -1; side <= 1; side += 2) {
            float outer = x(width, row, side);
            float inner = outer + MARK * (x(width, row, -side) - outer);
            layer.line(outer, y(height, row), inner, y(height, row));
        }
    }

    private static float y(int height, double row) {
        return (float) (height * row / 100);
    }

    private float x(int width, double row, int side) {
        double share = (near - row) / (near - far);
        return (float) (width * (centre + side * (nearWidth + (farWidth - nearWidth) * share) / 2) / 100);
    }
}
