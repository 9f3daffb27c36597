package revcam.api.pipeline;

import java.util.List;

/**
 * One stage of a pipeline and all who could serve as it.
 *
 * @param role such as {@code encoder}
 * @param serving names of who serves now: one, none while it is missing, several where all serve together (exporters)
 * @param preference the configured names, best first, as in the file; {@code *} stands for any other
 * @param filter the configured LDAP filter, or empty
 * @param problem why nobody serves, for a person; empty when somebody does
 * @param nanosPerFrame time that the serving one takes for a frame, smoothed; NaN where unknown
 * @param trial under way, or null
 * @param providers all that are present, in the order in which they would serve
 */
public record Stage(
        String role,
        List<String> serving,
        String preference,
        String filter,
        String problem,
        double nanosPerFrame,
        Trial trial,
        List<Provider> providers) {

    /** How a provider stands. */
    public enum Standing {
        SERVING,
        /** Being opened and auditioned. */
        STARTING,
        /** Fit to serve; others are preferred. */
        READY,
        /** Failed lately; is tried again by itself. */
        RESTING,
        /** Set aside; see {@link Pipeline#release}. */
        QUARANTINED,
        /** Not in the preference, or not let through by the filter. */
        EXCLUDED
    }

    /**
     * Who serves or could.
     *
     * @param name such as {@code x264}
     * @param source what the preference says after the name's colon, or empty
     * @param bundle symbolic name and version, or empty
     * @param standing how it stands
     * @param why it stands so, for a person: one sentence
     */
    public record Provider(String name, String source, String bundle, Standing standing, String why) {

        /** As people write it: {@code x264}, {@code file:clip.mp4}. */
        public String label() {
            return source.isEmpty() ? name : name + ":" + source;
        }
    }

    /**
     * A trial under way.
     *
     * @param provider on trial
     * @param from who serves again if it fails; empty for none
     * @param remainingNanos until the verdict
     */
    public record Trial(String provider, String from, long remainingNanos) {}

    public Stage {
        serving = List.copyOf(serving);
        providers = List.copyOf(providers);
    }
}
