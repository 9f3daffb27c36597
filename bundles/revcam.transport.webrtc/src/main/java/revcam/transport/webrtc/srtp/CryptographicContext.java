package revcam.transport.webrtc.srtp;

import java.util.Arrays;

/**
 * Session keys of one direction, for SRTP or for SRTCP (RFC 3711, sections 3.2 and 4.3), and what is computed with them.
 * Not thread-safe.
 */
final class CryptographicContext {

    /** Bytes of the authentication tag at the end of a packet. */
    static final int TAG_BYTES = HmacSha1.TAG_BYTES;

    private static final int SRTP_LABELS = 0;
    private static final int SRTCP_LABELS = 3;

    private final AesCounterMode cipher;
    private final HmacSha1 authentication;
    private final long saltHigh;
    private final long saltLow;

    private CryptographicContext(byte[] masterKey, byte[] masterSalt, int firstLabel) {
        if (masterKey.length != AesCounterMode.KEY_BYTES || masterSalt.length != AesCounterMode.SALT_BYTES) {
            throw new IllegalArgumentException("AES_CM_128_HMAC_SHA1_80 takes a master key of "
                    + AesCounterMode.KEY_BYTES + " bytes and a master salt of " + AesCounterMode.SALT_BYTES
                    + ", not " + masterKey.length + " and " + masterSalt.length);
        }
        AesCounterMode master = new AesCounterMode(masterKey);
        byte[] key = master.derive(masterSalt, firstLabel, AesCounterMode.KEY_BYTES);
        byte[] authenticationKey = master.derive(masterSalt, firstLabel + 1, HmacSha1.KEY_BYTES);
        byte[] salt = master.derive(masterSalt, firstLabel + 2, AesCounterMode.SALT_BYTES);
        cipher = new AesCounterMode(key);
        authentication = new HmacSha1(authenticationKey);
        long high = 0;
        long low = 0;
        for (int i = 0; i < 8; i++) {
            high = high << 8 | salt[i] & 0xff;
            low = low << 8 | (i < 6 ? salt[8 + i] & 0xff : 0);
        }
        saltHigh = high;
        saltLow = low;
        Arrays.fill(key, (byte) 0);
        Arrays.fill(authenticationKey, (byte) 0);
        Arrays.fill(salt, (byte) 0);
    }

    static CryptographicContext srtp(byte[] masterKey, byte[] masterSalt) {
        return new CryptographicContext(masterKey, masterSalt, SRTP_LABELS);
    }

    static CryptographicContext srtcp(byte[] masterKey, byte[] masterSalt) {
        return new CryptographicContext(masterKey, masterSalt, SRTCP_LABELS);
    }

    /**
     * Enciphers or deciphers with the initial counter block of RFC 3711, section 4.1.1. {@code in} and {@code out} may be
     * the same array at the same offset.
     *
     * @param index 48 bits: SRTP's rollover counter and sequence number, or SRTCP's index
     */
    void crypt(int ssrc, long index, byte[] in, int inOffset, int bytes, byte[] out, int outOffset) {
        cipher.crypt(saltHigh ^ (ssrc & 0xffffffffL), saltLow ^ index << 16, in, inOffset, bytes, out, outOffset);
    }

    /** Writes the tag of {@code bytes} of data; it may overwrite them. */
    void sign(byte[] data, int offset, int bytes, byte[] out, int outOffset) {
        authentication.sign(data, offset, bytes, out, outOffset);
    }

    boolean verify(byte[] data, int offset, int bytes, byte[] tag, int tagOffset) {
        return authentication.verify(data, offset, bytes, tag, tagOffset);
    }
}
