package revcam.stream.rate;

/** How large pictures are encoded, of how they come. */
public enum Scale {
    FULL(1, 1), TWO_THIRDS(2, 3), HALF(1, 2);

    private final int to;
    private final int of;

    Scale(int to, int of) {
        this.to = to;
        this.of = of;
    }

    /** Of so many samples that many are left; even. */
    public int side(int samples) {
        return samples / (2 * of) * 2 * to;
    }

    double pixels() {
        return (double) to * to / (of * of);
    }
}
