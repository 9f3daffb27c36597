package revcam.api.transport;

/**
 * An offer cannot be answered, or an answer to ours not be taken. The message is sent to the viewer, or logged where the offer
 * is ours: it says what to change, and holds no secret.
 */
public final class NegotiationException extends Exception {

    /** Whose move it is. */
    public enum Reason {
        /** Not SDP, or SDP that breaks its own rules. */
        MALFORMED,
        /** Fine SDP, but nothing in it that this stream can use. */
        NOT_ACCEPTABLE,
        /** Nothing wrong with the offer: no viewer can be taken now. */
        UNAVAILABLE
    }

    private final Reason reason;

    public NegotiationException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
