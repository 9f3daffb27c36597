package revcam.transport.webrtc.srtp;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * HMAC-SHA1 (RFC 2104) of packets, cut to 80 bits. {@code javax.crypto.Mac} allocates in every call; this does not. Not
 * thread-safe.
 */
final class HmacSha1 {

    static final int KEY_BYTES = 20;
    static final int TAG_BYTES = 10;

    private static final int BLOCK_BYTES = 64;

    private final MessageDigest sha1;
    private final byte[] innerPad;
    private final byte[] outerPad;
    private final byte[] hash = new byte[20];

    HmacSha1(byte[] key) {
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java runtime has no SHA-1", e);
        }
        innerPad = pad(key, 0x36);
        outerPad = pad(key, 0x5c);
    }

    private static byte[] pad(byte[] key, int value) {
        byte[] pad = Arrays.copyOf(key, BLOCK_BYTES);
        for (int i = 0; i < BLOCK_BYTES; i++) {
            pad[i] ^= (byte) value;
        }
        return pad;
    }

    /** The tag may overwrite what it authenticates. */
    void sign(byte[] data, int offset, int bytes, byte[] out, int outOffset) {
        hash(data, offset, bytes);
        System.arraycopy(hash, 0, out, outOffset, TAG_BYTES);
    }

    /** Compares in a time that does not depend on where the tags differ. */
    boolean verify(byte[] data, int offset, int bytes, byte[] tag, int tagOffset) {
        hash(data, offset, bytes);
        int difference = 0;
        for (int i = 0; i < TAG_BYTES; i++) {
            difference |= hash[i] ^ tag[tagOffset + i];
        }
        return difference == 0;
    }

    private void hash(byte[] data, int offset, int bytes) {
        try {
            sha1.update(innerPad);
            sha1.update(data, offset, bytes);
            sha1.digest(hash, 0, hash.length);
            sha1.update(outerPad);
            sha1.update(hash);
            sha1.digest(hash, 0, hash.length);
        } catch (DigestException e) {
            throw new IllegalStateException(e);
        }
    }
}
