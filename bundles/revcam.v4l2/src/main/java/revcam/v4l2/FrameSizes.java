package revcam.v4l2;

/**
 * Sizes that a device offers in one format: a single one where smallest and largest are the same.
 *
 * @param minWidth pixels, as all others
 */
public record FrameSizes(int minWidth, int maxWidth, int stepWidth, int minHeight, int maxHeight, int stepHeight) {

    /** A single size. */
    public static FrameSizes of(int width, int height) {
        return new FrameSizes(width, width, 1, height, height, 1);
    }

    public boolean isSingle() {
        return minWidth == maxWidth && minHeight == maxHeight;
    }

    public boolean contains(int width, int height) {
        return width == nearestWidth(width) && height == nearestHeight(height);
    }

    /** The offered width that is nearest. */
    public int nearestWidth(int width) {
        return nearest(width, minWidth, maxWidth, stepWidth);
    }

    /** The offered height that is nearest. */
    public int nearestHeight(int height) {
        return nearest(height, minHeight, maxHeight, stepHeight);
    }

    private static int nearest(int wanted, int min, int max, int step) {
        int within = Math.max(min, Math.min(max, wanted));
        int steps = Math.max(1, step);
        int rounded = min + (within - min + steps / 2) / steps * steps;
        return rounded > max ? rounded - steps : rounded;
    }

    @Override
    public String toString() {
        return isSingle() ? minWidth + "x" + minHeight
                : minWidth + "x" + minHeight + " to " + maxWidth + "x" + maxHeight + " in steps of " + stepWidth + "x"
                        + stepHeight;
    }
}
