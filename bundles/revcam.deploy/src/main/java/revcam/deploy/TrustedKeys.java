package revcam.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Whose sets are deployed: a file of public keys, {@code ssh-ed25519 BASE64 COMMENT}, one a line. It is read anew each time,
 * so that a line takes effect at once; whoever may write it may run code here, so it must be writable by its owner alone.
 */
final class TrustedKeys {

    /**
     * @param fingerprint as {@code ssh-keygen -l} shows it
     * @param comment for people; may be empty
     */
    record Signer(String fingerprint, String comment) {

        @Override
        public String toString() {
            return comment.isEmpty() ? fingerprint : comment + " (" + fingerprint + ")";
        }
    }

    private final Path file;

    TrustedKeys(Path file) {
        this.file = file;
    }

    /**
     * Who has signed this.
     *
     * @throws DeploymentException nobody whom this camera trusts
     */
    Signer verify(byte[] message, byte[] armoured) throws DeploymentException {
        SshSignature signature = SshSignature.parse(armoured);
        String fingerprint = fingerprint(signature.key());
        Map<String, Signer> trusted = read();
        Signer signer = trusted.get(fingerprint);
        if (signer == null) {
            throw new DeploymentException("the key " + fingerprint + " is not trusted here; "
                    + (trusted.isEmpty() ? "no key is" : trusted.size() + (trusted.size() == 1 ? " other is" : " others are"))
                    + ". To trust it, on the camera: sudo revcam trust KEY.pub, or ./revcam deploy --trust KEY.pub");
        }
        if (!signature.isOf(message)) {
            throw new DeploymentException(SetManifest.NAME + " is not what " + signer
                    + " has signed: it was altered, or the signature is another set's; make the set anew");
        }
        return signer;
    }

    private Map<String, Signer> read() throws DeploymentException {
        Map<String, Signer> signers = new LinkedHashMap<>();
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.contains(PosixFilePermission.GROUP_WRITE) || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new DeploymentException("no key is trusted while others can write " + file + "; chmod 600 it");
            }
            for (String line : Files.readAllLines(file)) {
                String[] words = line.strip().split("\\s+", 3);
                if (words.length >= 2 && words[0].equals(SshSignature.KEY_TYPE)) {
                    try {
                        String fingerprint = fingerprint(Base64.getDecoder().decode(words[1]));
                        signers.put(fingerprint, new Signer(fingerprint, words.length == 3 ? Words.shown(words[2]) : ""));
                    } catch (IllegalArgumentException e) {
                        throw new DeploymentException(file + ": a line is no public key: " + Words.shown(line));
                    }
                } else if (!line.isBlank() && !line.strip().startsWith("#")) {
                    throw new DeploymentException(file + ": a line is no key of type " + SshSignature.KEY_TYPE + ": "
                            + Words.shown(line));
                }
            }
        } catch (NoSuchFileException e) {
            return signers;
        } catch (IOException e) {
            throw new DeploymentException("no key is trusted: " + file + " cannot be read: " + Words.of(e));
        }
        return signers;
    }

    private static String fingerprint(byte[] key) {
        try {
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
