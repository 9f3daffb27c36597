package revcam.api.transport;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/** What a transport tells its session; always on the media loop. */
@ProviderType
public interface TransportEvents {

    /** The path is validated and secure: media may flow. Called once. */
    void onConnected(long nowNanos);

    /** Authenticated, decrypted RTCP, perhaps compound; borrowed for the call. */
    void onRtcp(long nowNanos, ByteBuffer packet);

    /**
     * The viewer left or was lost; nothing follows. Called at most once, with a reason fit for a log. At shutdown that may
     * be before {@link TransportFactory#open} has returned.
     */
    void onClosed(long nowNanos, String reason);
}
