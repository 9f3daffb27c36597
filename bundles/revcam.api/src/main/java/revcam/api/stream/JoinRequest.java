package revcam.api.stream;

/**
 * A viewer's wish to watch.
 *
 * @param offer SDP as it came from outside
 * @param origin where it came from, for logs and limits; no secret
 * @param engine name of the media engine to be served by, {@code revcam} for the built-in one; empty for the configured one
 * @param codec encoding name that is insisted on, such as {@code VP8}; empty for any
 * @param replaces it is to take the place of one that is still watching and will leave then, so one more than else may watch
 */
public record JoinRequest(String offer, String origin, String engine, String codec, boolean replaces) {

    /** Somebody new. */
    public JoinRequest(String offer, String origin, String engine, String codec) {
        this(offer, origin, engine, codec, false);
    }
}
