package revcam.ssh;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Iterator;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.DurableFile;

/** The server's own Ed25519 key, in OpenSSH's format: made once, when there is none. */
final class HostKey {

    private static final Logger LOG = LoggerFactory.getLogger(HostKey.class);
    private static final int ED25519_BITS = 256;

    private HostKey() {}

    /**
     * @throws IOException there is a file, and no key in it: another key would tell every client of an attack, so that is for
     *         a person to decide
     */
    static KeyPair loadOrMake(Path file) throws IOException, GeneralSecurityException {
        if (Files.exists(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                Iterable<KeyPair> keys = SecurityUtils.loadKeyPairIdentities(null, NamedResource.ofName(file.toString()), in, null);
                Iterator<KeyPair> found = keys == null ? null : keys.iterator();
                if (found != null && found.hasNext()) {
                    return found.next();
                }
            } catch (GeneralSecurityException | RuntimeException e) {
                LOG.debug("{}: {}", file, e.toString());
            }
            throw new IOException(file + " holds no private key; restore it, or delete it so that a new one is made");
        }
        KeyPair made = KeyUtils.generateKeyPair(KeyPairProvider.SSH_ED25519, ED25519_BITS);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(made, "revcam", null, text);
        DurableFile.write(file, text.toByteArray());
        LOG.info("ssh: a new host key: {}", KeyUtils.getFingerPrint(made.getPublic()));
        return made;
    }
}
