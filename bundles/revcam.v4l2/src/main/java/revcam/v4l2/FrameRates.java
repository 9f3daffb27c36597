package revcam.v4l2;

import revcam.api.media.FrameRate;

/** Frame rates that a device offers at one size: a single one where slowest and fastest are the same. */
public record FrameRates(FrameRate slowest, FrameRate fastest) {

    /** The offered rate that is nearest. */
    public FrameRate nearest(FrameRate wanted) {
        if (wanted.fps() <= slowest.fps()) {
            return slowest;
        }
        return wanted.fps() >= fastest.fps() ? fastest : wanted;
    }

    @Override
    public String toString() {
        return slowest.equals(fastest) ? slowest.toString() : slowest + " to " + fastest;
    }
}
