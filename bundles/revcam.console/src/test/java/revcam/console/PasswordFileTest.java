package revcam.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordFileTest {

    @TempDir
    private Path directory;

    @Test
    void theSamePasswordMatchesAfterARestartAndNoOtherDoes() throws IOException {
        Path file = directory.resolve("deep/password");
        PasswordFile.create(file, "correct horse");
        PasswordFile password = PasswordFile.read(file);
        assertFalse(password.matches("correct hors"));
        assertTrue(password.matches("correct horse"));
        assertTrue(password.matches("correct horse"));
        assertFalse(password.matches("wrong after right"));
        assertFalse(password.matches(""));
    }

    @Test
    void theFileHoldsNoPasswordAndIsTheOwnersAlone() throws IOException {
        Path file = directory.resolve("password");
        PasswordFile.create(file, "correct horse");
        assertFalse(Files.readString(file).contains("correct"));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        try (var files = Files.list(directory)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void readsAHashThatPythonMade() throws IOException {
        // hashlib.pbkdf2_hmac("sha256", b"correct horse", b"0123456789abcdef", 1000)
        Path file = Files.writeString(directory.resolve("password"),
                "pbkdf2-hmac-sha256 1000 MDEyMzQ1Njc4OWFiY2RlZg== cBg8D2DungRB9k76szThf5ehfyBz991ay6PT8Srwk4M=\n");
        assertTrue(PasswordFile.read(file).matches("correct horse"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0\0\0", "admin", "pbkdf2-hmac-sha256 0 AAAA AAAA", "pbkdf2-hmac-sha256 1000 AAAA ",
        "pbkdf2-hmac-sha256 1000 AAAA AAAA", "pbkdf2-hmac-sha256 x AAAA AAAA", "pbkdf2-hmac-sha256 1000 ! !"})
    void aDamagedFileIsRefused(String content) throws IOException {
        Path file = Files.writeString(directory.resolve("password"), content);
        IOException e = assertThrows(IOException.class, () -> PasswordFile.read(file));
        assertTrue(e.getMessage().contains("delete it"), e.getMessage());
    }

    @Test
    void randomPasswordsDiffer() {
        assertTrue(PasswordFile.randomPassword().matches("([a-z2-9]{4}-){4}[a-z2-9]{4}"));
        assertNotEquals(PasswordFile.randomPassword(), PasswordFile.randomPassword());
    }
}
