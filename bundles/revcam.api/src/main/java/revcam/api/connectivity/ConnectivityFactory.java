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

    /**
     * Prepares a path to a peer that has yet to answer our offer: {@link Connectivity#answered} tells who it is. As the side
     * that offers, a full agent is the controlling one (RFC 8445, section 6.1.1). Threads and time as for {@link #open}.
     *
     * @param events told what happens, on the media loop; the peer's checks may be there before its answer is
     * @throws StageException UNAVAILABLE when no socket or server can be used now, or no offers can be made this way
     */
    default Connectivity offer(ConnectivityEvents events) throws StageException {
        throw new StageException(StageException.Reason.UNAVAILABLE, "this connectivity makes no offers");
    }
}
