package revcam.stream.rate;

import java.util.concurrent.TimeUnit;

/**
 * Which pictures a viewer gets. Usually all; one that is thinned gets whole pictures left out, and what it gets can be
 * decoded: without temporal layers every H.264 picture here needs the one before it, so that is an IDR picture and those
 * behind it until the budget is gone, and then nothing before the next IDR picture. Where an IDR picture alone is more
 * than the budget, only IDR pictures are left.
 *
 * <p>The budget is what the viewer can take, with at most half a second saved up: so what it gets never waits longer than
 * that, or than one IDR picture takes, before its path.
 *
 * <p>Not thread-safe.
 */
public final class Thinning {

    static final double DEPTH_SECONDS = 0.5;
    /** An IDR picture costs all the others; a viewer that gets no more than some is not to ask for many. */
    static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(2);

    private boolean thinned;
    private boolean broken;
    private boolean wanted;
    private double budgetBits;
    private long filledNanos;
    private long takesBps;
    private boolean asked;
    private long askedNanos;
    private long dropped;

    /** @param takesBps what the viewer can take, bits per second of RTP */
    public void set(long now, boolean thin, long takesBps) {
        if (thin && !thinned) {
            budgetBits = 0; // it has had too much until now
            filledNanos = now;
        }
        fill(now);
        thinned = thin;
        this.takesBps = takesBps;
    }

    /** Whether the viewer is to get the next picture, of so many bytes of RTP. */
    public boolean admits(long now, boolean keyframe, long bytes) {
        boolean admitted = !broken || keyframe;
        if (thinned && admitted) {
            fill(now);
            admitted = keyframe ? budgetBits >= 0 : budgetBits >= 8 * bytes;
            budgetBits -= admitted ? 8 * bytes : 0;
        }
        broken = !admitted;
        wanted &= !admitted || !keyframe;
        dropped += admitted ? 0 : 1;
        return admitted;
    }

    /**
     * Whether to ask the encoder for an IDR picture.
     *
     * @param wanted whether the viewer itself asks for one
     */
    public boolean asks(long now, boolean wanted) {
        if (!thinned) {
            return wanted || broken && isDue(now, TimeUnit.SECONDS.toNanos(1));
        }
        fill(now);
        this.wanted |= wanted;
        return (this.wanted || broken) && budgetBits >= DEPTH_SECONDS * takesBps && isDue(now, ASK_NANOS);
    }

    private boolean isDue(long now, long spacingNanos) {
        boolean due = !asked || now - askedNanos >= spacingNanos;
        if (due) {
            asked = true;
            askedNanos = now;
        }
        return due;
    }

    /** Pictures left out. */
    public long dropped() {
        return dropped;
    }

    private void fill(long now) {
        budgetBits = Math.min(DEPTH_SECONDS * takesBps, budgetBits + takesBps * ((now - filledNanos) / 1e9));
        filledNanos = now;
    }
}
