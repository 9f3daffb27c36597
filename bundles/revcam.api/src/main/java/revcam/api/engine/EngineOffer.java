package revcam.api.engine;

/**
 * One viewer's wish to watch.
 *
 * @param sdp the offer (RFC 8866), as it came from outside: unchecked
 * @param codec the encoding name (RFC 6838 media subtype) that the viewer insists on, such as {@code VP8}, in any case;
 *     empty when the engine may choose
 */
public record EngineOffer(String sdp, String codec) {}
