package revcam.transport.webrtc.srtp;

import java.nio.ByteBuffer;

/**
 * Opens the SRTCP that a peer sends; media never comes this way. Media loop only; nothing is allocated per packet. Only an
 * authenticated packet leaves a trace, so strangers can neither fill memory nor move a replay window.
 */
public final class SrtpReceiver implements AutoCloseable {

    /** Wrong key, or changed under way. */
    public static final int AUTH_FAILED = -1;
    /** Authentic, but seen before or {@value #WINDOW} or more packets late. */
    public static final int REPLAYED = -2;
    /** Not encrypted SRTCP, or longer than 2048 bytes or the array that should take it. */
    public static final int MALFORMED = -3;
    /** Authentic, but the peer uses more than {@value #MAX_SOURCES} SSRCs. */
    public static final int TOO_MANY_SOURCES = -4;

    private static final int MAX_SOURCES = 16;
    private static final int WINDOW = 64;

    private static final int HEADER_BYTES = 8;
    private static final int TRAILER_BYTES = SrtpSender.RTCP_OVERHEAD_BYTES;
    private static final int INDEX_MASK = 0x7fff_ffff;
    /** More than any path's MTU. */
    private static final int MAX_PACKET_BYTES = 2048;

    private final ByteBuffer sealed;
    private final CryptographicContext srtcp;
    private final int[] ssrcs = new int[MAX_SOURCES];
    private final int[] newest = new int[MAX_SOURCES];
    /** Bit n is set when the index n before the newest has been seen (RFC 3711, section 3.3.2). */
    private final long[] seen = new long[MAX_SOURCES];
    private int sources;

    /**
     * @param masterKey 16 bytes, not kept
     * @param masterSalt 14 bytes, not kept
     */
    public SrtpReceiver(byte[] masterKey, byte[] masterSalt) {
        this(Ciphers.best(), masterKey, masterSalt);
    }

    SrtpReceiver(Ciphers ciphers, byte[] masterKey, byte[] masterSalt) {
        sealed = ciphers.allocate(MAX_PACKET_BYTES);
        srtcp = CryptographicContext.srtcp(ciphers, sealed, masterKey, masterSalt);
    }

    /**
     * Authenticates and deciphers one packet, perhaps compound.
     *
     * @param packet from position to limit, consumed; any content
     * @param out takes the RTCP, and needs room for all of {@code packet}; as it was when the result is negative
     * @return bytes of RTCP, or one of the negative constants
     */
    public int unprotectRtcp(ByteBuffer packet, byte[] out) {
        int bytes = packet.remaining();
        if (bytes < HEADER_BYTES + TRAILER_BYTES || bytes > Math.min(out.length, MAX_PACKET_BYTES)) {
            packet.position(packet.limit());
            return MALFORMED;
        }
        sealed.clear().put(packet);
        int rtcpBytes = bytes - TRAILER_BYTES;
        if (!srtcp.verify(rtcpBytes + 4, rtcpBytes + 4)) {
            return AUTH_FAILED;
        }
        int ssrc = sealed.getInt(4);
        int word = sealed.getInt(rtcpBytes);
        boolean encrypted = word < 0;
        if (!encrypted) {
            return MALFORMED;
        }
        int index = word & INDEX_MASK;
        int refused = record(ssrc, index);
        if (refused != 0) {
            return refused;
        }
        srtcp.crypt(ssrc, index, HEADER_BYTES, rtcpBytes - HEADER_BYTES);
        sealed.get(0, out, 0, rtcpBytes);
        return rtcpBytes;
    }

    /** Frees the keys. Idempotent; nothing can be opened any more. */
    @Override
    public void close() {
        srtcp.close();
    }

    /** Takes note of an authenticated index. Returns 0, REPLAYED or TOO_MANY_SOURCES. */
    private int record(int ssrc, int index) {
        int i = 0;
        while (i < sources && ssrcs[i] != ssrc) {
            i++;
        }
        if (i == MAX_SOURCES) {
            return TOO_MANY_SOURCES;
        }
        if (i == sources) {
            sources++;
            ssrcs[i] = ssrc;
            newest[i] = index;
            seen[i] = 1;
            return 0;
        }
        int ahead = index - newest[i];
        if (ahead > 0) {
            seen[i] = ahead < WINDOW ? seen[i] << ahead | 1 : 1;
            newest[i] = index;
            return 0;
        }
        if (-ahead >= WINDOW || (seen[i] >>> -ahead & 1) != 0) {
            return REPLAYED;
        }
        seen[i] |= 1L << -ahead;
        return 0;
    }
}
