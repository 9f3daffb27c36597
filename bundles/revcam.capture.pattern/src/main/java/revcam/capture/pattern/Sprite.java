package revcam.capture.pattern;

/**
 * A small picture before the landscape. Its outline is convex from left to right: every row is one run of
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

    /** Paints it into the planes of a picture, all within. @param x even; @param y even */
    void paint(byte[] luma, byte[][] chroma, int length, int x, int y) {
        for (int row = 0; row < height; row++) {
            System.arraycopy(samples[0], row * width + inset[row], luma, (y + row) * length + x + inset[row],
                    width - 2 * inset[row]);
        }
        for (int row = 0; row < height / 2; row++) {
            int from = chromaInset(row);
            for (int plane = 1; plane < 3; plane++) {
                System.arraycopy(samples[plane], row * width / 2 + from, chroma[plane - 1],
                        ((y / 2 + row) * length + x) / 2 + from, width / 2 - 2 * from);
            }
        }
    }

    /** @param x of its left edge in the picture, even, also beyond the picture's edges; @param y of its top, even */
    void draw(Film film, int x, int y) {
        int run = 0;
        for (int plane = 0; plane < 3; plane++) {
            int scale = plane == 0 ? 1 : 2;
            int rowBytes = width / scale;
            int end = Math.min(rowBytes, film.width() / scale - x / scale);
            int start = Math.max(0, -x / scale);
            int at = film.planeOffset(plane) + y / scale * film.planeStride(plane) + x / scale;
            for (int row = 0; row < height / scale; row++) {
                int rowInset = plane == 0 ? inset[row] : chromaInset(row);
                int from = Math.max(rowInset, start);
                int bytes = Math.min(rowBytes - rowInset, end) - from;
                if (bytes > 0) {
                    film.cover(run, at + from, samples[plane], row * rowBytes + from, bytes);
                } else {
                    film.cover(run, at, samples[plane], 0, 0);
                }
                run++;
                at += film.planeStride(plane);
            }
        }
    }

    private int chromaInset(int row) {
        return Math.min(inset[2 * row], inset[2 * row + 1]) / 2;
    }
}
