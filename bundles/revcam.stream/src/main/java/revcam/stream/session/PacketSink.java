package revcam.stream.session;

/** Where a session's packets go: a transport, or a simulated link. The arrays are read during the call. */
public interface PacketSink {

    /** @return false when the packet could not be sent; it is lost, as on a network */
    boolean rtp(byte[] header, int headerBytes, byte[] payload, int payloadOffset, int payloadBytes);

    boolean rtcp(byte[] packet, int bytes);

    /** How long {@link #rtp} took in all since this was last asked, nanoseconds. */
    long takeSpentNanos();
}
