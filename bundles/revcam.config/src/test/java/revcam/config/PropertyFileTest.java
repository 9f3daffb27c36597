package revcam.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PropertyFileTest {

    static Stream<Path> shippedFiles() throws IOException {
        return Files.list(Path.of("../../configs")).filter(file -> file.toString().endsWith(".cfg")).sorted();
    }

    @ParameterizedTest
    @MethodSource("shippedFiles")
    void everyShippedFileIsWholeAndComesBackAsItWas(Path file) throws Exception {
        byte[] content = Files.readAllBytes(file);
        assertEquals(text(content), text(PropertyFile.parse(content).bytes()));
    }

    @ParameterizedTest
    @MethodSource("shippedFiles")
    void aFileThatIsCutOffWithinALineIsTorn(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        for (int length = 0; length < content.length; length++) {
            if (length == 0 || content[length - 1] != '\n') {
                byte[] cut = Arrays.copyOf(content, length);
                assertThrows(PropertyFile.Torn.class, () -> PropertyFile.parse(cut), length + " bytes of " + file);
                byte[] zeroed = Arrays.copyOf(cut, content.length);
                assertThrows(PropertyFile.Torn.class, () -> PropertyFile.parse(zeroed), length + " bytes and zeros");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "port", "port = 80", "port\n", "port = 80\\\n", "port = 80\u0000\n", "po rt\n", "\u001b[0m\n",
        "port = \\u00zz\n", "\ufffd = 1\n", "just some words\n", "<xml/>\n"})
    void whatIsNoWholeFileIsTorn(String text) {
        assertThrows(PropertyFile.Torn.class, () -> PropertyFile.parse(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void whatIsNotUtf8IsTornAndSecretsAreNotShown() {
        assertThrows(PropertyFile.Torn.class, () -> PropertyFile.parse(new byte[] {'a', '=', (byte) 0xE9, '\n'}));
        PropertyFile.Torn torn = assertThrows(PropertyFile.Torn.class,
                () -> PropertyFile.parse(bytes("token hunter2hunter2\n")));
        assertFalse(torn.getMessage().contains("hunter2"), torn.getMessage());
    }

    @Test
    void changesKeepCommentsAndLayout() throws Exception {
        PropertyFile file = PropertyFile.parse(bytes("# head\n\n# about a\na=1\n\n# about b\nb   =   2\n# end\n"));
        file.put("b", "3 \\ 4");
        file.put("c", "\"a\\\"b\"");
        file.remove("a");
        PropertyFile again = PropertyFile.parse(file.bytes());
        assertEquals(Set.of("b", "c"), again.keys());
        assertEquals("3 \\ 4", again.get("b"));
        assertEquals("\"a\\\"b\"", again.get("c"));
        for (String comment : List.of("# head\n", "# about a\n", "# about b\n", "# end\n")) {
            assertTrue(text(file.bytes()).contains(comment), text(file.bytes()));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
