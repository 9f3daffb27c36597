package revcam.stream.rate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What becomes of the pictures when the viewers can take less than an encoder needs: fewer of them, then smaller ones,
 * then another encoder, and all of that back with hysteresis. Each rung has a floor, which is the encoder's share of bits
 * per pixel; the first whose floor is met is taken, so that a deep fall is one step.
 *
 * <p>Not thread-safe.
 */
public final class Ladder {

    /** A floor has to be missed for so long. */
    static final long DOWN_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** A higher rung has to be affordable for so long: each change of size costs an IDR picture. */
    static final long UP_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** With so much to spare over its floor. */
    static final double UP = 1.3;

    /** What may be given up. */
    public enum Means {
        /** Every other picture. */
        FPS,
        /** A third of width and height, then half of them. */
        SIZE,
        /** The encoder, for one with a lower floor. */
        ENCODER
    }

    /**
     * A rung.
     *
     * @param every how many pictures there are for each that is encoded
     * @param size how they are scaled
     * @param other whether an encoder with a lower floor is to serve
     */
    public record Rung(int every, Scale size, boolean other) {

        /** All pictures, in full size. */
        public static final Rung TOP = new Rung(1, Scale.FULL, false);

        /**
         * Its floor as a share of that of the top, for the same encoder. Of half the pictures each differs more from the
         * one before, so they take more than half of the bits (docs/rate-policy.md).
         */
        double share() {
            return size.pixels() / Math.sqrt(every);
        }
    }

    private final List<Rung> rungs = new ArrayList<>();
    private int at;
    private long belowNanos;
    private boolean below;
    private int affordable;
    private long affordableNanos;
    private String reason = "";

    /** @param order what may be given up, first the first */
    public Ladder(List<Means> order) {
        configure(order);
    }

    /** Other means: begins again at the top. */
    public void configure(List<Means> order) {
        rungs.clear();
        at = 0;
        reason = "";
        below = false;
        affordable = 0;
        Rung last = Rung.TOP;
        rungs.add(last);
        for (Means means : order) {
            switch (means) {
                case FPS -> rungs.add(new Rung(2, last.size, last.other));
                case SIZE -> {
                    rungs.add(new Rung(last.every, Scale.TWO_THIRDS, last.other));
                    rungs.add(new Rung(last.every, Scale.HALF, last.other));
                }
                case ENCODER -> rungs.add(new Rung(last.every, last.size, true));
            }
            last = rungs.get(rungs.size() - 1);
        }
    }

    /**
     * To be called a few times a second.
     *
     * @param targetBps what the encoder may spend
     * @param floorBps what the preferred encoder needs for all pictures in full size; 0 for nothing
     * @param otherBps the same for the one with the lowest floor; {@link Double#MAX_VALUE} when none has a lower
     * @param scales whether pictures of this kind can be scaled
     * @return whether another rung is to be taken
     */
    public boolean settle(long now, long targetBps, double floorBps, double otherBps, boolean scales) {
        int wanted = first(targetBps, 1, floorBps, otherBps, scales);
        if (wanted > at) {
            affordable = at;
            if (!below) {
                below = true;
                belowNanos = now;
            }
            return now - belowNanos >= DOWN_NANOS && take(wanted, targetBps, floorBps);
        }
        below = false;
        int higher = first(targetBps, UP, floorBps, otherBps, scales);
        if (higher >= at) {
            affordable = at;
            return false;
        }
        if (affordable == at) {
            affordableNanos = now;
            affordable = higher;
        }
        affordable = Math.max(affordable, higher);
        return now - affordableNanos >= UP_NANOS && take(affordable, targetBps, floorBps);
    }

    /** The first rung whose floor is met, or else the lowest there is. */
    private int first(long targetBps, double margin, double floorBps, double otherBps, boolean scales) {
        int lowest = 0;
        for (int i = 0; i < rungs.size(); i++) {
            Rung rung = rungs.get(i);
            if (rung.size != Scale.FULL && !scales || rung.other && otherBps == Double.MAX_VALUE) {
                continue;
            }
            lowest = i;
            if (targetBps >= (i < at ? margin : 1) * floor(rung, floorBps, otherBps)) {
                return i;
            }
        }
        return lowest;
    }

    private static double floor(Rung rung, double floorBps, double otherBps) {
        return rung.share() * (rung.other ? otherBps : floorBps);
    }

    private boolean take(int rung, long targetBps, double floorBps) {
        boolean down = rung > at;
        at = rung;
        affordable = rung;
        below = false;
        reason = rung == 0 ? "" : String.format(Locale.ROOT, down
                        ? "%d kbit/s are too little, all pictures in full size need %d"
                        : "%d kbit/s again, all pictures in full size need %d and some to spare",
                targetBps / 1000, Math.round(floorBps / 1000));
        return true;
    }

    public Rung rung() {
        return rungs.get(at);
    }

    /** How many steps it is from the top. */
    public int step() {
        return at;
    }

    /** Why it stands where it does, for a person; empty at the top. */
    public String reason() {
        return reason;
    }
}
