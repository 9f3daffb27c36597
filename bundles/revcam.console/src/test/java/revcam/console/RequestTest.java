package revcam.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {

    private static Request parse(String json) throws IOException, TabProblem {
        return Request.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsStringsAndNumbers() throws IOException, TabProblem {
        Request request = parse("{\"role\":\"encoder\", \"reason\":\" \\\"<b>\\u00e9\\\\ \", \"seconds\": 20}");
        assertEquals("encoder", request.text("role"));
        assertEquals("\"<b>é\\", request.text("reason"));
        assertEquals(20, request.number("seconds"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "null", "7", "\"x\"", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":\"b\"", "{\"a\":\"b\"}x",
        "{\"a\":\"b\"} {}", "{'a':'b'}", "{a:\"b\"}", "{\"a\":\"b\",}", "{\"a\":b}", "{\"a\":NaN}", "{\"a\":\"b\\q\"}",
        "{\"a\":\"b\\u12\"}", "{\"a\":\"b\nc\"}", "{\"a\":true}", "{\"a\":null}", "{\"a\":{}}", "{\"a\":[1]}",
        "{\"a\":\"b\",\"a\":\"c\"}", "{\"a\":\"b\"}/* c */", "\0\0", ")]}'\n{\"a\":\"b\"}"})
    void anythingElseIsRefusedWithAReason(String json) {
        TabProblem problem = assertThrows(TabProblem.class, () -> parse(json));
        assertEquals(400, problem.status);
        assertTrue(problem.getMessage().length() > 10, problem.getMessage());
    }

    @Test
    void whatIsMissingIsNamed() throws IOException, TabProblem {
        Request request = parse("{\"role\":\"  \",\"seconds\":\"ten\",\"more\":1.5,\"big\":1e99}");
        assertEquals("\"role\" is missing", assertThrows(TabProblem.class, () -> request.text("role")).getMessage());
        assertEquals("\"reason\" is missing", assertThrows(TabProblem.class, () -> request.text("reason")).getMessage());
        for (String name : new String[] {"seconds", "more", "big"}) {
            TabProblem problem = assertThrows(TabProblem.class, () -> request.number(name));
            assertTrue(problem.getMessage().startsWith("\"" + name + "\" must be a whole number"), problem.getMessage());
        }
    }
}
