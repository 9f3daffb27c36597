package revcam.encoder.x264;

/**
 * How fine the next picture is quantised, so that each second has the bits it may have, and hardly any picture many more
 * than its share.
 *
 * <p>libx264's own CBR compares with what the last 24 pictures took: after a change of the bitrate it needs most of a
 * second, and what it spends too little for a while after an IDR picture it never makes up for. Through a bottleneck either
 * is a picture worse than it could be, or a queue. Here the constant rate factor is chosen anew for each picture instead,
 * from what the pictures before it took, and libx264's VBV only bounds what a picture may take that turns out harder. Within
 * one, libx264 quantises the rest more coarsely when it goes beyond what was expected by more than {@link #TOLERANCE}.
 *
 * <p>The model: {@code log2(bits) = complexity - SLOPE * crf / 6}, since six steps of QP double the quantiser's step.
 * Complexity is a running mean. Too low a slope would swing, too high a one only follows more slowly.
 *
 * <p>Not thread-safe; allocates nothing.
 */
final class RateControl {

    /** Finer than this nobody sees, and each picture takes the longer. */
    private static final double FINEST = 10;
    private static final double COARSEST = 51;
    private static final double FIRST = 30;
    private static final double SLOPE = 1.5;
    /** Shares of the newest picture in the running mean, where it was harder and where it was easier than that. */
    private static final double HARDER_WEIGHT = 0.3;
    private static final double EASIER_WEIGHT = 0.2;
    /** What was spent too much is taken off so many pictures. */
    private static final double PAYBACK_PICTURES = 6;
    /** In average pictures: what was not spent is spent by the next few, and is no reason for a burst much later, */
    private static final double MOST_SAVED = 2;
    /** and what was spent too much, by a scene that is too hard for the bitrate, is forgotten in the end. */
    private static final double MOST_OWED = 12;
    private static final double SMALLEST_PICTURE = 0.3;
    private static final double LARGEST_PICTURE = 1.6;
    /** Of a picture against the one before; a sudden coarse one is better than a late one. */
    private static final double MOST_COARSER = 6;
    private static final double MOST_FINER = 3;
    private static final double LEAST_BITS = 200;
    /**
     * As libx264's {@code ratetol}. With its 1 one picture in a hundred takes 1.6 times its share or more; with 0.1 pictures
     * after a cut are 0.7 dB worse (docs/encoders.md).
     */
    static final double TOLERANCE = 0.3;

    private double crf = FIRST;
    /** Of the last picture, in the end. */
    private double effective = FIRST;
    private double complexity = Double.NaN;
    private double owedBits;

    /** What the last picture was to have, or the first will have. */
    double crf() {
        return crf;
    }

    /**
     * To be asked once for each picture.
     *
     * @param averageBits of a picture, if all were equal
     * @return its constant rate factor
     */
    double next(double averageBits) {
        if (!Double.isNaN(complexity)) {
            double bits = Math.max(SMALLEST_PICTURE * averageBits,
                    Math.min(LARGEST_PICTURE * averageBits, averageBits - owedBits / PAYBACK_PICTURES));
            double wanted = (complexity - log2(bits)) * 6 / SLOPE;
            wanted = Math.max(effective - MOST_FINER, Math.min(effective + MOST_COARSER, wanted));
            crf = Math.max(FINEST, Math.min(COARSEST, wanted));
        }
        return crf;
    }

    /**
     * A picture has been encoded.
     *
     * @param withCrf what it was encoded with in the end: the VBV may have asked for coarser
     * @param averageBits as for {@link #next}
     * @param intra whether it stands alone: says nothing of the others, but has to be paid for like them
     */
    void onPicture(double bits, double withCrf, double averageBits, boolean intra) {
        owedBits = Math.max(-MOST_SAVED * averageBits, Math.min(MOST_OWED * averageBits, owedBits + bits - averageBits));
        if (!intra) {
            effective = withCrf;
            double seen = log2(Math.max(LEAST_BITS, bits)) + SLOPE * withCrf / 6;
            complexity = Double.isNaN(complexity) ? seen
                    : complexity + (seen > complexity ? HARDER_WEIGHT : EASIER_WEIGHT) * (seen - complexity);
        }
    }

    private static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }
}
