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
}
