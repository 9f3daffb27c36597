package revcam.api.connectivity;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.StageException;

/**
 * A way to exchange datagrams with peers, published as an OSGi service with the property {@link #NAME}: ICE-lite on one
 * port, or full ICE with STUN and TURN servers.
 */
@ConsumerType
public interface ConnectivityFactory {

    /** Service property: the name that configuration and people use, such as {@code lite}. */
    String NAME = "revcam.connectivity";

    /**
     * Prepares a path to one peer. Called on a signalling thread; may wait for servers, within a configured time.
     *
     * @param events told what happens, on the media loop
     * @throws StageException UNAVAILABLE when no socket or server can be used now
     */
    Connectivity open(IceCredentials remote, ConnectivityEvents events) throws StageException;
}
