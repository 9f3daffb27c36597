package revcam.browser;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/** One tab. The probe in it, {@code probe.js}, listens to the page's own connection and reads the frames it shows. */
public final class Page {

    private static final long CALL_MILLIS = 20_000;
    private static final Gson GSON = new Gson();

    private final DevTools devTools;
    private final String session;

    Page(DevTools devTools, String session) throws IOException {
        this.devTools = devTools;
        this.session = session;
        call("Page.enable", Map.of());
        try (InputStream probe = Page.class.getResourceAsStream("probe.js")) {
            call("Page.addScriptToEvaluateOnNewDocument",
                    Map.of("source", new String(probe.readAllBytes(), StandardCharsets.UTF_8)));
        }
    }

    private JsonObject call(String method, Map<String, ?> parameters) throws IOException {
        return devTools.call(session, method, parameters, CALL_MILLIS);
    }

    /** Loads a page; returns when the server has begun to answer, or failed to. */
    public void navigate(String url) throws IOException {
        JsonObject result = call("Page.navigate", Map.of("url", url));
        if (result.has("errorText")) {
            throw new IOException(url + ": " + result.get("errorText").getAsString());
        }
    }

    /** Sends a header with each of this page's requests. */
    public void header(String name, String value) throws IOException {
        call("Network.enable", Map.of());
        call("Network.setExtraHTTPHeaders", Map.of("headers", Map.of(name, value)));
    }

    /** Runs a script before each page's own, whatever the page's content security policy is. */
    public void inject(String script) throws IOException {
        call("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
    }

    /** Leaves one way to the camera in the answer, by its UDP port: browsers would take the direct one. */
    public void reachBy(int port) throws IOException {
        inject("""
                (() => {
                  const real = RTCPeerConnection.prototype.setRemoteDescription;
                  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
                    const lines = description.sdp.split('\\r\\n').filter(
                        (line) => !line.startsWith('a=candidate:') || line.split(' ')[5] === '%d');
                    return real.call(this, {type: description.type, sdp: lines.join('\\r\\n')});
                  };
                })()""".formatted(port));
    }

    /** The value of a JavaScript expression, awaited if it is a promise. */
    public JsonElement evaluate(String expression) throws IOException {
        JsonObject result = call("Runtime.evaluate",
                Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
        if (result.has("exceptionDetails")) {
            throw new IOException(expression + ": " + result.get("exceptionDetails"));
        }
        JsonElement value = result.getAsJsonObject("result").get("value");
        return value == null ? JsonNull.INSTANCE : value;
    }

    /** Waits until the expression is true. */
    public void await(String expression, Duration atMost) throws IOException {
        long end = System.nanoTime() + atMost.toNanos();
        while (!truth(evaluate("Boolean(" + expression + ")"))) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("not within " + atMost.toMillis() + " ms: " + expression + "; the page says: "
                        + text());
            }
            Pause.millis(20);
        }
    }

    private static boolean truth(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsBoolean();
    }

    /** The text that a person sees. */
    public String text() throws IOException {
        JsonElement text = evaluate("document.body ? document.body.innerText : ''");
        return text.isJsonPrimitive() ? text.getAsString() : "";
    }

    /** Begins a new measuring window. */
    public void reset() throws IOException {
        evaluate("revcamProbe.reset()");
    }

    /** What happened since {@link #reset}, or since the page was loaded. */
    public Watch watch() throws IOException {
        return GSON.fromJson(evaluate("revcamProbe.watch()"), Watch.class);
    }

    /** Waits until this many frames were decoded and read since {@link #reset}. */
    public void awaitFrames(int frames, Duration atMost) throws IOException {
        try {
            await("revcamProbe.decoded() >= " + frames, atMost);
        } catch (IOException e) {
            throw new IOException(e.getMessage() + "; " + diagnosis(), e);
        }
    }

    /** Why there may be no frames. */
    public String diagnosis() throws IOException {
        return evaluate("revcamProbe.diagnosis()").getAsString();
    }

    /** Emulates a screen. */
    public void screen(int width, int height, double scale, boolean mobile) throws IOException {
        call("Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", scale, "mobile", mobile));
    }

    public void screenshot(Path png) throws IOException {
        screenshot(png, Map.of("format", "png"));
    }

    /** The whole page, however long. */
    public void screenshotWhole(Path png) throws IOException {
        call("Emulation.setScrollbarsHidden", Map.of("hidden", true));
        evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        int width = evaluate("document.documentElement.clientWidth").getAsInt();
        int height = evaluate("document.documentElement.scrollHeight").getAsInt();
        screenshot(png, Map.of("format", "png", "captureBeyondViewport", true,
                "clip", Map.of("x", 0, "y", 0, "width", width, "height", height, "scale", 1)));
    }

    private void screenshot(Path png, Map<String, ?> parameters) throws IOException {
        Files.createDirectories(png.getParent());
        JsonObject result = call("Page.captureScreenshot", parameters);
        Files.write(png, Base64.getDecoder().decode(result.get("data").getAsString()));
    }
}
