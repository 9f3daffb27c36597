package revcam.ssh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.Set;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may come in: a file of public keys, one a line, {@code TYPE BASE64 COMMENT}. Options in front of a key, which sshd(8)
 * would obey, would not be obeyed here, so such a line lets nobody in. The file is read at each login; it must be its owner's
 * alone. The name of the user does not matter: there is one.
 */
final class AuthorizedKeys implements PublickeyAuthenticator {

    private static final Logger LOG = LoggerFactory.getLogger(AuthorizedKeys.class);
    private static final Set<String> TYPES = Set.of("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521", "ssh-rsa");
    /** An RSA key is this long, or it is too short. */
    private static final int SHORTEST_RSA_BITS = 2048;

    private final Path file;

    AuthorizedKeys(Path file) {
        this.file = file;
    }

    @Override
    public boolean authenticate(String user, PublicKey key, ServerSession session) {
        boolean known = isListed(key);
        if (!known) {
            LOG.info("ssh: a key is not in {}: {} of {}", file, KeyUtils.getFingerPrint(key), session.getClientAddress());
        }
        return known;
    }

    boolean isListed(PublicKey key) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (!Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE).containsAll(permissions)) {
                LOG.error("ssh: nobody is let in while others can read or write {}; chmod 600 it", file);
                return false;
            }
            for (String line : Files.readAllLines(file)) {
                if (!line.isBlank() && !line.strip().startsWith("#") && matches(line.strip(), key)) {
                    return true;
                }
            }
        } catch (NoSuchFileException e) {
            LOG.warn("ssh: there is no {}, so nobody is let in; sudo revcam trust KEY.pub, or ./revcam deploy --trust KEY.pub, makes it", file);
        } catch (IOException e) {
            LOG.error("ssh: nobody is let in, {} cannot be read: {}", file, e.toString());
        }
        return false;
    }

    private boolean matches(String line, PublicKey key) {
        if (!TYPES.contains(line.split("\\s+", 2)[0])) {
            LOG.warn("ssh: {}: a line lets nobody in: it begins with options, or with a type of key that is not taken", file);
            return false;
        }
        try {
            PublicKey listed = PublicKeyEntry.parsePublicKeyEntry(line).resolvePublicKey(null, null, null);
            return listed != null && KeyUtils.compareKeys(listed, key)
                    && !(KeyUtils.getKeyType(key).equals("ssh-rsa") && KeyUtils.getKeySize(key) < SHORTEST_RSA_BITS);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            LOG.warn("ssh: {}: a line is no public key: {}", file, e.toString());
            return false;
        }
    }
}
