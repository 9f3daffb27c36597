package revcam.api.transport;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * One viewer's path: encrypts and sends what the session gives it. It keeps no media; retransmission is the session's.
 */
@ConsumerType
public interface Transport extends AutoCloseable {

    /** The SDP answer, ours or the one that our offer got; fixed from the start. */
    String answer();

    /** Fixed from the start. */
    NegotiatedMedia media();

    /**
     * The entity tag of the present ICE session (draft-ietf-wish-whep, "ICE support"), without the quotes that HTTP puts
     * around it; changes with every restart.
     */
    String iceTag();

    /**
     * Takes a trickle-ice-sdpfrag (RFC 8840): more candidates of the viewer, or an ICE restart when its credentials are
     * new. Any thread but the media loop: a restart may take as long as {@link TransportFactory#open}.
     *
     * @return the fragment to answer a restart with, or null when there is nothing to say
     * @throws NegotiationException MALFORMED, or UNAVAILABLE when a restart cannot be served now; in both cases all goes
     *     on as before
     */
    String patch(String sdpFragment) throws NegotiationException;

    /**
     * Bytes on the wire that a packet of n bytes of RTP header and payload adds: IP, UDP, SRTP, relay. For the MTU
     * budget; assume the worst address family that may still be chosen.
     */
    int overheadBytes();

    /**
     * Encrypts and sends one RTP packet (RFC 3711). Media loop only. The arrays are read during the call.
     *
     * @param header authenticated, but readable on the way: the RTP header with CSRCs and extensions, and nothing else
     * @param payload encrypted as well: all that follows the header, such as the original sequence number that a
     *     retransmission begins with (RFC 4588, section 4)
     * @return false when the packet is lost, as on a network: the socket would not take it, or this is not connected
     */
    boolean sendRtp(byte[] header, int headerBytes, byte[] payload, int payloadOffset, int payloadBytes);

    /** Encrypts and sends RTCP, perhaps compound; as {@link #sendRtp}. */
    boolean sendRtcp(byte[] packet, int bytes);

    /**
     * Says goodbye to the viewer and forgets it; {@link TransportEvents#onClosed} is not called for it. Any thread;
     * idempotent.
     */
    @Override
    void close();
}
