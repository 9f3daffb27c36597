package revcam.transport.webrtc.srtp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES in counter mode (RFC 3711, section 4.1.1). It enciphers counter blocks in ECB mode, because the platform's own CTR
 * mode wants a new initialisation, with new objects, for every packet. Not thread-safe.
 */
final class AesCounterMode {

    static final int KEY_BYTES = 16;
    static final int SALT_BYTES = 14;

    private static final int BLOCK_BYTES = 16;
    /** Key stream made at a time: a packet of usual size takes one call of the cipher. */
    private static final int CHUNK_BYTES = 80 * BLOCK_BYTES;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final Cipher ecb;
    private final byte[] counters = new byte[CHUNK_BYTES];
    private final byte[] keyStream = new byte[CHUNK_BYTES];

    AesCounterMode(byte[] key) {
        try {
            ecb = Cipher.getInstance("AES/ECB/NoPadding");
            ecb.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java runtime has no AES/ECB/NoPadding: " + e.getMessage(), e);
        }
    }

    /**
     * Enciphers or deciphers. {@code in} and {@code out} may be the same array at the same offset.
     *
     * @param ivHigh first half of the initial counter block
     * @param ivLow second half; its last 16 bits, the block counter, are zero
     */
    void crypt(long ivHigh, long ivLow, byte[] in, int inOffset, int bytes, byte[] out, int outOffset) {
        long counter = ivLow;
        for (int done = 0; done < bytes; ) {
            int chunk = Math.min(CHUNK_BYTES, bytes - done);
            int padded = (chunk + BLOCK_BYTES - 1) & -BLOCK_BYTES;
            for (int i = 0; i < padded; i += BLOCK_BYTES) {
                LONG.set(counters, i, ivHigh);
                LONG.set(counters, i + 8, counter++);
            }
            try {
                ecb.update(counters, 0, padded, keyStream, 0);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
            // Byte by byte: C2 makes vectors of it, and C1 is slower with a VarHandle of longs.
            for (int i = 0; i < chunk; i++) {
                out[outOffset + done + i] = (byte) (in[inOffset + done + i] ^ keyStream[i]);
            }
            done += chunk;
        }
    }

    /**
     * Derives a session key or salt from this master key with a key derivation rate of 0 (RFC 3711, sections 4.3.1 and
     * 4.3.3).
     */
    byte[] derive(byte[] masterSalt, int label, int bytes) {
        byte[] iv = Arrays.copyOf(masterSalt, BLOCK_BYTES);
        iv[7] ^= (byte) label;
        byte[] derived = new byte[bytes];
        crypt((long) LONG.get(iv, 0), (long) LONG.get(iv, 8), derived, 0, bytes, derived, 0);
        return derived;
    }
}
