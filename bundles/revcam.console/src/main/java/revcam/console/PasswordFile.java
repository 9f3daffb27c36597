package revcam.console;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import revcam.api.config.DurableFile;

/**
 * A password kept as a salted PBKDF2-HMAC-SHA256 hash (RFC 8018) in a file that only its owner can read: one line,
 * {@code pbkdf2-hmac-sha256 <iterations> <salt> <hash>}, the last two in base64. Thread-safe.
 */
final class PasswordFile {

    private static final String SCHEME = "pbkdf2-hmac-sha256";
    private static final int ITERATIONS = 100_000;
    private static final int MAX_ITERATIONS = 10_000_000;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final int iterations;
    private final byte[] salt;
    private final byte[] hash;
    /** A key of this process, so that a password once found right is recognised without another PBKDF2. */
    private final SecretKeySpec processKey = new SecretKeySpec(randomBytes(32), "HmacSHA256");
    private volatile byte[] rightMac = {};

    private PasswordFile(int iterations, byte[] salt, byte[] hash) {
        this.iterations = iterations;
        this.salt = salt;
        this.hash = hash;
    }

    /** @throws IOException also when the file is not one of these; the message says what to do */
    static PasswordFile read(Path file) throws IOException {
        String[] fields = Files.readString(file, StandardCharsets.ISO_8859_1).trim().split(" ");
        try {
            if (fields.length == 4 && fields[0].equals(SCHEME)) {
                int iterations = Integer.parseInt(fields[1]);
                byte[] salt = Base64.getDecoder().decode(fields[2]);
                byte[] hash = Base64.getDecoder().decode(fields[3]);
                if (iterations >= 1 && iterations <= MAX_ITERATIONS && salt.length > 0 && hash.length == HASH_BYTES) {
                    return new PasswordFile(iterations, salt, hash);
                }
            }
        } catch (IllegalArgumentException e) {
            // falls through to the one message for every malformed file
        }
        throw new IOException(file + " is damaged; delete it, and the next start makes a new password");
    }

    /** Writes the file so that after a power cut there is the whole of it or none. */
    static PasswordFile create(Path file, String password) throws IOException {
        byte[] salt = randomBytes(SALT_BYTES);
        byte[] hash = pbkdf2(password, salt, ITERATIONS);
        Base64.Encoder base64 = Base64.getEncoder();
        String line = SCHEME + " " + ITERATIONS + " " + base64.encodeToString(salt) + " "
                + base64.encodeToString(hash) + "\n";
        DurableFile.write(file, line.getBytes(StandardCharsets.US_ASCII));
        return new PasswordFile(ITERATIONS, salt, hash);
    }

    /** 100 random bits as five groups of letters and digits that are not easily confused. */
    static String randomPassword() {
        String alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
        StringBuilder password = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            password.append(i > 0 && i % 4 == 0 ? "-" : "").append(alphabet.charAt(RANDOM.nextInt(alphabet.length())));
        }
        return password.toString();
    }

    /** Compares in constant time. Costs a PBKDF2 unless this password was right before. */
    boolean matches(String password) {
        byte[] mac = mac(password);
        if (MessageDigest.isEqual(mac, rightMac)) {
            return true;
        }
        boolean right = MessageDigest.isEqual(pbkdf2(password, salt, iterations), hash);
        if (right) {
            rightMac = mac;
        }
        return right;
    }

    private byte[] mac(String password) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(processKey);
            return mac.doFinal(password.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] pbkdf2(String password, byte[] salt, int iterations) {
        try {
            PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, iterations, 8 * HASH_BYTES);
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }
}
