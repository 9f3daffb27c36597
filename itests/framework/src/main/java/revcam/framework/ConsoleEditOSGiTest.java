package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.framework.Configurations.LOCAL;
import static revcam.framework.Configurations.SHIPPED;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Edits by the forms of the real console. Runs before the login's tests, which use up the guesses. */
class ConsoleEditOSGiTest {

    private static int port;

    @BeforeAll
    static void consoleIsUp() throws InterruptedException {
        port = Services.consolePort();
    }

    @AfterEach
    void cleanUp() throws IOException, InterruptedException {
        for (String name : new String[] {"revcam.signalling.whep", "revcam.telemetry.jsonl", "revcam.stream-main"}) {
            Files.deleteIfExists(LOCAL.resolve(name + ".cfg"));
        }
        Configurations.awaitFiles();
    }

    @Test
    void anEditIsLiveAndKeptAndNoCommentIsLost() throws Exception {
        String pid = "revcam.telemetry.jsonl";
        Path shipped = SHIPPED.resolve(pid + ".cfg");
        Path local = LOCAL.resolve(pid + ".cfg");
        String before = Configurations.read(shipped);
        Configurations.write(local, "# my disk is small\nmaxFiles = 3\n");
        Configurations.await(pid, "maxFiles", 3);

        apply(pid, Map.of("maxFileBytes", "70000"));
        assertEquals("# my disk is small\nmaxFiles = 3\nmaxFileBytes = 70000\n", Configurations.read(local));
        assertEquals(before, Configurations.read(shipped));
        assertEquals("70000", Configurations.values(pid).get("maxFileBytes"));
        Configurations.awaitFiles();
        assertEquals("# my disk is small\nmaxFiles = 3\nmaxFileBytes = 70000\n", Configurations.read(local));

        Configurations.restart(() -> Configurations.find(pid).delete());
        assertEquals("70000", Configurations.values(pid).get("maxFileBytes"));
        assertEquals("3", Configurations.values(pid).get("maxFiles"));
        assertEquals("frame, delivery", Configurations.values(pid).get("exclude"));
    }

    @Test
    void aSecretThatTheFormDoesNotShowStays() throws Exception {
        String pid = "revcam.signalling.whep";
        Configurations.write(LOCAL.resolve(pid + ".cfg"), "token = hunter2hunter2\n");
        Configurations.await(pid, "token", "hunter2hunter2");
        Map<String, Object> form = new TreeMap<>(Configurations.values(pid));
        form.put("token", "unmodified");
        form.put("origins", "https://home.example");
        post(pid, form);
        assertEquals("hunter2hunter2", Configurations.values(pid).get("token"));
        assertEquals("token = hunter2hunter2\norigins = https://home.example\n",
                Configurations.read(LOCAL.resolve(pid + ".cfg")));
    }

    @Test
    void aStreamIsEditedInPlace() throws Exception {
        apply("revcam.stream~main", Map.of("viewers.max", "3"));
        assertTrue(Configurations.read(LOCAL.resolve("revcam.stream-main.cfg")).endsWith("\nviewers.max = 3\n"));
    }

    @Test
    void deletingGoesBackToTheShippedValues() throws Exception {
        String pid = "revcam.telemetry.jsonl";
        apply(pid, Map.of("maxFiles", "7"));
        assertTrue(Files.exists(LOCAL.resolve(pid + ".cfg")));
        String answer = Http.exchange(port, "POST", "/system/console/configMgr/" + pid, headers(), "apply=true&delete=true");
        assertEquals(200, Http.status(answer), answer);
        assertFalse(Files.exists(LOCAL.resolve(pid + ".cfg")));
        assertEquals("4", Configurations.values(pid).get("maxFiles"));
    }

    @Test
    void aStreamMadeInTheConsoleIsKeptAndDeleted() throws Exception {
        String answer = Http.exchange(port, "POST", "/system/console/configMgr", headers(),
                "pid=__Temporary+PID+replaced+by+real+PID+upon+save__&apply=true&factoryPid=revcam.stream&propertylist=revcam.stream,revcam.stream.default,fps"
                        + "&revcam.stream=attic&revcam.stream.default=false&fps=5");
        assertEquals(302, Http.status(answer), answer);
        String pid = (String) Services.await("revcam.api.stream.VideoStream", "(revcam.stream=attic)").getProperty("service.pid");
        Path file;
        try (var files = Files.list(LOCAL)) {
            file = files.filter(path -> path.getFileName().toString().startsWith("revcam.stream-")
                    && pid.endsWith(path.getFileName().toString().replaceAll("revcam\\.stream-|\\.cfg", ""))).findFirst().orElse(null);
        }
        assertNotNull(file, "no file for " + pid);
        Configurations.awaitFiles();
        Configurations.find(pid).delete();
        assertFalse(Files.exists(file));
        Configurations.await("the stream is gone", () -> !Services.isThere("(revcam.stream=attic)"));
    }

    /** As a browser does: every field of the form. */
    private static void apply(String pid, Map<String, String> changes) throws IOException {
        Map<String, Object> form = new TreeMap<>(Configurations.values(pid));
        form.putAll(changes);
        post(pid, form);
    }

    private static void post(String pid, Map<String, Object> form) throws IOException {
        StringBuilder body = new StringBuilder("apply=true&propertylist=" + encode(String.join(",", form.keySet())));
        form.forEach((key, value) -> body.append('&').append(encode(key)).append('=').append(encode(value.toString())));
        String answer = Http.exchange(port, "POST", "/system/console/configMgr/" + pid, headers(), body.toString());
        assertEquals(302, Http.status(answer), answer);
    }

    private static String headers() {
        return "Host: localhost:" + port + "\r\nOrigin: http://localhost:" + port + "\r\n" + Http.RIGHT;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
