package revcam.linklab;

import java.util.SplittableRandom;

/** Time as a link model sees it: virtual in a {@link Simulation}, real in an {@link UdpRelay}. One thread. */
interface Timeline {

    /** Nanoseconds since the beginning. */
    long now();

    /** Does something at a moment, or as soon as it can if that has passed. */
    void at(long nanos, Runnable action);

    /** A source of its own for each part, so that one part's draws do not shift another's. */
    SplittableRandom random(String part);
}
