package revcam.transport.webrtc.srtp;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Session keys of one direction, for SRTP or for SRTCP (RFC 3711, sections 3.2 and 4.3), and what is computed with them
 * in one packet's memory. Not thread-safe.
 */
final class CryptographicContext implements AutoCloseable {

    /** Bytes of the authentication tag at the end of a packet. */
    static final int TAG_BYTES = HmacSha1.TAG_BYTES;

    private static final int SRTP_LABELS = 0;
    private static final int SRTCP_LABELS = 3;

    private final PacketCipher cipher;
    private final long saltHigh;
    private final long saltLow;

    private CryptographicContext(
            Ciphers ciphers, ByteBuffer packet, byte[] masterKey, byte[] masterSalt, int firstLabel) {
        if (masterKey.length != AesCounterMode.KEY_BYTES || masterSalt.length != AesCounterMode.SALT_BYTES) {
            throw new IllegalArgumentException("AES_CM_128_HMAC_SHA1_80 takes a master key of "
                    + AesCounterMode.KEY_BYTES + " bytes and a master salt of " + AesCounterMode.SALT_BYTES
                    + ", not " + masterKey.length + " and " + masterSalt.length);
        }
        AesCounterMode master = new AesCounterMode(masterKey);
        byte[] key = master.derive(masterSalt, firstLabel, AesCounterMode.KEY_BYTES);
        byte[] authenticationKey = master.derive(masterSalt, firstLabel + 1, HmacSha1.KEY_BYTES);
        byte[] salt = master.derive(masterSalt, firstLabel + 2, AesCounterMode.SALT_BYTES);
        cipher = ciphers.open(key, authenticationKey, packet);
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

    static CryptographicContext srtp(Ciphers ciphers, ByteBuffer packet, byte[] masterKey, byte[] masterSalt) {
        return new CryptographicContext(ciphers, packet, masterKey, masterSalt, SRTP_LABELS);
    }

    static CryptographicContext srtcp(Ciphers ciphers, ByteBuffer packet, byte[] masterKey, byte[] masterSalt) {
        return new CryptographicContext(ciphers, packet, masterKey, masterSalt, SRTCP_LABELS);
    }

    /**
     * Enciphers or deciphers in place, with the initial counter block of RFC 3711, section 4.1.1.
     *
     * @param index 48 bits: SRTP's rollover counter and sequence number, or SRTCP's index
     */
    void crypt(int ssrc, long index, int offset, int bytes) {
        cipher.crypt(offset, bytes, saltHigh ^ (ssrc & 0xffffffffL), saltLow ^ index << 16);
    }

    /** Writes the tag of the packet's first {@code bytes}; it may overwrite some of them. */
    void sign(int bytes, int tagOffset) {
        cipher.sign(bytes, tagOffset);
    }

    boolean verify(int bytes, int tagOffset) {
        return cipher.verify(bytes, tagOffset);
    }

    @Override
    public void close() {
        cipher.close();
    }
}
