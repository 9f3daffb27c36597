package revcam.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A configuration file is read whole or refused in words; what is written is read again as it was. */
class ConfigFuzzTest {

    static Stream<byte[]> files() throws IOException {
        try (Stream<Path> shipped = Files.list(Path.of("../../configs"))) {
            List<byte[]> whole = new java.util.ArrayList<>();
            for (Path file : shipped.filter(path -> path.toString().endsWith(".cfg")).sorted().toList()) {
                whole.add(Files.readAllBytes(file));
            }
            whole.add("a = [ \"1\", \\\n  \"2\" ]\r\n# note\nb=${revcam.port:-8080}\n".getBytes(StandardCharsets.UTF_8));
            return whole.stream();
        }
    }

    @MethodSource("files")
    @FuzzTest(maxDuration = "5m")
    void file(byte[] data) throws PropertyFile.Torn {
        PropertyFile file;
        try {
            file = PropertyFile.parse(data);
        } catch (PropertyFile.Torn e) {
            return;
        }
        // What the console writes changes the key it was told to, and no other.
        PropertyFile changed = PropertyFile.parse(data);
        changed.put("fuzz.key", "a \"value\" = with # all");
        PropertyFile again = PropertyFile.parse(changed.bytes());
        for (String key : file.keys()) {
            if (!key.equals("fuzz.key")) {
                assertEquals(file.get(key), again.get(key), key);
            }
        }
        assertEquals("a \"value\" = with # all", again.get("fuzz.key"));
        again.remove("fuzz.key");
        file.remove("fuzz.key");
        if (!again.keys().isEmpty()) {
            assertEquals(file.keys(), PropertyFile.parse(again.bytes()).keys());
        }
    }

    static Stream<byte[]> values() {
        return Stream.of("8080", "${revcam.port:-8080}", "I\"4444\"", "[\"a\", \"b\"]", "(&(a=b)(c=*))", "T\"tex\\\\t\"",
                "v4l2:/dev/video0, pattern", "$\\{x}", "${a${b}}", "ends with \\\\").map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    /** Any text may stand behind a key. */
    @MethodSource("values")
    @FuzzTest(maxDuration = "5m")
    void decode(byte[] data) {
        Object value = Value.decode(new String(data, StandardCharsets.UTF_8),
                name -> name.equals("revcam.port") ? "9090" : null);
        assertTrue(value != null);
        assertTrue(Value.same(value, value));
    }

    /** A text that the console hands over comes back from the file as that text. */
    @MethodSource("values")
    @FuzzTest(maxDuration = "5m")
    void encode(byte[] data) throws PropertyFile.Torn {
        String text = new String(data, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " ").strip();
        PropertyFile file = PropertyFile.empty(List.of("# ours"));
        file.put("key", Value.encode(text, true));
        PropertyFile again = PropertyFile.parse(file.bytes());
        assertEquals(text, Value.decode(again.get("key"), name -> null));
    }
}
