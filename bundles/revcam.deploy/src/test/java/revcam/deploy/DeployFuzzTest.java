package revcam.deploy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whatever is sent as a set or found on the storage is taken or refused in words, never by another failure. */
class DeployFuzzTest {

    private static final Limits LIMITS = new Limits(1_000_000, 2_000_000, 200, 4);

    @FuzzTest(maxDuration = "2m")
    void manifest(byte[] data) {
        try {
            SetManifest.parse(data);
        } catch (TornException | DeploymentException e) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "2m")
    void signature(byte[] data) {
        try {
            SshSignature.parse(data).isOf(data);
        } catch (DeploymentException e) {
            // refused
        }
    }

    @FuzzTest(maxDuration = "2m")
    void jar(byte[] data) throws IOException {
        Path file = Files.createTempFile("fuzz", ".jar");
        try {
            Files.write(file, data);
            JarInspection.inspect(file, "fuzz.jar", LIMITS);
        } catch (TornException | DeploymentException e) {
            // refused
        } finally {
            Files.delete(file);
        }
    }

    /** With the right sum, which damage does not have and an attacker would. */
    @FuzzTest(maxDuration = "2m")
    void list(byte[] data) {
        String body = "revcam-deployments 1\n" + new String(data, StandardCharsets.UTF_8);
        try {
            DesiredState.parse(body + "sha256 " + TestSets.sha256(body.getBytes(StandardCharsets.UTF_8)) + "\n");
        } catch (RuntimeException e) {
            // as DesiredState.read takes it: damaged
        }
    }
}
