package revcam.transport.webrtc.srtp;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Protects what one peer is sent. It keeps a rollover counter and an SRTCP index for each of our own SSRCs, and nothing of
 * the keys it was made from. Media loop only; nothing is allocated per packet. What is returned is one and the same buffer,
 * from its position to its limit, and is the caller's until the next call.
 */
public final class SrtpSender implements AutoCloseable {

    /** The authentication tag. */
    public static final int RTP_OVERHEAD_BYTES = CryptographicContext.TAG_BYTES;
    /** The SRTCP index and the authentication tag. */
    public static final int RTCP_OVERHEAD_BYTES = 4 + CryptographicContext.TAG_BYTES;

    private static final int RTP_HEADER_BYTES = 12;
    /** What SRTCP leaves in the clear: the first packet's header and SSRC. */
    private static final int RTCP_HEADER_BYTES = 8;
    private static final int ENCRYPTED_FLAG = 1 << 31;

    /** More than any path's MTU that a session keeps to. */
    private static final int MAX_PACKET_BYTES = 2048;

    private final ByteBuffer packet;
    private final CryptographicContext srtp;
    private final CryptographicContext srtcp;
    /** Media and its retransmissions: few enough to look through. */
    private Source[] sources = {};

    /** The state of one SSRC (RFC 3711, section 3.2.3). */
    private static final class Source {
        final int ssrc;
        /** Rollover counter and sequence number of the newest RTP packet; -1 before the first. */
        long newestIndex = -1;
        int srtcpIndex;

        Source(int ssrc) {
            this.ssrc = ssrc;
        }
    }

    /**
     * @param masterKey 16 bytes, not kept
     * @param masterSalt 14 bytes, not kept
     */
    public SrtpSender(byte[] masterKey, byte[] masterSalt) {
        this(Ciphers.best(), masterKey, masterSalt);
    }

    SrtpSender(Ciphers ciphers, byte[] masterKey, byte[] masterSalt) {
        packet = ciphers.allocate(MAX_PACKET_BYTES);
        srtp = CryptographicContext.srtp(ciphers, packet, masterKey, masterSalt);
        srtcp = CryptographicContext.srtcp(ciphers, packet, masterKey, masterSalt);
    }

    /**
     * Enciphers the payload and authenticates all of the packet. A sequence number of up to 2^15 - 1 before the newest is a
     * packet sent again: it must have the payload it had then, for another one under the same key stream would give both
     * away.
     *
     * @param header with CSRCs and extensions
     * @throws IllegalArgumentException the packet is longer than {@value #MAX_PACKET_BYTES} bytes
     */
    public ByteBuffer protectRtp(
            byte[] header, int headerBytes, byte[] payload, int payloadOffset, int payloadBytes) {
        if (headerBytes < RTP_HEADER_BYTES) {
            throw new IllegalArgumentException("An RTP header of " + headerBytes + " bytes");
        }
        int bytes = headerBytes + payloadBytes;
        packet.limit(bytes + RTP_OVERHEAD_BYTES).position(0);
        int sequence = (header[2] & 0xff) << 8 | header[3] & 0xff;
        int ssrc = intAt(header, 8);
        long index = index(source(ssrc), sequence);

        packet.put(0, header, 0, headerBytes);
        packet.put(headerBytes, payload, payloadOffset, payloadBytes);
        srtp.crypt(ssrc, index, headerBytes, payloadBytes);
        // The rollover counter is authenticated as if it followed, but not sent (section 4.2): the tag takes its place.
        packet.putInt(bytes, (int) (index >> 16));
        srtp.sign(bytes + 4, bytes);
        return packet;
    }

    /**
     * Enciphers and authenticates an RTCP packet, perhaps compound, under the index of its first SSRC.
     *
     * @throws IllegalStateException after 2^31 packets: the keys are used up (RFC 3711, section 9.2)
     */
    public ByteBuffer protectRtcp(byte[] rtcp, int bytes) {
        if (bytes < RTCP_HEADER_BYTES) {
            throw new IllegalArgumentException("An RTCP packet of " + bytes + " bytes");
        }
        packet.limit(bytes + RTCP_OVERHEAD_BYTES).position(0);
        int ssrc = intAt(rtcp, 4);
        Source source = source(ssrc);
        if (source.srtcpIndex < 0) {
            throw new IllegalStateException("SRTCP keys are used up: the session must end");
        }
        int index = source.srtcpIndex++;

        packet.put(0, rtcp, 0, bytes);
        srtcp.crypt(ssrc, index, RTCP_HEADER_BYTES, bytes - RTCP_HEADER_BYTES);
        packet.putInt(bytes, ENCRYPTED_FLAG | index);
        srtcp.sign(bytes + 4, bytes + 4);
        return packet;
    }

    /** Frees the keys. Idempotent; nothing can be protected any more. */
    @Override
    public void close() {
        srtp.close();
        srtcp.close();
    }

    /**
     * Extends the sequence number to the index nearest to the newest one (RFC 3711, section 3.3.1): what a receiver that
     * has the newest packet does with an old one too.
     */
    private static long index(Source source, int sequence) {
        if (source.newestIndex < 0) {
            source.newestIndex = sequence;
            return sequence;
        }
        long index = source.newestIndex + (short) (sequence - source.newestIndex);
        if (index > source.newestIndex) {
            source.newestIndex = index;
        }
        return index & 0xffff_ffff_ffffL;
    }

    private Source source(int ssrc) {
        for (Source source : sources) {
            if (source.ssrc == ssrc) {
                return source;
            }
        }
        Source added = new Source(ssrc);
        sources = Arrays.copyOf(sources, sources.length + 1);
        sources[sources.length - 1] = added;
        return added;
    }

    private static int intAt(byte[] array, int offset) {
        return (array[offset] & 0xff) << 24
                | (array[offset + 1] & 0xff) << 16
                | (array[offset + 2] & 0xff) << 8
                | array[offset + 3] & 0xff;
    }
}
