package revcam.transport.webrtc.ice;

import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;

/**
 * A view of one received STUN message (RFC 8489), made to be used again for the next: nothing is allocated. Not
 * thread-safe.
 */
final class StunMessage {

    private final CRC32 crc = new CRC32();
    private final byte[] computed = new byte[Stun.HMAC_SHA1_BYTES];
    private final byte[] length = new byte[2];

    private byte[] bytes;
    private int type;
    private int usernameAt;
    private int usernameBytes;
    private int integrityAt;
    private boolean fingerprint;
    private boolean useCandidate;
    private boolean controlled;
    private int unknownAttribute;

    /**
     * Reads a message that fills {@code size} bytes of {@code source} from 0 exactly. The array is kept until the next
     * call and must not change meanwhile.
     *
     * @return false for anything but a well-formed message whose fingerprint, if it has one, is right
     */
    boolean read(byte[] source, int size) {
        bytes = source;
        usernameAt = -1;
        usernameBytes = 0;
        integrityAt = -1;
        fingerprint = false;
        useCandidate = false;
        controlled = false;
        unknownAttribute = 0;
        // Two zero bits, a length in words that ends with the datagram, and the cookie (RFC 8489, section 5).
        if (size < Stun.HEADER_BYTES || size > source.length || (source[0] & 0xC0) != 0 || (size & 3) != 0
                || u16(2) != size - Stun.HEADER_BYTES || i32(4) != Stun.MAGIC_COOKIE) {
            return false;
        }
        type = u16(0);
        int at = Stun.HEADER_BYTES;
        while (at < size) {
            int attribute = u16(at);
            int valueBytes = u16(at + 2);
            int valueAt = at + 4;
            int next = valueAt + ((valueBytes + 3) & ~3);
            if (next > size) {
                return false;
            }
            if (attribute == Stun.FINGERPRINT) {
                // The last attribute (RFC 8489, section 14.7).
                if (valueBytes != 4 || next != size || i32(valueAt) != fingerprint(at)) {
                    return false;
                }
                fingerprint = true;
            } else if (integrityAt < 0 && !take(attribute, at, valueBytes)) {
                return false;
            }
            // What follows MESSAGE-INTEGRITY is not covered by it, and is ignored (RFC 8489, section 14.5).
            at = next;
        }
        return true;
    }

    private boolean take(int attribute, int at, int valueBytes) {
        switch (attribute) {
            case Stun.USERNAME:
                // Of an attribute that comes twice the first counts (RFC 8489, section 14).
                if (usernameAt < 0) {
                    usernameAt = at + 4;
                    usernameBytes = valueBytes;
                }
                return true;
            case Stun.MESSAGE_INTEGRITY:
                integrityAt = at;
                return valueBytes == Stun.HMAC_SHA1_BYTES;
            case Stun.USE_CANDIDATE:
                useCandidate = true;
                return valueBytes == 0;
            case Stun.ICE_CONTROLLED:
                controlled = true;
                return valueBytes == 8;
            case Stun.ICE_CONTROLLING:
                return valueBytes == 8;
            case Stun.PRIORITY:
                return valueBytes == 4;
            case Stun.MAPPED_ADDRESS:
            case Stun.ERROR_CODE:
            case Stun.UNKNOWN_ATTRIBUTES:
            case Stun.REALM:
            case Stun.NONCE:
            case Stun.MESSAGE_INTEGRITY_SHA256:
            case Stun.PASSWORD_ALGORITHM:
            case Stun.USERHASH:
            case Stun.XOR_MAPPED_ADDRESS:
                return true;
            default:
                if (attribute < Stun.COMPREHENSION_OPTIONAL && unknownAttribute == 0) {
                    unknownAttribute = attribute;
                }
                return true;
        }
    }

    int type() {
        return type;
    }

    /** 64 of the 96 bits of the transaction's id. */
    long transaction() {
        return (long) i32(8) << 32 | i32(12) & 0xFFFF_FFFFL;
    }

    boolean hasUsername() {
        return usernameAt >= 0;
    }

    int usernameAt() {
        return usernameAt;
    }

    int usernameBytes() {
        return usernameBytes;
    }

    boolean hasIntegrity() {
        return integrityAt >= 0;
    }

    boolean hasFingerprint() {
        return fingerprint;
    }

    boolean useCandidate() {
        return useCandidate;
    }

    /** Whether the sender believes to be the controlled agent. */
    boolean controlled() {
        return controlled;
    }

    /** The first attribute that had to be understood and was not, or 0. */
    int unknownAttribute() {
        return unknownAttribute;
    }

    /** Whether MESSAGE-INTEGRITY is there and was made with the key of {@code hmacSha1}. */
    boolean integrityMatches(Mac hmacSha1) {
        if (integrityAt < 0) {
            return false;
        }
        // As if the message ended with MESSAGE-INTEGRITY (RFC 8489, section 14.5).
        int coveredLength = integrityAt - Stun.HEADER_BYTES + 4 + Stun.HMAC_SHA1_BYTES;
        length[0] = (byte) (coveredLength >> 8);
        length[1] = (byte) coveredLength;
        hmacSha1.update(bytes, 0, 2);
        hmacSha1.update(length, 0, 2);
        hmacSha1.update(bytes, 4, integrityAt - 4);
        try {
            hmacSha1.doFinal(computed, 0);
        } catch (ShortBufferException e) {
            throw new IllegalArgumentException("not HMAC-SHA1", e);
        }
        int difference = 0;
        for (int i = 0; i < computed.length; i++) {
            difference |= computed[i] ^ bytes[integrityAt + 4 + i];
        }
        return difference == 0;
    }

    private int fingerprint(int end) {
        crc.reset();
        crc.update(bytes, 0, end);
        return (int) crc.getValue() ^ Stun.FINGERPRINT_XOR;
    }

    private int u16(int at) {
        return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
    }

    private int i32(int at) {
        return u16(at) << 16 | u16(at + 2);
    }
}
