package revcam.api.media;

/**
 * A stage cannot do what was asked of it. The message is shown to a person as it stands: it says what is wrong and what
 * to do about it, and it holds no secret.
 */
public final class StageException extends Exception {

    /** What the engine may do next. */
    public enum Reason {
        /** Not there now, perhaps later: an unplugged camera, a missing library. The engine retries with back-off. */
        UNAVAILABLE,
        /**
         * There, and held by somebody else: a device that only one can open. Where that may be the very stage that this
         * one replaces, the engine lets go of it and tries again; otherwise it retries with back-off.
         */
        BUSY,
        /** This request can never work: an impossible size, an unknown option. The engine waits for another request. */
        UNSUPPORTED,
        /** It worked, and broke. The engine closes the stage and opens it, or the next in preference, anew. */
        FAILED
    }

    private final Reason reason;

    public StageException(Reason reason, String message) {
        this(reason, message, null);
    }

    public StageException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
