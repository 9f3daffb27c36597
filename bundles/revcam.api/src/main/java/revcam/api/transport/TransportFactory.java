package revcam.api.transport;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A way to reach viewers, published as an OSGi service with the property {@link #NAME}. It holds what all its viewers
 * share, such as the UDP port and the certificate.
 */
@ConsumerType
public interface TransportFactory {

    /** Service property: the name that configuration and people use, such as {@code webrtc}. */
    String NAME = "revcam.transport";

    /**
     * Answers one viewer's offer and waits for that viewer. Called on a signalling thread; returns within milliseconds,
     * or as soon as connectivity has gathered its candidates from servers.
     *
     * @param events told what happens, on the media loop
     * @throws NegotiationException the offer is malformed, nothing in it fits, or no viewer can be taken now; the viewer
     *     is told the message
     */
    Transport open(TransportRequest request, TransportEvents events) throws NegotiationException;

    /**
     * Makes an offer to a peer that answers, such as a media server. Threads and time as for {@link #open}; events may come
     * from when it is accepted on.
     *
     * @param request without an offer
     * @throws NegotiationException UNAVAILABLE when no peer can be reached now, or no offers are made at all
     */
    default Offer<Transport> offer(TransportRequest request, TransportEvents events) throws NegotiationException {
        throw new NegotiationException(NegotiationException.Reason.UNAVAILABLE,
                "the transport makes no offers, it only answers them");
    }
}
