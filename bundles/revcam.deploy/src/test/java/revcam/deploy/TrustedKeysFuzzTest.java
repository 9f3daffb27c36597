package revcam.deploy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A list of trusted keys that says anything else than the maker's key trusts nothing of the maker's. */
class TrustedKeysFuzzTest {

    private static final Path FILE = temporary();
    private static final byte[] MESSAGE = "revcam-deploy 1\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] SIGNATURE = signature();

    static Stream<byte[]> lists() {
        return Stream.of("# who\n" + TestSets.makersKey(), TestSets.makersKey().strip(), "ssh-ed25519 AAAA\n", "ssh-rsa AAAA\n")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("lists")
    @FuzzTest(maxDuration = "5m")
    void keys(byte[] data) throws IOException {
        Files.write(FILE, data);
        try {
            TrustedKeys.Signer signer = new TrustedKeys(FILE).verify(MESSAGE, SIGNATURE);
            String key = TestSets.makersKey().split(" ")[1];
            // Base64 may end in other bits that mean the same.
            assertTrue(new String(data, StandardCharsets.UTF_8).contains(key.substring(0, key.length() - 2)));
            assertTrue(signer.fingerprint().startsWith("SHA256:"));
        } catch (DeploymentException e) {
            assertTrue(!e.getMessage().isEmpty());
        }
    }

    private static byte[] signature() {
        try {
            return TestSets.signature(MESSAGE, SshSignature.NAMESPACE);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path temporary() {
        try {
            Path file = Files.createTempFile(Path.of("target"), "trusted", "keys",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
