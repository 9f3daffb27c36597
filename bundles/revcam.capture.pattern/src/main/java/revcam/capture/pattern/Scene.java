package revcam.capture.pattern;

/**
 * A panorama over which a camera pans to and fro, and a train that passes before it. Several films show the same
 * panorama, each with a noise of its own; no two pictures in a row are on the same one, as a sensor's noise is new in
 * every picture.
 *
 * <p>Steps are whole chroma samples and the same from picture to picture, so that nothing judders.
 */
final class Scene {

    /** How long a picture's width takes, but for rounding to whole steps. */
    private static final double PAN_SECONDS_PER_WIDTH = 22;

    private static final double TRAIN_SECONDS_PER_WIDTH = 7;

    private final Film[] films;
    private Film last;
    private final int width;
    /** Columns by which the panorama is longer than a picture. */
    private final int margin;
    /** Pictures to rest for at either end. */
    private final int rest;
    private final int step;
    private final Sprite train;
    private final int trainY;
    private final int trainStep;

    /** @param greyRows rows of each chroma plane, from the top, that have no colour */
    Scene(int width, int height, double intervalNanos, int filmCount, int greyRows) {
        Colour.Matrix matrix = Colour.Matrix.of(height);
        Landscape landscape = new Landscape(width, height, matrix);
        landscape.decolour(greyRows);
        this.width = width;
        margin = landscape.length() - width;
        double pictures = 1e9 / intervalNanos;
        rest = (int) Math.ceil(pictures);
        step = evenStep(width / PAN_SECONDS_PER_WIDTH / pictures);
        train = Sprites.train(width, height, matrix);
        trainY = (landscape.trackRow() - train.height()) & -2;
        trainStep = evenStep(width / TRAIN_SECONDS_PER_WIDTH / pictures);
        films = new Film[filmCount];
        for (int i = 0; i < filmCount; i++) {
            films[i] = new Film(landscape.length(), width, height, train);
            landscape.expose(films[i]);
            films[i].keepUnder(train, trainY);
        }
    }

    private static int evenStep(double columns) {
        return Math.max(2, 2 * (int) Math.round(columns / 2));
    }

    /**
     * A free film, on lease to the caller, or null: another than the last, whose noise was just seen, and of those the one
     * that was used most recently, since the less memory the pictures go through, the more of it stays in the caches.
     */
    Film acquire() {
        for (Film film : films) {
            if (film != last && film.tryLease()) {
                last = film;
                return film;
            }
        }
        return last != null && last.tryLease() ? last : null;
    }

    /** Makes picture {@code tick} of the motion, counted from the start. */
    void compose(Film film, long tick) {
        film.turnTo(pan(tick));
        train.draw(film, crossing(tick), trainY);
    }

    /** To the right end, a rest, back, and a rest. */
    private int pan(long tick) {
        int sweep = margin / step;
        int phase = (int) (tick % (2 * (sweep + rest)));
        return step * (phase < sweep + rest ? Math.min(phase, sweep) : Math.max(0, 2 * sweep + rest - phase));
    }

    /** From left to right, then anew. */
    private int crossing(long tick) {
        return (int) (tick * trainStep % (width + train.width() & -2)) - train.width();
    }
}
