package revcam.console;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What a page posts, and what is left of the file with the password. */
class ConsoleFuzzTest {

    private static final Path FILE = temporary();

    static Stream<byte[]> requests() {
        return Stream.of("{\"stream\":\"main\",\"role\":\"encoder\",\"provider\":\"x264\",\"seconds\":20}", "{}", "[1]", "{\"a\":\"\\ud800\"}")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("requests")
    @FuzzTest(maxDuration = "5m")
    void request(byte[] data) throws IOException {
        try {
            Request request = Request.parse(data);
            assertFalse(request.text("role").isBlank());
            request.number("seconds");
        } catch (TabProblem e) {
            assertFalse(e.getMessage().isEmpty());
        }
    }

    static Stream<byte[]> files() {
        return Stream.of("pbkdf2-hmac-sha256 1 AAAAAAAAAAAAAAAAAAAAAA== AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
                "pbkdf2-hmac-sha256 -1 = =", "\u00ff").map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Whatever the file became, it is refused in words that help, or is a file whose password is none that is easily tried. */
    @MethodSource("files")
    @FuzzTest(maxDuration = "5m")
    void passwordFile(byte[] data) throws IOException {
        Files.write(FILE, data);
        try {
            PasswordFile read = PasswordFile.read(FILE);
            if (!new String(data, StandardCharsets.ISO_8859_1).matches("(?s)\\S+ 0*\\d{4,}.*")) {
                assertFalse(read.matches(""));
                assertFalse(read.matches("admin"));
            }
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("delete it"), e.toString());
        }
    }

    private static Path temporary() {
        try {
            Path file = Files.createTempFile(Path.of("target"), "password", "");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
