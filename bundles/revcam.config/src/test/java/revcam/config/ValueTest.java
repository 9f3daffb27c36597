package revcam.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValueTest {

    private static final Map<String, String> VARIABLES = Map.of("revcam.port", "0", "revcam.state", "/s");

    @Test
    void textIsTextAndTypedValuesHaveTheirType() {
        assertEquals(4444, decode("I\"4444\""));
        assertEquals(true, decode("B\"true\""));
        assertEquals("quoted", decode("\"quoted\""));
        assertTrue(Value.same(List.of("a", "b"), decode("[\"a\", \"b\"]")));
        for (String text : List.of("4444", "(revcam.encoder=x264)", "(|(a=b)(c=d))", "I\"x\"", "[::1]:80", "a \"b\" c", "")) {
            assertEquals(text, decode(text));
        }
    }

    @Test
    void variablesAreFilledIn() {
        assertEquals("0", decode("${revcam.port:-8080}"));
        assertEquals("30", decode("${revcam.fps:-30}"));
        assertEquals("/s/dtls", decode("${revcam.state}/dtls"));
        assertEquals("", decode("${revcam.token:-}"));
    }

    @Test
    void whatIsNoVariableIsText() {
        for (String text : List.of("${}}", "${}{a}", "$__", "a$__b$____c", "$__{x}", "${revcam.port}".repeat(10_000), "${".repeat(60_000))) {
            assertEquals(text, decode(text));
        }
    }

    @Test
    void whatIsWrittenComesBack() {
        for (Object value : List.of(8080, 2.5, true, "text", "I\"1\"", "C:\\x", "${revcam.port}", "$__", "a$__{b", "é", " ", "(a=b)",
                List.of("a", "b"), new String[] {"x, \"y\"", "z"})) {
            for (boolean plain : List.of(true, false)) {
                assertTrue(Value.same(value, decode(Value.encode(value, plain))), value + ": " + Value.encode(value, plain));
            }
        }
        assertEquals("8080", Value.encode(8080, true));
        assertEquals("I\"8080\"", Value.encode(8080, false));
    }

    @Test
    void sameIsWhatAComponentCannotTellApart() {
        assertTrue(Value.same(8080, "8080"));
        assertTrue(Value.same(23.0, "23"));
        assertTrue(Value.same(true, "true"));
        assertFalse(Value.same("", null));
        assertFalse(Value.same("8080", "8081"));
    }

    private static Object decode(String text) {
        return Value.decode(text, VARIABLES::get);
    }
}
