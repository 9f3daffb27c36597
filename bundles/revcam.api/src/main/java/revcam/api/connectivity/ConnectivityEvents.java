package revcam.api.connectivity;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/** What connectivity tells the transport; always on the media loop. */
@ProviderType
public interface ConnectivityEvents {

    /** A connectivity check with the right credentials succeeded and the peer chose a pair; called again when it changes. */
    void onValidated(long nowNanos);

    /**
     * A datagram that is not STUN, from an address that passed a check; everything else is dropped unseen.
     *
     * @param datagram from position to limit, borrowed for the call
     */
    void onDatagram(long nowNanos, ByteBuffer datagram);

    /**
     * Nothing was heard for too long, or the socket is gone; called at most once. At shutdown that may be before
     * {@link ConnectivityFactory#open} has returned.
     */
    void onLost(long nowNanos, String reason);
}
