package revcam.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What OpenSSH's ssh-keygen has signed, and whoever has altered it since. */
class SignatureTest {

    private static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBC9i7Q9B7MJFzBcOayrNBrz7ExHnLW7eiekZYwc1qyS tester@example\n";
    private static final String FINGERPRINT = "SHA256:gIrFbaIr/wiWxPhC4H3cVHWrhXmR1HFnTq0G/p+SdAw"; // by ssh-keygen -l
    private static final byte[] MANIFEST = ("revcam-deploy 1\nmade 2026-11-26T18:00:00Z\nsha256 " + "0".repeat(63) + "7 12 a.jar\n")
            .getBytes(StandardCharsets.US_ASCII);
    private static final String BLOB = """
            U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgEL2LtD0HswkXMFw5rKs0GvPsTE
            ectbt6J6RljBzWrJIAAAANcmV2Y2FtLWRlcGxveQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtz
            c2gtZWQyNTUxOQAAAEATDEv8+TUQ2eZ7tVoaXPSy3agyeMf8gm/Dx/2sjbLJmizmUFt0aJ
            yWNqe8vtuySNgz852j9OAm4GB1/FXJHLAL
            """;
    /** By the same key, for the namespace file. */
    private static final String OTHER_BLOB = """
            U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgEL2LtD0HswkXMFw5rKs0GvPsTE
            ectbt6J6RljBzWrJIAAAAEZmlsZQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUx
            OQAAAEAjK804Xs9TpTwc4/dCGmynwrCdCvUdBcKRNfMOeC312OwCBbtQIdnSbENLQ0vkX/
            /n8LjF1hJTB/zNSrtBj70K
            """;

    @TempDir
    Path directory;

    private static byte[] armoured(String blob) {
        return ("-----BEGIN SSH SIGNATURE-----\n" + blob + "-----END SSH SIGNATURE-----\n").getBytes(StandardCharsets.US_ASCII);
    }

    private TrustedKeys trusted(String content) throws Exception {
        Path file = directory.resolve("trusted-keys");
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return new TrustedKeys(file);
    }

    private static String refusal(TrustedKeys keys, byte[] message, byte[] signature) {
        return assertThrows(DeploymentException.class, () -> keys.verify(message, signature)).getMessage();
    }

    @Test
    void whatSshKeygenSignsIsRead() throws Exception {
        TrustedKeys.Signer signer = trusted("# mine\n\n" + KEY).verify(MANIFEST, armoured(BLOB));
        assertEquals("tester@example (" + FINGERPRINT + ")", signer.toString());
        assertEquals(FINGERPRINT, signer.fingerprint());
    }

    @Test
    void noBitMayBeAnother() throws Exception {
        byte[] blob = Base64.getMimeDecoder().decode(BLOB);
        TrustedKeys keys = trusted(KEY);
        for (int bit = 0; bit < 8 * blob.length; bit++) {
            byte[] altered = blob.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            byte[] signature = armoured(Base64.getMimeEncoder(70, new byte[] {'\n'}).encodeToString(altered) + "\n");
            int where = bit;
            assertThrows(DeploymentException.class, () -> keys.verify(MANIFEST, signature), () -> "bit " + where + " does not matter");
        }
        for (int bit = 0; bit < 8 * MANIFEST.length; bit++) {
            byte[] altered = MANIFEST.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertTrue(refusal(keys, altered, armoured(BLOB)).contains("not what tester@example"), "bit " + bit);
        }
        for (int length = 0; length < blob.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(blob, length);
            byte[] signature = armoured(Base64.getMimeEncoder(70, new byte[] {'\n'}).encodeToString(cut) + "\n");
            assertThrows(DeploymentException.class, () -> keys.verify(MANIFEST, signature));
        }
    }

    @Test
    void aSignatureHoldsForWhatItWasMadeFor() throws Exception {
        String other = refusal(trusted(KEY), "x".getBytes(StandardCharsets.US_ASCII), armoured(OTHER_BLOB));
        assertTrue(other.contains("made for 'file'"), other);
        assertTrue(refusal(trusted(KEY), MANIFEST, "hello".getBytes(StandardCharsets.US_ASCII)).contains("no SSH signature"));
    }

    @Test
    void whomTheFileDoesNotNameIsNotTrusted() throws Exception {
        String nobody = refusal(new TrustedKeys(directory.resolve("none")), MANIFEST, armoured(BLOB));
        assertTrue(nobody.startsWith("the key " + FINGERPRINT + " is not trusted here; no key is"), nobody);
        assertTrue(refusal(trusted(TestSets.makersKey()), MANIFEST, armoured(BLOB)).contains("1 other is"));
        assertTrue(refusal(trusted("ssh-rsa AAAA x\n" + KEY), MANIFEST, armoured(BLOB)).contains("no key of type ssh-ed25519"));
        assertTrue(refusal(trusted("ssh-ed25519 &&& x\n"), MANIFEST, armoured(BLOB)).contains("no public key"));
    }

    @Test
    void aFileThatOthersCanWriteTrustsNobody() throws Exception {
        TrustedKeys keys = trusted(KEY);
        Files.setPosixFilePermissions(directory.resolve("trusted-keys"), PosixFilePermissions.fromString("rw--w----"));
        assertTrue(refusal(keys, MANIFEST, armoured(BLOB)).contains("chmod 600"));
    }

    @Test
    void theTestsMakerSignsLikeSshKeygen() throws Exception {
        byte[] message = "hello\n".getBytes(StandardCharsets.US_ASCII);
        assertEquals("maker@example", trusted(TestSets.makersKey())
                .verify(message, TestSets.signature(message, SshSignature.NAMESPACE)).comment());
    }
}
