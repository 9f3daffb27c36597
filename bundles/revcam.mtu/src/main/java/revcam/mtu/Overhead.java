package revcam.mtu;

import revcam.rtp.RtpHeaderWriter;

/** Bytes of each packet that are not video, as RevCam sends them to a viewer. */
final class Overhead {

    /** IP without options or extension headers, and UDP. */
    static final int IPV4_UDP_BYTES = 20 + 8;
    static final int IPV6_UDP_BYTES = 40 + 8;
    /** The authentication tag of SRTP_AES128_CM_HMAC_SHA1_80 (RFC 3711, section 4.2), the profile that RevCam offers. */
    static final int SRTP_BYTES = 10;
    /** A Send indication to an IPv6 peer (RFC 8656, section 11.1), for which revcam.connectivity.ice4j leaves room. */
    static final int TURN_SEND_BYTES = 20 + 24 + 4 + 3;
    /**
     * The header with all four extensions that RevCam negotiates, a browser's MID being one character; and what is left free
     * for the original sequence number, should the packet be sent again (RFC 4588, section 4).
     */
    static final int RTP_BYTES = new RtpHeaderWriter(1, "0", 2, true, 3, 4).maxBytes() + 2;

    private Overhead() {}

    /**
     * @param ipv6 whether the packets are of IPv6
     * @param turn whether they go through a relay
     * @return bytes of H.264 payload (RFC 6184) in a packet of that size
     */
    static int payloadBytes(int packetBytes, boolean ipv6, boolean turn) {
        return packetBytes - (ipv6 ? IPV6_UDP_BYTES : IPV4_UDP_BYTES) - SRTP_BYTES - RTP_BYTES - (turn ? TURN_SEND_BYTES : 0);
    }
}
