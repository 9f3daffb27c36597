package revcam.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.testkit.Damage;

/** Each file of {@code deployment/} in each damaged state: what was deployed runs, or what RevCam came with; nobody new is trusted. */
class TornStateTest {

    private static final Instant MADE = Instant.parse("2026-11-26T18:00:00Z");

    @TempDir
    Path directory;

    private Path desired;
    private DesiredState good;
    private BundleJar jar;
    private byte[] content;

    @BeforeEach
    void prepare() throws Exception {
        desired = directory.resolve("desired");
        content = TestSets.bundle("com.example.one", "1.0", null);
        Store store = new Store(directory.resolve("store"));
        Store.Draft draft = store.copy(new ByteArrayInputStream(content), "one.jar", 1_000_000);
        store.keep(draft);
        jar = new BundleJar(draft.sha256(), draft.size(), "one.jar", "com.example.one", "1.0.0");
        good = DesiredState.NOTHING
                .begin(new Deployment(1, Deployment.Outcome.CONFIRMED, 0, "one.jar", "maker", List.of(jar), List.of(jar), ""))
                .at(1).madeBy("SHA256:maker", MADE);
        good.write(desired);
    }

    @Test
    void oneDamagedCopyOfTheDesiredStateChangesNothing() throws Exception {
        for (Path file : List.of(desired, directory.resolve("desired.copy"))) {
            int mutations = Damage.each(file, what -> {
                List<String> complaints = new ArrayList<>();
                assertEquals(good, DesiredState.read(desired, complaints::add), what);
            });
            assertTrue(mutations > 100, mutations + " mutations");
        }
    }

    @Test
    void withBothDamagedItIsWhatRevCamCameWith() throws Exception {
        Path copy = directory.resolve("desired.copy");
        byte[] whole = Files.readAllBytes(desired);
        Damage.each(desired, what -> {
            Files.write(copy, new byte[whole.length]);
            Instant before = Instant.now();
            DesiredState read = DesiredState.read(desired, complaint -> { });
            assertEquals(List.of(), read.effective(), what);
            // What was accepted is forgotten, so nothing from before counts as new; from whomever.
            assertFalse(read.newestOf("SHA256:maker").isBefore(before), what);
            assertFalse(read.newestOf("SHA256:another").isBefore(before), what);
            if (!Files.isDirectory(desired)) {
                assertEquals(read, DesiredState.read(desired, complaint -> { }), what + ": also at the next start");
            }
            // It is written anew when something is deployed next.
            if (!Files.isDirectory(desired)) {
                good.write(desired);
                assertEquals(good, DesiredState.read(desired, complaint -> { }), what);
            }
        });
    }

    @Test
    void aDamagedBundleIsNotTakenForWhole() throws Exception {
        Store store = new Store(directory.resolve("store"));
        assertTrue(store.has(jar));
        Damage.each(store.path(jar.sha256()), what -> assertFalse(store.has(jar), what));
        assertTrue(store.has(jar));
    }

    @Test
    void aDamagedListOfKeysTrustsNobodyNew() throws Exception {
        Path keys = Files.writeString(directory.resolve("trusted-keys"), TestSets.makersKey());
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        Map<String, byte[]> other = TestSets.signed(MADE, Map.of("one.jar", content));
        byte[] message = other.get(SetManifest.NAME);
        byte[] signature = other.get(SetManifest.SIGNATURE);
        String encoded = TestSets.makersKey().split(" ")[1];
        Damage.each(keys, what -> {
            boolean whole = Files.isRegularFile(keys) && Files.readString(keys, StandardCharsets.ISO_8859_1).contains(encoded);
            if (!whole) {
                assertThrows(DeploymentException.class, () -> new TrustedKeys(keys).verify(message, signature), what);
            }
        });
    }

    @Test
    void aDamagedCountOfStartsCountsAsNone() throws IOException {
        Path file = directory.resolve("starting");
        Attempts attempts = new Attempts(file);
        attempts.begin(1, 1);
        assertEquals(1, attempts.failed(1));
        Damage.each(file, what -> {
            int failed = attempts.failed(1);
            assertTrue(failed >= 0, what + ": " + failed);
        });
    }
}
