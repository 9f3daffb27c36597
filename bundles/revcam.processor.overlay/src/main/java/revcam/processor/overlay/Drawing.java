package revcam.processor.overlay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Strokes with round ends, layer upon layer, to be turned into {@link Ink} once. A pixel is covered as far as the stroke
 * reaches into it: edges are smooth without more samples than pixels.
 */
final class Drawing {

    private record Stroke(float x1, float y1, float x2, float y2) {

        /** From the middle of a pixel. */
        float distance(float x, float y) {
            float dx = x2 - x1;
            float dy = y2 - y1;
            float length = dx * dx + dy * dy;
            float along = length == 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length));
            return (float) Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
        }

        /** The least and the greatest x of what lies within {@code reach} of row y; greatest below least for nothing. */
        void span(float y, float reach, float[] leastAndGreatest) {
            float top = Math.max(y - reach, Math.min(y1, y2));
            float bottom = Math.min(y + reach, Math.max(y1, y2));
            leastAndGreatest[0] = 1;
            leastAndGreatest[1] = 0;
            if (top <= bottom) {
                float a = y1 == y2 ? x1 : x1 + (top - y1) / (y2 - y1) * (x2 - x1);
                float b = y1 == y2 ? x2 : x1 + (bottom - y1) / (y2 - y1) * (x2 - x1);
                leastAndGreatest[0] = Math.min(a, b) - reach;
                leastAndGreatest[1] = Math.max(a, b) + reach;
            }
        }
    }

    /** Strokes of one colour, which are one shape: where they cross they do not cover twice. */
    final class Layer {

        private final Colour colour;
        private final float opacity;
        private final float radius;
        private final List<Stroke> strokes = new ArrayList<>();

        private Layer(Colour colour, float opacity, float radius) {
            this.colour = colour;
            this.opacity = opacity;
            this.radius = radius;
        }

        Layer line(float x1, float y1, float x2, float y2) {
            strokes.add(new Stroke(x1, y1, x2, y2));
            return this;
        }

        /** Adds how far each pixel of a row is covered. */
        private void cover(int row, float[] coverage) {
            float[] span = new float[2];
            for (Stroke stroke : strokes) {
                stroke.span(row + 0.5f, radius + 1, span);
                int end = Math.min(width - 1, (int) Math.ceil(span[1]));
                for (int x = Math.max(0, (int) span[0] - 1); x <= end; x++) {
                    float covered = radius + 0.5f - stroke.distance(x + 0.5f, row + 0.5f);
                    coverage[x] = Math.max(coverage[x], Math.min(1, covered));
                }
            }
        }
    }

    private final int width;
    private final int height;
    private final List<Layer> layers = new ArrayList<>();

    /** @param width even; so is {@code height}; what lies outside is cut off */
    Drawing(int width, int height) {
        this.width = width;
        this.height = height;
    }

    /**
     * Another layer, over those before.
     *
     * @param opacity 0 to 1
     * @param radius half of the strokes' width, in pixels
     */
    Layer layer(Colour colour, float opacity, float radius) {
        Layer layer = new Layer(colour, opacity, radius);
        layers.add(layer);
        return layer;
    }

    /** Two rows at a time, since they share their colour: memory for whole pictures is scarce where this runs. */
    Ink ink() {
        Ink.Builder[] inks = {new Ink.Builder(), new Ink.Builder(), new Ink.Builder()};
        // What shows through, and what is added: Y, U, V.
        float[][][] rows = new float[2][4][width];
        float[] coverage = new float[width];
        for (int top = 0; top < height; top += 2) {
            for (int i = 0; i < 2; i++) {
                paint(top + i, rows[i], coverage);
                for (int x = 0; x < width; x++) {
                    inks[0].add(top + i, x, rows[i][0][x], rows[i][1][x]);
                }
            }
            for (int plane = 1; plane < 3; plane++) {
                for (int x = 0; x < width; x += 2) {
                    inks[plane].add(top / 2, x / 2, mean(rows, 0, x), mean(rows, plane + 1, x));
                }
            }
        }
        return new Ink(inks[0], inks[1], inks[2]);
    }

    private static float mean(float[][][] rows, int what, int x) {
        return (rows[0][what][x] + rows[0][what][x + 1] + rows[1][what][x] + rows[1][what][x + 1]) / 4;
    }

    private void paint(int row, float[][] result, float[] coverage) {
        Arrays.fill(result[0], 1);
        for (int i = 1; i < 4; i++) {
            Arrays.fill(result[i], 0);
        }
        for (Layer layer : layers) {
            Arrays.fill(coverage, 0);
            layer.cover(row, coverage);
            for (int x = 0; x < width; x++) {
                float alpha = coverage[x] * layer.opacity;
                if (alpha > 0) {
                    result[0][x] *= 1 - alpha;
                    result[1][x] = result[1][x] * (1 - alpha) + layer.colour.y() * alpha;
                    result[2][x] = result[2][x] * (1 - alpha) + layer.colour.u() * alpha;
                    result[3][x] = result[3][x] * (1 - alpha) + layer.colour.v() * alpha;
                }
            }
        }
    }
}
