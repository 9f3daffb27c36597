package revcam.api.transport;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * An SDP offer of ours (RFC 3264) that waits for the peer's answer. Whoever got it answers for it: it holds a place and a
 * path until it is accepted or closed, and no time ends it.
 *
 * @param <T> what there is once it was answered
 */
@ConsumerType
public interface Offer<T> extends AutoCloseable {

    /** The offer, complete: nothing trickles later. */
    String sdp();

    /**
     * Takes the peer's answer. Called once at most, on a thread that may block for a few milliseconds.
     *
     * @param answer SDP, as it came from outside: unchecked
     * @throws NegotiationException MALFORMED, or NOT_ACCEPTABLE when the peer refuses or agrees to what was not offered;
     *     UNAVAILABLE when the path is gone meanwhile. The message says so; the offer is closed then
     */
    T accept(String answer) throws NegotiationException;

    /** Takes the offer back; nothing happens once it was accepted. Any thread; idempotent. */
    @Override
    void close();
}
