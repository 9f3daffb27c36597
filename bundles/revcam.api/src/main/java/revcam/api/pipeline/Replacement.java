package revcam.api.pipeline;

/**
 * One replacement of a stage, finished.
 *
 * @param wallMillis when it was decided, Unix time in milliseconds
 * @param role such as {@code encoder}
 * @param from who served before; empty for nobody
 * @param to who serves now; empty for nobody. The same as {@code from} when the new one failed, or was opened anew
 * @param cause what brought it about
 * @param detail for a person: who asked, what failed, and why it came out as it did; or empty
 * @param succeeded false when the one that should have served does not
 * @param tookNanos from the decision to the new one's first result
 * @param gapNanos from the old one's last result to the new one's first, where both exist; else -1
 */
public record Replacement(
        long wallMillis,
        String role,
        String from,
        String to,
        Cause cause,
        String detail,
        boolean succeeded,
        long tookNanos,
        long gapNanos) {

    /** What brought a replacement about. */
    public enum Cause {
        /** The configured preference, filter or picture size, or the provider's own configuration, changed. */
        CONFIGURATION,
        /** A bundle brought a better provider, or took the serving one away. */
        BUNDLE,
        /** The serving one failed or was quarantined, or one that had failed works again. */
        FAILURE,
        /** What the viewers can take is too little for the encoder as it was, or enough again. */
        RATE,
        TRIAL,
        ROLLBACK
    }
}
