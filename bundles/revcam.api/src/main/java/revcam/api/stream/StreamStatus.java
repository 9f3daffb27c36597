package revcam.api.stream;

import java.util.List;

/**
 * How a stream is, for the page, the console and the shell.
 *
 * @param state the worst that is true
 * @param reason what a person should know or do; empty while {@link State#LIVE} or {@link State#IDLE}
 * @param width pixels, 0 before the first frame
 * @param height pixels, 0 before the first frame
 * @param fps frames a second that are encoded; fewer than configured while {@code reduction} says so
 * @param bitrateBps the encoder's target
 * @param reduction what has been made of the pictures because the viewers can take so little, and why; empty for nothing
 * @param viewers connected
 * @param stages in the order a frame takes
 */
public record StreamStatus(
        String name,
        State state,
        String reason,
        int width,
        int height,
        double fps,
        long bitrateBps,
        String reduction,
        int viewers,
        List<Stage> stages) {

    /** What a viewer may expect. */
    public enum State {
        /** Frames flow to viewers. */
        LIVE,
        /** All is well and nobody is watching. */
        IDLE,
        /** A stage is being opened. */
        STARTING,
        /** A stage is missing or broken; viewers stay connected, and the stream goes on by itself once it is there. */
        PAUSED
    }

    /**
     * One stage of the stream.
     *
     * @param role such as {@code encoder}
     * @param provider the name of the one that serves, or empty
     * @param bundle its bundle's symbolic name and version, or empty
     * @param problem why it is missing or broken, or empty
     */
    public record Stage(String role, String provider, String bundle, String problem) {}

    public StreamStatus {
        stages = List.copyOf(stages);
    }
}
