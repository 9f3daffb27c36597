package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.ServiceRegistration;
import revcam.api.pipeline.Pipeline;

/** The tab RevCam of the real console, on a pipeline that is not. */
class ConsoleTabOSGiTest {

    private static final String TAB = "/system/console/revcam";
    private static final String JSON = "Content-Type: application/json\r\n";
    private static final List<String> ACTIONS = List.of("swap", "trial", "rollback", "quarantine", "release", "keyframe");
    private static final List<String> READS = List.of("", "/pipelines.json", "/replacements.json", "/telemetry.json", "/tab.js",
            "/dom.js", "/charts.js", "/stages.js", "/tab.css", "/uPlot.iife.min.js", "/uPlot.min.css");

    private static ConsoleHttp console;

    private final FakePipeline pipeline = new FakePipeline();
    private ServiceRegistration<Pipeline> registration;

    @BeforeAll
    static void consoleIsUp() throws InterruptedException {
        console = new ConsoleHttp();
        Services.await("jakarta.servlet.Servlet", "(felix.webconsole.label=revcam)");
    }

    @BeforeEach
    void register() {
        registration = Services.CONTEXT.registerService(Pipeline.class, pipeline, null);
    }

    @AfterEach
    void unregister() {
        registration.unregister();
    }

    private static ConsoleHttp.Answer get(String path) throws IOException {
        return console.exchange("GET", TAB + path, console.own(), "");
    }

    private static ConsoleHttp.Answer post(String action, String headers, String body) throws IOException {
        return console.exchange("POST", TAB + "/" + action, headers, body);
    }

    /** A body for the fake, with more members: {@code ,"provider":"x"}. */
    private String body(String role, String more) {
        String name = pipeline.name().replace("\"", "\\\"");
        return "{\"pipeline\":\"" + name + "\",\"role\":\"" + role + "\"" + more + "}";
    }

    private ConsoleHttp.Answer ask(String action, String more) throws IOException {
        return post(action, console.own() + JSON, body("encoder", more));
    }

    @Test
    void nothingIsToldOrDoneWithoutThePassword() throws IOException {
        for (String read : READS) {
            assertEquals(401, console.exchange("GET", TAB + read, console.host("localhost"), "").status(), read);
            assertEquals(403, console.exchange(
                    "GET", TAB + read, console.host("rebound.example") + Http.RIGHT, "").status(), read);
        }
        for (String action : ACTIONS) {
            assertEquals(401, post(action, console.host("localhost") + JSON, body("encoder", ",\"provider\":\"x\"")).status(),
                    action);
        }
        assertEquals(401, console.exchange("GET", "/system/console/status-revcam.txt", console.host("localhost"), "").status());
        assertEquals(List.of(), pipeline.asked);
    }

    @Test
    void anotherSitesPageCanCauseNothing() throws IOException {
        for (String action : ACTIONS) {
            String body = body("encoder", ",\"provider\":\"x\",\"reason\":\"y\",\"seconds\":20");
            for (String foreign : List.of("Origin: http://evil.example", "Origin: null", "Origin: http://localhost:1",
                    "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site")) {
                assertEquals(403, post(action, console.own() + JSON + foreign + "\r\n", body).status(), action + " " + foreign);
            }
            // What a form can send without a preflight.
            for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")) {
                assertEquals(415, post(action, console.own() + "Content-Type: " + type + "\r\n", body).status(), action);
            }
            assertEquals(415, post(action, console.own(), body).status(), action);
            assertEquals(404, console.exchange("GET", TAB + "/" + action, console.own(), "").status(), "GET does nothing");
        }
        assertEquals(List.of(), pipeline.asked);
    }

    @Test
    void theConsolesOwnPageIsServed() throws IOException {
        String own = console.own() + JSON + "Origin: http://localhost:" + console.port
                + "\r\nSec-Fetch-Site: same-origin\r\n";
        assertEquals(200, post("swap", own, body("encoder", ",\"provider\":\"x\"")).status());
    }

    @Test
    void everyActionReachesThePipeline() throws IOException {
        ConsoleHttp.Answer swapped = ask("swap", ",\"provider\":\"file:a b.mp4\"");
        assertEquals(200, swapped.status(), swapped.body());
        assertTrue(swapped.body().contains("\"gap\":41.0"), swapped.body());
        assertEquals(200, ask("rollback", "").status());
        assertEquals(200, ask("quarantine", ",\"provider\":\"x\",\"reason\":\"it smears\"").status());
        assertEquals(200, ask("release", ",\"provider\":\"x\"").status());
        assertEquals(202, ask("trial", ",\"provider\":\"x\",\"seconds\":20").status(), "a trial that goes on");
        pipeline.trial = CompletableFuture.completedFuture(FakePipeline.report());
        ConsoleHttp.Answer failed = ask("trial", ",\"provider\":\"x\",\"seconds\":5");
        assertEquals(200, failed.status(), "a trial that failed at once");
        assertTrue(failed.body().contains("\"passed\":false"), failed.body());
        pipeline.trial = CompletableFuture.failedFuture(new IllegalStateException("burst"));
        assertEquals(500, ask("trial", ",\"provider\":\"x\",\"seconds\":5").status());
        assertEquals(List.of("swap file:a b.mp4 by console revcam", "rollback by console revcam",
                "quarantine x because it smears", "release x", "trial x for 20 by console revcam",
                "trial x for 5 by console revcam", "trial x for 5 by console revcam"), pipeline.asked);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "swap | `{` | 400 | not a JSON object",
        "swap | `[]` | 400 | not a JSON object",
        "swap | `{\"pipeline\":{}}` | 400 | \\\"pipeline\\\" must be",
        "swap | `{}` | 400 | \\\"pipeline\\\" is missing",
        "swap | `{\"pipeline\":\"none\",\"role\":\"encoder\",\"provider\":\"x\"}` | 404 | no pipeline none",
        "keyframe | `{\"pipeline\":\"none\"}` | 404 | no stream none",
        "shutdown | `{\"pipeline\":\"none\"}` | 404 | nothing to ask for",
    })
    void nonsenseIsRefusedWithAReason(String action, String body, int status, String reason) throws IOException {
        ConsoleHttp.Answer answer = post(action, console.own() + JSON, body);
        assertEquals(status, answer.status(), answer.body());
        assertTrue(answer.body().contains(reason), answer.body());
    }

    @Test
    void whatThePipelineRefusesIsSaidAsItSaysIt() throws IOException {
        for (String action : List.of("swap", "trial", "rollback", "quarantine", "release")) {
            ConsoleHttp.Answer answer = post(action, console.own() + JSON,
                    body("kitchen", ",\"provider\":\"x\",\"seconds\":20,\"reason\":\"y\""));
            assertEquals(409, answer.status(), action);
            assertEquals("{\"error\":\"There is no stage kitchen\"}", answer.body());
        }
        assertEquals("{\"error\":\"There is no encoder nobody\"}", ask("swap", ",\"provider\":\"nobody\"").body());
        assertTrue(ask("trial", ",\"provider\":\"x\",\"seconds\":\"soon\"").body().contains("whole number"));
        assertTrue(ask("quarantine", ",\"provider\":\"x\"").body().contains("reason"));
        assertEquals(413, ask("swap", ",\"provider\":\"" + "x".repeat(5_000) + "\"").status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/pipelines.json", "/replacements.json"})
    void namesThatAreMarkupStayText(String path) throws IOException {
        ConsoleHttp.Answer answer = get(path);
        assertEquals(200, answer.status());
        assertTrue(answer.head().contains("Content-Type: application/json"), answer.head());
        assertTrue(answer.head().contains("X-Content-Type-Options: nosniff"), answer.head());
        assertTrue(answer.body().contains("alert("), answer.body());
        assertFalse(answer.body().contains("<"), answer.body());
    }

    @Test
    void noServedScriptMakesMarkupOfText() throws IOException {
        for (String script : List.of("/tab.js", "/dom.js", "/charts.js", "/stages.js")) {
            String text = get(script).body();
            for (String sink : List.of("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")) {
                assertFalse(text.contains(sink), script + " uses " + sink);
            }
        }
    }

    @Test
    void thePageLetsNothingElseRun() throws IOException {
        ConsoleHttp.Answer page = get("");
        assertEquals(200, page.status());
        String policy = page.head().lines().filter(line -> line.startsWith("Content-Security-Policy:")).findFirst().orElse("");
        assertTrue(policy.contains("default-src 'none'; script-src 'self' 'sha256-"), policy);
        assertFalse(policy.contains("script-src 'self' 'unsafe"), policy);
        assertTrue(policy.contains("frame-ancestors 'none'"), policy);
        assertTrue(page.body().contains("src=\"" + TAB + "/tab.js\""), page.body());
        assertFalse(page.body().contains("http://") && page.body().contains("src=\"http"), "a script from elsewhere");
        assertFalse(page.body().contains("alert("), "the page holds what the pipeline says");
    }

    @Test
    void onlyThePagesFilesAreServed() throws IOException {
        for (String read : READS) {
            assertEquals(200, get(read).status(), read);
        }
        for (String other : List.of("/RevCamTab.class", "/../ConsoleLogin.class", "/tab/tab.js", "/uPlot.esm.js", "/x",
                "/META-INF/MANIFEST.MF", "/%2e%2e/package-info.class")) {
            int status = get(other).status();
            assertTrue(status == 404 || status == 400, other + ": " + status);
        }
    }

    @Test
    void aFileThatIsTheSameIsNotSentAgain() throws IOException {
        String etag = get("/tab.js").head().lines().filter(line -> line.startsWith("ETag: ")).findFirst().orElseThrow();
        ConsoleHttp.Answer again = console.exchange("GET", TAB + "/tab.js",
                console.own() + "If-None-Match: " + etag.substring(6) + "\r\n", "");
        assertEquals(304, again.status());
        assertEquals("", again.body());
    }

    @Test
    void telemetryIsAskedForFromASecondOn() throws IOException {
        assertTrue(get("/telemetry.json").body().startsWith("{\"last\":"));
        ConsoleHttp.Answer answer = get("/telemetry.json?after=yesterday");
        assertEquals(400, answer.status());
        assertTrue(answer.body().contains("last"), answer.body());
    }

    @Test
    void theStatusPagesHaveItAsText() throws IOException {
        ConsoleHttp.Answer answer = console.exchange("GET", "/system/console/status-revcam.txt", console.own(), "");
        assertEquals(200, answer.status());
        assertTrue(answer.head().contains("Content-Type: text/plain"), answer.head());
        assertTrue(answer.body().contains("encoder      good, 6.50 ms a frame"), answer.body());
    }
}
