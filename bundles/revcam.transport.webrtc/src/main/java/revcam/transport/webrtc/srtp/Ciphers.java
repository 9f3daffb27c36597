package revcam.transport.webrtc.srtp;

import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * AES-128 in counter mode and HMAC-SHA1, from wherever they are computed: the one place that chooses between the
 * system's libcrypto and Java. Any thread; what is opened belongs to one.
 */
interface Ciphers {

    /** Memory for one packet that these ciphers can work on. Big-endian, position 0. */
    ByteBuffer allocate(int bytes);

    /**
     * @param cipherKey 16 bytes, not kept
     * @param authenticationKey 20 bytes, not kept
     * @param packet from {@link #allocate}; several may share it
     */
    PacketCipher open(byte[] cipherKey, byte[] authenticationKey, ByteBuffer packet);

    /** The fastest there are. The first call loads and tries libcrypto, which takes some 10 ms on a PC. */
    static Ciphers best() {
        return Best.CIPHERS;
    }

    /** Chosen when first asked for, since that must not delay the start. */
    final class Best {

        private static final Logger LOG = LoggerFactory.getLogger(Ciphers.class);
        private static final Ciphers CIPHERS = choose();

        private Best() {}

        private static Ciphers choose() {
            try {
                Ciphers libcrypto = LibcryptoCiphers.load();
                LOG.info("SRTP by {}", libcrypto);
                return libcrypto;
            } catch (LinkageError | IllegalStateException e) {
                // NoClassDefFoundError where there is no JNA.
                LOG.info("SRTP in Java, which takes several times the CPU: {}. On 64-bit Linux, sudo apt install "
                        + "libssl3 and a restart help", e.getMessage());
                return JavaCiphers.INSTANCE;
            }
        }
    }
}
