package revcam.signalling.whep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.DurableFile;

/**
 * The bearer token (RFC 6750) that lets viewers on other machines in.
 *
 * @param value null when nobody needs one
 * @param isNew made just now: to be shown this once
 */
record Token(String value, boolean isNew) {

    private static final Logger log = LoggerFactory.getLogger("revcam.signalling.whep");

    static final String FILE = "whep.token";
    private static final int RANDOM_BYTES = 24;

    /**
     * @param configured a well-formed token, {@code none}, or empty for a random one
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
        return new Token(token, false);
    }

    /** @throws IllegalArgumentException unless it can be given to {@link #of} */
    static String checked(String configured) {
        if (!configured.isEmpty() && !isWellFormed(configured)) {
            throw new IllegalArgumentException();
        }
        return configured;
    }

    boolean isNeeded() {
        return value != null;
    }

    /** In a time that does not tell how much of it is right. */
    boolean matches(String offered) {
        return MessageDigest.isEqual(
                value.getBytes(StandardCharsets.UTF_8), offered.getBytes(StandardCharsets.UTF_8));
    }

    private static Token kept(String directory) {
        if (directory.isEmpty()) {
            log.warn("{}: no state directory, so the token changes with every start", Signalling.FILE);
            return new Token(random(), true);
        }
        Path file = Path.of(directory).resolve(FILE);
        try {
            if (Files.exists(file)) {
                String token = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
                // Shorter than one that was made here: the file was cut off, and the rest would be easy to guess.
                if (isWellFormed(token) && token.length() >= random().length()) {
                    return new Token(token, false);
                }
                log.error("{} is damaged; making a new token", file);
            }
            String token = random();
            DurableFile.write(file, (token + "\n").getBytes(StandardCharsets.US_ASCII));
            return new Token(token, true);
        } catch (IOException e) {
            log.error("cannot keep the token in {} ({}), so it changes with every start", file, e.toString());
            return new Token(random(), true);
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
