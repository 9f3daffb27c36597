package revcam.api.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DurableFileTest {

    private static final class Kill extends Error {
        private static final long serialVersionUID = 1;
    }

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(DurableFile.Step.class)
    void killedBeforeAnyStepTheFileIsOldOrNewAndTheNextWriteWorks(DurableFile.Step killedBefore) throws IOException {
        Path file = directory.resolve("a.cfg");
        DurableFile.write(file, bytes("old"));
        assertThrows(Kill.class, () -> DurableFile.write(file, bytes("new"), step -> {
            if (step == killedBefore) {
                throw new Kill();
            }
        }));
        boolean renamed = killedBefore.compareTo(DurableFile.Step.RENAME) > 0;
        assertEquals(renamed ? "new" : "old", Files.readString(file));
        DurableFile.write(file, bytes("newer"));
        assertEquals("newer", Files.readString(file));
        try (var files = Files.list(directory)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void aThreadThatIsInterruptedWritesAllTheSame() throws IOException {
        Path file = directory.resolve("a.cfg");
        Thread.currentThread().interrupt();
        DurableFile.write(file, bytes("x"));
        assertTrue(Thread.interrupted(), "still");
        assertEquals("x", Files.readString(file));
    }

    @Test
    void everyStepIsTakenInOrder() throws IOException {
        List<DurableFile.Step> steps = new ArrayList<>();
        DurableFile.write(directory.resolve("deep/er/a.cfg"), bytes("x"), steps::add);
        assertEquals(List.of(DurableFile.Step.values()), steps);
    }

    @Test
    void aNewFileIsTheOwnersAloneAndAnOldOneKeepsItsPermissions() throws IOException {
        Path file = directory.resolve("a.cfg");
        DurableFile.write(file, bytes("x"));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        DurableFile.write(file, bytes("y"));
        assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        DurableFile.delete(file);
        DurableFile.delete(file);
        assertFalse(Files.exists(file));
    }

    /** A process that was killed has left what it was writing, which may be a secret. */
    @Test
    void whatDeadProcessesLeftGoesWithTheNextWriteAndNothingElse() throws Exception {
        Process dead = new ProcessBuilder("true").start();
        assertEquals(0, dead.waitFor());
        Path file = directory.resolve("a.cfg");
        Path left = Files.writeString(directory.resolve(".a.cfg." + dead.pid()), "half");
        Path alive = Files.writeString(directory.resolve(".a.cfg.1"), "process 1 is writing this");
        Path others = Files.writeString(directory.resolve(".a.cfg.swp"), "an editor's");
        Path another = Files.writeString(directory.resolve(".b.cfg." + dead.pid()), "of another file");
        DurableFile.write(file, bytes("x"));
        assertFalse(Files.exists(left));
        assertTrue(Files.exists(alive) && Files.exists(others) && Files.exists(another));
        Files.writeString(left, "half");
        DurableFile.delete(file);
        assertFalse(Files.exists(left));
        DurableFile.delete(directory.resolve("nowhere/a.cfg"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
