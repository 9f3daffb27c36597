package revcam.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Product;

/** The folder for plug-ins. */
class DeployTest {

    private static final long PATIENCE_NANOS = 60_000_000_000L;

    @TempDir
    Path directory;

    /** Something to wait for. */
    private interface Condition {
        boolean holds() throws IOException;
    }

    @Test
    void waitsForWhatIsMissingAndRemembersWhatLiesThere() throws IOException {
        Path needs = Jars.bundle(directory.resolve("needs.jar"), "com.example.needs",
                "Import-Package", "com.example.part;version=\"[1,2)\"");
        Path gives = Jars.bundle(directory.resolve("gives.jar"), "com.example.gives",
                "Export-Package", "com.example.part;version=\"1.3\"");
        try (Product first = Product.start()) {
            first.awaitShell("status");
            Path deploy = first.state().resolve("deploy");
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(deploy)));
            Jars.deploy(needs, deploy, "needs.jar");
            await("the log names the package", () -> first.logText().contains("osgi.wiring.package=com.example.part"));
            assertState(first, "Installed", "com.example.needs");

            OutputStream slow = Jars.half(gives, deploy.resolve("gives.jar"));
            // Proof that the folder was looked at meanwhile: something that is whole comes in behind the half one.
            Jars.deploy(Jars.bundle(directory.resolve("other.jar"), "com.example.other", "Bundle-Vendor", "nobody"), deploy,
                    "other.jar");
            assertState(first, "Active", "com.example.other");
            assertTrue(!first.awaitShell("lb", "com.example").contains("com.example.gives"), "half a jar was installed");
            slow.close();
            assertState(first, "Active", "com.example.gives");
            assertState(first, "Active", "com.example.needs");

            Files.delete(deploy.resolve("other.jar"));
            await("other is gone", () -> !first.awaitShell("lb", "com.example").contains("com.example.other"));
            assertEquals(0, first.end("TERM"));
            try (Product second = first.again().awaitReady()) {
                assertState(second, "Active", "com.example.needs");
                assertTrue(!second.awaitShell("lb", "com.example").contains("com.example.other"));
            }
        }
    }

    private static void assertState(Product product, String state, String bundle) throws IOException {
        await(bundle + " is " + state, () -> product.awaitShell("lb", "com.example").lines()
                .anyMatch(line -> line.contains("|" + state) && line.contains(bundle + " ")));
    }

    private static void await(String what, Condition condition) throws IOException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, "not within 60 s: " + what);
            LockSupport.parkNanos(100_000_000);
        }
    }
}
