package revcam.linklab;

/** Where a figure has to be; either bound may be missing, and the reason where there is none to give. Read by Gson. */
public final class Limit {
    Double min;
    Double max;
    String why = "";

    /** Not of a figure that is not known. */
    public boolean holds(double value) {
        return !Double.isNaN(value) && (min == null || value >= min) && (max == null || value <= max);
    }

    /** Whether it asks for nothing. */
    public boolean isNone() {
        return min == null && max == null;
    }

    /** Empty where nobody said. */
    public String why() {
        return why;
    }

    @Override
    public String toString() {
        return min == null ? "at most " + max : max == null ? "at least " + min : min + " to " + max;
    }
}
