package revcam.signalling.whep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bearer token (RFC 6750) that lets viewers on other machines in.
 *
 * @param value null when nobody needs one; empty when nobody can have the right one
 * @param isNew made just now: to be shown this once
 */
record Token(String value, boolean isNew) {

    private static final Logger log = LoggerFactory.getLogger("revcam.signalling.whep");

    static final String FILE = "whep.token";
    private static final int RANDOM_BYTES = 24;

    /**
     * @param configured a token, {@code none}, or empty for a random one
     * @param directory where a random one is kept
     */
    static Token of(String configured, String directory) {
        String token = configured.strip();
        if (token.equals("none")) {
            log.warn("no token is needed: whoever reaches this machine can watch (token = none)");
            return new Token(null, false);
        }
        if (token.isEmpty()) {
            return kept(directory.strip());
        }
        if (!isWellFormed(token)) {
            log.error("{}: token must consist of letters, digits and -._~+/ (RFC 6750); until then only this machine "
                    + "itself is let in", Settings.FILE);
            return new Token("", false);
        }
        return new Token(token, false);
    }

    boolean isNeeded() {
        return value != null;
    }

    /** In a time that does not tell how much of it is right. */
    boolean matches(String offered) {
        return !value.isEmpty() && MessageDigest.isEqual(
                value.getBytes(StandardCharsets.UTF_8), offered.getBytes(StandardCharsets.UTF_8));
    }

    private static Token kept(String directory) {
        Path file = Path.of(directory).resolve(FILE);
        try {
            if (Files.exists(file)) {
                String token = Files.readString(file).strip();
                if (isWellFormed(token)) {
                    return new Token(token, false);
                }
                log.error("{} holds no token; making a new one", file);
            }
            String token = random();
            if (directory.isEmpty()) {
                log.warn("{}: no state directory, so the token changes with every start", Settings.FILE);
            } else {
                write(file, token);
            }
            return new Token(token, true);
        } catch (IOException e) {
            log.error("cannot keep the token in {} ({}), so it changes with every start", file, e.toString());
            return new Token(random(), true);
        }
    }

    private static void write(Path file, String token) throws IOException {
        Files.createDirectories(file.getParent());
        Path draft = Files.createTempFile(file.getParent(), FILE, ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(draft, token + "\n");
        try {
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static boolean isWellFormed(String token) {
        return token.matches("[A-Za-z0-9\\-._~+/]+=*");
    }

    /** A record would show its value. */
    @Override
    public String toString() {
        return "Token";
    }
}
