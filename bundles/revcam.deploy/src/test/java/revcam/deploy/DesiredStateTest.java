package revcam.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list of what should run, and what is left of it when the storage fails. */
class DesiredStateTest {

    @TempDir
    Path directory;

    private static BundleJar jar(String name, String version) {
        return new BundleJar(TestSets.sha256((name + version).getBytes()), 12, name + ".jar", name, version);
    }

    private static Deployment deployment(int number, Deployment.Outcome outcome, List<BundleJar> brought, List<BundleJar> effective) {
        return new Deployment(number, outcome, 1_000 * number, "set" + number, "maker (SHA256:x)", brought, effective, "a\tnote\nof two lines");
    }

    private static DesiredState sample() {
        DesiredState state = DesiredState.NOTHING;
        for (int i = 1; i <= 4; i++) {
            List<BundleJar> brought = List.of(jar(i == 3 ? "b" : "a", i + ".0.0"));
            Deployment next = deployment(i, Deployment.Outcome.CONFIRMED, brought, state.effectiveWith(brought));
            state = state.begin(next).at(i);
        }
        return state.madeBy("SHA256:x", Instant.parse("2026-11-26T18:00:00Z"));
    }

    @Test
    void aNewerBundleTakesThePlaceOfItsName() {
        assertEquals("[a 4.0.0, b 3.0.0]", sample().effective().toString());
        assertEquals(5, sample().next());
        assertEquals(3, sample().before(4));
        assertEquals(0, sample().before(1));
        assertEquals("[a 2.0.0, b 3.0.0]", sample().at(3).effective().toString());
        assertEquals(List.of(), sample().at(0).effective());
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Path file = directory.resolve("desired");
        sample().write(file);
        List<String> complaints = new ArrayList<>();
        DesiredState read = DesiredState.read(file, complaints::add);
        assertEquals(sample().text(), read.text());
        assertEquals("a note of two lines", read.find(1).note());
        assertEquals(Map.of("SHA256:x", Instant.parse("2026-11-26T18:00:00Z")), read.newest());
        assertEquals(List.of(), complaints);
        assertEquals(DesiredState.NOTHING, DesiredState.read(directory.resolve("none"), complaints::add));
        assertEquals(List.of(), complaints);
    }

    @Test
    void anySingleDamageIsFoundAndMadeGood() throws IOException {
        Path file = directory.resolve("desired");
        sample().write(file);
        byte[] good = Files.readAllBytes(file);
        List<byte[]> damaged = new ArrayList<>(List.of(new byte[0], new byte[good.length], "garbage".getBytes()));
        for (int i = 0; i < good.length; i++) {
            damaged.add(Arrays.copyOf(good, i));
            byte[] flipped = good.clone();
            flipped[i] ^= 4;
            damaged.add(flipped);
        }
        for (byte[] bytes : damaged) {
            Files.write(file, bytes);
            List<String> complaints = new ArrayList<>();
            assertEquals(sample().text(), DesiredState.read(file, complaints::add).text());
            assertTrue(complaints.get(0).contains("is damaged") && complaints.get(0).endsWith("its copy is used"), complaints.toString());
        }
        Files.delete(file);
        assertEquals(sample().text(), DesiredState.read(file, complaint -> {}).text());
    }

    @Test
    void withoutAGoodCopyNothingIsDeployed() throws IOException {
        Path file = directory.resolve("desired");
        sample().write(file);
        Files.write(file, new byte[10]);
        Files.write(directory.resolve("desired.copy"), new byte[0]);
        List<String> complaints = new ArrayList<>();
        // As far as the clock had come, whatever it says now.
        Instant written = Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.SECONDS);
        Files.setLastModifiedTime(file, FileTime.from(written));
        DesiredState read = DesiredState.read(file, complaints::add);
        assertEquals(DesiredState.NOTHING.madeBy(DesiredState.EVERY_SIGNER, written), read);
        assertEquals(written, read.newestOf("SHA256:x"));
        assertEquals(written.plusSeconds(1), read.madeBy("SHA256:x", written.plusSeconds(1)).newestOf("SHA256:x"));
        assertTrue(complaints.get(0).contains("no good copy"), complaints.toString());
        assertTrue(Files.exists(directory.resolve("desired.damaged")));
    }

    @Test
    void theHistoryEndsButTheWayBackStays() {
        DesiredState state = sample().at(2).atMost(2);
        assertEquals(List.of(1, 2), state.history().stream().map(Deployment::number).toList());
        assertEquals("[a 2.0.0]", state.effective().toString());
        assertEquals(List.of(3, 4), sample().atMost(2).history().stream().map(Deployment::number).toList());
        assertNull(sample().atMost(2).find(1));
        assertTrue(sample().atMost(2).contents().contains(jar("b", "3.0.0").sha256()), "deployment 4 needs it");
        assertEquals(3, sample().atMost(2).contents().size());
    }
}
