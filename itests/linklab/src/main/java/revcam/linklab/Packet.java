package revcam.linklab;

/** One IP packet on its way. */
final class Packet {

    enum Kind { MEDIA, FEEDBACK, AUDIO, TCP, ACK }

    final Kind kind;
    /** Whose it is: an index into the scenario's flows. */
    final int flow;
    /** Bytes at the IP layer, which is what a link's capacity counts. */
    final int wireBytes;
    /** What a receiver reads of it; for media the RTP header and the beginning of the payload. */
    final byte[] content;
    /** Where it goes after the bottleneck it is at. */
    Hop onward;
    long sentNanos;
    long enqueuedNanos;
    /** Enqueued to the begin of its transmission; of two bottlenecks, in both. */
    long queueNanos;
    /** RTP header and payload; 0 if it is no RTP. */
    int rtpBytes;
    int headerBytes;
    int paddingBytes;
    /** A TCP segment's or acknowledgement's own. */
    Object segment;

    Packet(Kind kind, int flow, int wireBytes, byte[] content, Hop onward) {
        this.kind = kind;
        this.flow = flow;
        this.wireBytes = wireBytes;
        this.content = content;
        this.onward = onward;
    }

    boolean isRetransmission() {
        return kind == Kind.MEDIA && (content[1] & 0x7F) == Sender.RTX_PAYLOAD_TYPE;
    }
}
