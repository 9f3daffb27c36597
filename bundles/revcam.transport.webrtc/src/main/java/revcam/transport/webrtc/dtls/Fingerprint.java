package revcam.transport.webrtc.dtls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;

/**
 * The hash of a certificate as an {@code a=fingerprint} line gives it (RFC 8122, section 5).
 *
 * @param algorithm such as {@code sha-256}, lower case
 */
public record Fingerprint(String algorithm, byte[] hash) {

    /** Those that are neither broken nor absent from the Java platform, and their sizes. */
    private static final Map<String, Integer> HASH_BYTES = Map.of("sha-256", 32, "sha-384", 48, "sha-512", 64);

    private static final HexFormat HEX = HexFormat.ofDelimiter(":").withUpperCase();

    /**
     * Reads the value of an {@code a=fingerprint} line.
     *
     * @return null for an algorithm that is not trusted
     * @throws IllegalArgumentException when it is malformed; the message says how
     */
    public static Fingerprint parse(String value) {
        int space = value.indexOf(' ');
        if (space <= 0) {
            throw new IllegalArgumentException("fingerprint must be an algorithm and a hash");
        }
        String algorithm = value.substring(0, space).toLowerCase(Locale.ROOT);
        Integer bytes = HASH_BYTES.get(algorithm);
        if (bytes == null) {
            return null;
        }
        String hash = value.substring(space + 1);
        if (hash.length() != 3 * bytes - 1) {
            throw new IllegalArgumentException("fingerprint of " + algorithm + " must have " + bytes + " bytes");
        }
        try {
            return new Fingerprint(algorithm, HEX.parseHex(hash));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("fingerprint must be hexadecimal bytes with colons between");
        }
    }

    /** That of a certificate in DER. */
    public static Fingerprint sha256(byte[] certificate) {
        return new Fingerprint("sha-256", digest("sha-256", certificate));
    }

    /** Whether it is {@code certificate}'s, in DER. */
    public boolean matches(byte[] certificate) {
        return MessageDigest.isEqual(hash, digest(algorithm, certificate));
    }

    /** The value of an {@code a=fingerprint} line. */
    @Override
    public String toString() {
        return algorithm + ' ' + HEX.formatHex(hash);
    }

    private static byte[] digest(String algorithm, byte[] data) {
        try {
            return MessageDigest.getInstance(algorithm.toUpperCase(Locale.ROOT)).digest(data);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
