package revcam.capture.pattern;

/**
 * A small picture that moves before the landscape. Its outline is convex from left to right: every row is one run of
 * samples.
 */
final class Sprite {

    private final int width;
    private final int height;
    /** Per plane, rows back to back. */
    private final byte[][] samples;
    /** Columns left out at both ends of each luma row. */
    private final int[] inset;

    /** Width and height are even. */
    Sprite(int width, int height) {
        this.width = width;
        this.height = height;
        samples = new byte[][] {new byte[width * height], new byte[width * height / 4], new byte[width * height / 4]};
        inset = new int[height];
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** Runs over all planes. */
    int rows() {
        return 2 * height;
    }

    int bytes() {
        return width * height * 3 / 2;
    }

    void inset(int y, int columns) {
        inset[y] = columns;
    }

    void fill(int fromX, int fromY, int toX, int toY, Colour colour) {
        for (int y = Math.max(0, fromY); y < Math.min(height, toY); y++) {
            for (int x = Math.max(0, fromX); x < Math.min(width, toX); x++) {
                set(x, y, colour, 1);
            }
        }
    }

    void set(int x, int y, Colour colour, float light) {
        samples[0][y * width + x] = (byte) Math.round(16 + (colour.y() - 16) * light);
        int chroma = y / 2 * (width / 2) + x / 2;
        samples[1][chroma] = (byte) Math.round(colour.u());
        samples[2][chroma] = (byte) Math.round(colour.v());
    }

    /** @param x of its left edge in the picture, even, also beyond the picture's edges; @param y of its top, even */
    void draw(Film film, int x, int y) {
        for (int row = 0; row < height; row++) {
            draw(film, 0, x, y + row, row, width, inset[row]);
        }
        for (int row = 0; row < height / 2; row++) {
            int chromaInset = Math.min(inset[2 * row], inset[2 * row + 1]) / 2;
            draw(film, 1, x / 2, y / 2 + row, row, width / 2, chromaInset);
            draw(film, 2, x / 2, y / 2 + row, row, width / 2, chromaInset);
        }
    }

    private void draw(Film film, int plane, int x, int y, int row, int rowBytes, int rowInset) {
        int from = Math.max(rowInset, -x);
        int to = Math.min(rowBytes - rowInset, film.format().rowBytes(plane, film.width()) - x);
        if (from < to) {
            film.cover(plane, x + from, y, samples[plane], row * rowBytes + from, to - from);
        }
    }
}
