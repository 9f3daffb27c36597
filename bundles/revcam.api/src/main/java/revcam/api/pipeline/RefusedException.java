package revcam.api.pipeline;

/** What a person asked for cannot be done; the message says why and what would do. */
public final class RefusedException extends Exception {

    public RefusedException(String message) {
        super(message);
    }
}
