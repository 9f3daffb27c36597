package revcam.deploy;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A signature as {@code ssh-keygen -Y sign -n revcam-deploy} makes it (OpenSSH's PROTOCOL.sshsig), by an Ed25519 key
 * (RFC 8709): no other kind is read.
 *
 * @param key the signer's, as in the second word of a public key's file, decoded
 */
record SshSignature(byte[] key, byte[] hashName, byte[] signature) {

    static final String NAMESPACE = "revcam-deploy";
    static final String KEY_TYPE = "ssh-ed25519";

    private static final Pattern ARMOUR = Pattern.compile(
            "\\s*-----BEGIN SSH SIGNATURE-----\\s+([A-Za-z0-9+/=\\s]+?)\\s+-----END SSH SIGNATURE-----\\s*");
    private static final byte[] MAGIC = "SSHSIG".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    /** What stands before the 32 bytes of a key in a SubjectPublicKeyInfo (RFC 8410, section 4). */
    private static final byte[] X509_PREFIX = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    private static final int KEY_LENGTH = 32;

    /** @throws DeploymentException it is no such signature */
    static SshSignature parse(byte[] armoured) throws DeploymentException {
        Matcher armour = ARMOUR.matcher(new String(armoured, StandardCharsets.ISO_8859_1));
        if (!armour.matches()) {
            throw bad("there is no SSH signature in it");
        }
        try {
            ByteBuffer blob = ByteBuffer.wrap(Base64.getMimeDecoder().decode(armour.group(1))).order(ByteOrder.BIG_ENDIAN);
            byte[] magic = new byte[MAGIC.length];
            blob.get(magic);
            if (!Arrays.equals(magic, MAGIC) || blob.getInt() != VERSION) {
                throw bad("it is of another version");
            }
            byte[] key = string(blob);
            String namespace = ascii(string(blob));
            if (!namespace.equals(NAMESPACE)) {
                throw bad("it was made for '" + Words.shown(namespace) + "', not for " + NAMESPACE);
            }
            string(blob); // reserved
            byte[] hash = string(blob);
            ByteBuffer inner = ByteBuffer.wrap(string(blob));
            String type = ascii(string(inner));
            if (!type.equals(KEY_TYPE)) {
                throw bad("it was made with a key of type '" + Words.shown(type) + "', and only " + KEY_TYPE + " will do");
            }
            return new SshSignature(key, hash, string(inner));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw bad("it is damaged");
        }
    }

    /** Whether the key that it names has signed this message. */
    boolean isOf(byte[] message) {
        try {
            String digest = switch (ascii(hashName)) {
                case "sha256" -> "SHA-256";
                case "sha512" -> "SHA-512";
                default -> throw new GeneralSecurityException("a hash that is not allowed");
            };
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(publicKey(key));
            verifier.update(MAGIC);
            for (byte[] part : new byte[][] {NAMESPACE.getBytes(StandardCharsets.US_ASCII), {}, hashName,
                    MessageDigest.getInstance(digest).digest(message)}) {
                verifier.update(ByteBuffer.allocate(4).putInt(part.length).flip());
                verifier.update(part);
            }
            return verifier.verify(signature);
        } catch (GeneralSecurityException | BufferUnderflowException | IllegalArgumentException e) {
            return false;
        }
    }

    private static PublicKey publicKey(byte[] blob) throws GeneralSecurityException {
        ByteBuffer buffer = ByteBuffer.wrap(blob);
        String type = ascii(string(buffer));
        byte[] raw = string(buffer);
        if (!type.equals(KEY_TYPE) || raw.length != KEY_LENGTH || buffer.hasRemaining()) {
            throw new GeneralSecurityException("no " + KEY_TYPE + " key");
        }
        byte[] encoded = Arrays.copyOf(X509_PREFIX, X509_PREFIX.length + KEY_LENGTH);
        System.arraycopy(raw, 0, encoded, X509_PREFIX.length, KEY_LENGTH);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    }

    private static byte[] string(ByteBuffer buffer) {
        int length = buffer.getInt();
        if (length < 0 || length > buffer.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    private static String ascii(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static DeploymentException bad(String what) {
        return new DeploymentException(SetManifest.SIGNATURE + " cannot be used: " + what
                + "; ssh-keygen -Y sign -n " + NAMESPACE + " -f KEY " + SetManifest.NAME + " makes one");
    }
}
