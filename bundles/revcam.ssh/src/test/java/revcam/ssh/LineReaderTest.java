package revcam.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys as terminals send them, lines as scripts do. */
class LineReaderTest {

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

    private LineReader reader(String keys, boolean terminal) {
        List<String> words = List.of("status", "stages", "deploy");
        return new LineReader(new ByteArrayInputStream(keys.getBytes(StandardCharsets.UTF_8)), shown, terminal,
                line -> words.stream().filter(word -> word.startsWith(line.substring(line.lastIndexOf(' ') + 1))).toList());
    }

    private String typed(String keys) throws IOException {
        shown.reset();
        return reader(keys, true).read("> ");
    }

    @Test
    void linesOfAScript() throws IOException {
        LineReader reader = reader("one\ntwo\r\n\rthr\u00e9e", false);
        assertEquals("one", reader.read("> "));
        assertEquals("two", reader.read("> "));
        assertEquals("", reader.read("> "));
        assertEquals("thr\u00e9e", reader.read("> "));
        assertNull(reader.read("> "));
        assertEquals("", shown.toString(StandardCharsets.UTF_8), "nobody wants to see it again");
    }

    @Test
    void keysOfATerminal() throws IOException {
        assertEquals("abd", typed("abc\177d\r"));
        assertEquals("> abc\b \bd\r\n", shown.toString(StandardCharsets.UTF_8));
        assertEquals("x", typed("\u00e9\177\177x\r"));
        assertEquals("> \u00e9\b \bx\r\n", shown.toString(StandardCharsets.UTF_8));
        assertEquals("b", typed("a\3b\r"));
        assertEquals("b", typed("aaa\25b\r"));
        assertEquals("ab", typed("a\33[A\33[1;5D\33OPb\r"));
        assertNull(typed("\4"));
        assertEquals("a", typed("a\4\r"), "the end of input is at the beginning of a line");
    }

    @Test
    void wordsAreCompleted() throws IOException {
        assertEquals("deploy x", typed("d\tx\r"));
        assertEquals("sta", typed("s\t\r"));
        typed("sta\t\r");
        assertEquals("> sta\r\nstatus  stages\r\n> sta\r\n", shown.toString(StandardCharsets.UTF_8));
        assertEquals("q", typed("q\t\r"));
    }

    @Test
    void linesWithoutAnEnd() {
        assertThrows(IOException.class, () -> reader("x".repeat(20_000), false).read(""));
    }
}
