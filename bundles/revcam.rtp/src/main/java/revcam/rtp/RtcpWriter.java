package revcam.rtp;

import java.nio.charset.StandardCharsets;

/** Writes the RTCP of a source that only sends: sender reports without report blocks, its CNAME, its BYE. */
public final class RtcpWriter {

    private static final int VERSION_2 = 2 << 6;
    private static final int SENDER_REPORT = 200;
    private static final int SOURCE_DESCRIPTION = 202;
    private static final int BYE = 203;
    private static final int SDES_CNAME = 1;
    private static final int SENDER_REPORT_BYTES = 28;
    private static final int BYE_BYTES = 8;

    private final int ssrc;
    private final byte[] description;

    /**
     * @param cname canonical name (RFC 7022), 1 to 255 bytes of UTF-8
     */
    public RtcpWriter(int ssrc, String cname) {
        this.ssrc = ssrc;
        byte[] name = cname.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length > 255) {
            throw new IllegalArgumentException("a CNAME has 1 to 255 bytes, not " + name.length);
        }
        // A null item ends the chunk, then it is filled to a whole word: 1 to 4 zero bytes (RFC 3550, section 6.5).
        int words = (4 + 4 + 2 + name.length) / 4 + 1;
        description = new byte[4 * words];
        putHeader(description, 0, 1, SOURCE_DESCRIPTION, description.length);
        Bytes.putInt(description, 4, ssrc);
        description[8] = SDES_CNAME;
        description[9] = (byte) name.length;
        System.arraycopy(name, 0, description, 10, name.length);
    }

    /** The longest packet that this can write. */
    public int maxBytes() {
        return SENDER_REPORT_BYTES + description.length + BYE_BYTES;
    }

    /**
     * Writes a compound packet of SR and SDES to the start of {@code out}.
     *
     * @param ntp {@link NtpTime#ofMillis} of now
     * @param rtpTimestamp now on the media clock
     * @param packets sent since the beginning, without retransmissions on another SSRC; low 32 bits count
     * @param octets of payload in them; low 32 bits count
     * @return length of the packet
     */
    public int writeSenderReport(byte[] out, long ntp, int rtpTimestamp, long packets, long octets) {
        putHeader(out, 0, 0, SENDER_REPORT, SENDER_REPORT_BYTES);
        Bytes.putInt(out, 4, ssrc);
        Bytes.putLong(out, 8, ntp);
        Bytes.putInt(out, 16, rtpTimestamp);
        Bytes.putInt(out, 20, (int) packets);
        Bytes.putInt(out, 24, (int) octets);
        System.arraycopy(description, 0, out, SENDER_REPORT_BYTES, description.length);
        return SENDER_REPORT_BYTES + description.length;
    }

    /**
     * Appends a BYE to a sender report.
     *
     * @param length of the packet so far
     * @return length of the packet
     */
    public int appendBye(byte[] out, int length) {
        putHeader(out, length, 1, BYE, BYE_BYTES);
        Bytes.putInt(out, length + 4, ssrc);
        return length + BYE_BYTES;
    }

    private static void putHeader(byte[] out, int at, int count, int type, int bytes) {
        out[at] = (byte) (VERSION_2 | count);
        out[at + 1] = (byte) type;
        Bytes.putShort(out, at + 2, bytes / 4 - 1);
    }
}
