package revcam.api.connectivity;

import java.nio.ByteBuffer;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.StageException;

/** The path to one peer. */
@ConsumerType
public interface Connectivity extends AutoCloseable {

    /** Ours, as our description gives them; new after {@link #restart}. */
    IceCredentials local();

    /** Whether our description says {@code a=ice-lite}. */
    boolean lite();

    /** Values of {@code a=candidate} lines (RFC 8839, section 5.1), complete: nothing trickles later. */
    List<String> candidates();

    /** A candidate of the peer, as the value of an {@code a=candidate} line; unchecked. One that cannot be used is ignored. */
    void addRemoteCandidate(String candidate);

    /**
     * The peer has answered the offer that this was opened for. Before its candidates are added; once. Only then does time
     * run out for a peer that does not come. Any thread.
     */
    default void answered(IceCredentials remote) {
        throw new IllegalStateException("opened with the peer's credentials");
    }

    /**
     * An ICE restart (RFC 8445, section 9): new credentials on both sides, while the old path goes on until replaced.
     * Called on a signalling thread; may wait for servers as opening does.
     *
     * @throws StageException UNAVAILABLE when no socket or server can be used now; the old path and credentials stay
     */
    void restart(IceCredentials remote) throws StageException;

    /** Bytes that IP, UDP and a relay add to a datagram, at worst. */
    int overheadBytes();

    /**
     * Sends to the peer's validated address. Media loop or handshake thread.
     *
     * @param datagram from position to limit, consumed
     * @return false when it was not taken, as before the first check and after {@link #close}
     */
    boolean send(ByteBuffer datagram);

    /** Forgets the peer, without an event. Any thread; idempotent. */
    @Override
    void close();
}
