package revcam.api.transport;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * One viewer's path: encrypts and sends what the session gives it. It keeps no media; retransmission is the session's.
 */
@ConsumerType
public interface Transport extends AutoCloseable {

    /** The SDP answer; fixed from the start. */
    String answer();

    /** Fixed from the start. */
    NegotiatedMedia media();

    /**
     * The entity tag of the present ICE session (draft-ietf-wish-whep, "ICE support"); changes with every restart.
     */
    String iceTag();

    /**
     * Takes a trickle-ice-sdpfrag (RFC 8840): more candidates of the viewer, or an ICE restart when its credentials are
     * new. Any thread.
     *
     * @return the fragment to answer a restart with, or null when there is nothing to say
     */
    String patch(String sdpFragment) throws NegotiationException;

    /**
     * Bytes on the wire that a packet of n bytes of RTP header and payload adds: IP, UDP, SRTP, relay. For the MTU
     * budget; assume the worst address family that may still be chosen.
     */
    int overheadBytes();

    /**
     * Encrypts and sends one RTP packet. Media loop only, after {@link TransportEvents#onConnected}. The arrays are read
     * during the call.
     *
     * @return false when the socket would not take it: the packet is lost, as on a network
     */
    boolean sendRtp(byte[] header, int headerBytes, byte[] payload, int payloadOffset, int payloadBytes);

    /** Encrypts and sends RTCP. Media loop only, after {@link TransportEvents#onConnected}. */
    boolean sendRtcp(byte[] packet, int bytes);

    /** Says goodbye to the viewer and forgets it; {@link TransportEvents#onClosed} is not called for it. Any thread. */
    @Override
    void close();
}
