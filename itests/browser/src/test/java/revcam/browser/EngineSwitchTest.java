package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Engines are exchanged while the page is open: it is never loaded again, and the video element stays. */
class EngineSwitchTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static Product product;
    private static Chromium chromium;

    @BeforeAll
    static void start() throws IOException {
        product = Product.start("--engine", "revcam,libwebrtc");
        chromium = Chromium.start();
    }

    @AfterAll
    static void stop() throws IOException {
        chromium.close();
        product.close();
    }

    private static boolean isServedBy(JsonObject stream, String role) {
        for (JsonElement stage : stream.getAsJsonArray("stages")) {
            if (stage.getAsJsonObject().get("role").getAsString().equals(role)) {
                return true;
            }
        }
        return false;
    }

    /** A picture flows, one viewer is left, and what the page was is still there. */
    private static void goesOn(Page page, int joins, String how) throws IOException {
        page.await("revcamProbe.joins() >= " + joins, PATIENCE);
        page.await("document.getElementById('said').textContent.includes('Another engine')", PATIENCE);
        System.out.println(how + ": " + page.evaluate("document.getElementById('said').textContent").getAsString());
        page.evaluate("document.getElementById('said').textContent = ''");
        page.reset();
        page.awaitFrames(30, PATIENCE);
        assertEquals("kept", page.evaluate("window.marker").getAsString(), "the page was loaded again");
        assertTrue(page.evaluate("document.getElementById('video') === window.element").getAsBoolean());
        page.await("document.body.dataset.state === 'live' && document.getElementById('last').hidden", PATIENCE);
        product.awaitStream(stream -> stream.get("viewers").getAsInt() == 1, PATIENCE);
    }

    /** The script has become the JVM, or is its parent. */
    private static long serverPid() {
        return ProcessHandle.of(product.pid()).orElseThrow().descendants()
                .filter(one -> one.info().command().orElse("").endsWith("java")).mapToLong(ProcessHandle::pid).findFirst()
                .orElse(product.pid());
    }

    @Test
    void thePageGoesOnByItself() throws IOException {
        Page page = chromium.open(product.url());
        page.awaitFrames(30, PATIENCE);
        page.evaluate("window.marker = 'kept'; window.element = document.getElementById('video')");

        Path maps = Path.of("/proc/" + serverPid() + "/maps");
        assertFalse(Files.readString(maps).contains("libwebrtc-java"), "loaded before it was chosen");
        product.awaitShell("swap", "engine", "libwebrtc");
        goesOn(page, 2, "by the shell, to libwebrtc");
        product.awaitStream(stream -> isServedBy(stream, "engine"), PATIENCE);
        assertTrue(Files.readString(maps).contains("libwebrtc-java"), "the check above finds nothing");

        product.awaitShell("swap", "engine", "revcam");
        goesOn(page, 3, "by the shell, to revcam");
        product.awaitStream(stream -> !isServedBy(stream, "engine"), PATIENCE);

        product.awaitShell("swap", "engine", "libwebrtc");
        goesOn(page, 4, "by the shell, to libwebrtc again");

        // Its bundle goes: nothing can be there before the session ends.
        String bundle = product.awaitShell("lb", "-s").lines().filter(line -> line.contains("revcam.engine.libwebrtc"))
                .findFirst().orElseThrow();
        product.awaitShell("stop", bundle.substring(0, bundle.indexOf('|')).strip());
        goesOn(page, 5, "its bundle stopped, to revcam");
    }
}
