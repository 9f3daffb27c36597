package revcam.console;

import com.google.gson.stream.JsonWriter;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.felix.webconsole.servlet.AbstractServlet;
import org.apache.felix.webconsole.servlet.ServletConstants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.TrialReport;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;

/**
 * The console's tab RevCam: the pipelines as they run, charts, and a control for each stage. The page is scripts and
 * styles of this bundle; they ask for JSON and send JSON below the tab's path, behind the console's login. Each request is
 * answered at once, or after the few seconds that replacing a stage may take.
 */
@Component(service = Servlet.class, property = {
    ServletConstants.PLUGIN_LABEL + "=" + RevCamTab.LABEL,
    ServletConstants.PLUGIN_TITLE + "=RevCam",
    ServletConstants.PLUGIN_CATEGORY + "=RevCam",
    ServletConstants.PLUGIN_CSS_REFERENCES + "=" + RevCamTab.LABEL + "/uPlot.min.css",
    ServletConstants.PLUGIN_CSS_REFERENCES + "=" + RevCamTab.LABEL + "/tab.css"})
public final class RevCamTab extends AbstractServlet {

    static final String LABEL = "revcam";

    private static final Logger LOG = LoggerFactory.getLogger(RevCamTab.class);
    private static final long serialVersionUID = 1;
    private static final String BY = "console " + ConsoleLogin.USER;
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    /** Where libraries of the page are, in folders of their name and version. */
    private static final String WEBJARS = "META-INF/resources/webjars";
    private static final String STYLE = "text/css; charset=utf-8";
    /** The page's files, which are those named here and no others. */
    private static final Map<String, String> TYPES = Map.of(
            "tab.js", SCRIPT,
            "charts.js", SCRIPT,
            "stages.js", SCRIPT,
            "dom.js", SCRIPT,
            "uPlot.iife.min.js", SCRIPT,
            "uPlot.min.css", STYLE,
            "tab.css", STYLE);
    /** A replacement that takes longer goes on by itself; the page sees how it ends. */
    private static final long PATIENCE_MILLIS = 8_000;
    /** Long enough to hear that a trial fails at once. */
    private static final long TRIAL_PATIENCE_MILLIS = 500;

    private record Resource(byte[] bytes, String etag) {}

    private final transient TelemetryHistory history;
    private final transient Map<String, Resource> resources = new ConcurrentHashMap<>();

    @Reference(policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile List<Pipeline> pipelines;

    @Reference(policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile List<VideoStream> streams;

    @Activate
    public RevCamTab(@Reference TelemetryHistory history) {
        this.history = history;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = path(request);
        if (path.isEmpty()) {
            // The console draws its head and menu, then calls renderContent.
            String appRoot = (String) request.getAttribute(ServletConstants.ATTR_APP_ROOT);
            response.setHeader("Content-Security-Policy", ChromePolicy.of(appRoot, LABEL));
            response.setHeader("X-Content-Type-Options", "nosniff");
            response.setHeader("Referrer-Policy", "no-referrer");
            setNoCache(response);
            return;
        }
        try {
            switch (path) {
                case "pipelines.json" -> send(response, 200, this::writePipelines);
                case "replacements.json" -> send(response, 200, this::writeReplacements);
                case "telemetry.json" -> {
                    long after = after(request);
                    send(response, 200, out -> history.write(out, after));
                }
                default -> sendResource(request, response, path);
            }
        } catch (TabProblem e) {
            sendProblem(response, e);
        }
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            String action = path(request);
            if (!List.of("swap", "trial", "rollback", "quarantine", "release", "keyframe").contains(action)) {
                throw new TabProblem(404, "There is nothing to ask for here");
            }
            Request body = Request.read(request);
            if (action.equals("keyframe")) {
                stream(body.text("pipeline")).requestKeyframe();
                send(response, 200, out -> out.beginObject().endObject());
            } else {
                act(response, action, body);
            }
        } catch (RefusedException e) {
            sendProblem(response, new TabProblem(409, e.getMessage()));
        } catch (TabProblem e) {
            sendProblem(response, e);
        }
    }

    private void act(HttpServletResponse response, String action, Request body)
            throws IOException, TabProblem, RefusedException {
        Pipeline pipeline = pipeline(body.text("pipeline"));
        String role = body.text("role");
        switch (action) {
            case "swap" -> answer(response, pipeline, pipeline.swap(role, body.text("provider"), BY));
            case "rollback" -> answer(response, pipeline, pipeline.rollback(role, BY));
            case "quarantine" -> {
                pipeline.quarantine(role, body.text("provider"), body.text("reason"));
                send(response, 200, out -> out.beginObject().endObject());
            }
            case "release" -> {
                pipeline.release(role, body.text("provider"));
                send(response, 200, out -> out.beginObject().endObject());
            }
            default -> {
                String provider = body.text("provider");
                Duration length = Duration.ofSeconds(body.number("seconds"));
                CompletionStage<TrialReport> trial = pipeline.trial(role, provider, length, BY);
                trial.whenComplete((report, e) -> {
                    if (e != null) {
                        LOG.warn("trial of {} as {} broke: {}", provider, role, e.toString());
                    }
                });
                TrialReport report = await(trial, TRIAL_PATIENCE_MILLIS);
                send(response, report == null ? 202 : 200, out -> {
                    if (report == null) {
                        out.beginObject().endObject();
                    } else {
                        PipelineJson.write(out, report);
                    }
                });
            }
        }
    }

    private static void answer(HttpServletResponse response, Pipeline pipeline, CompletionStage<Replacement> replacing)
            throws IOException, TabProblem {
        Replacement replacement = await(replacing, PATIENCE_MILLIS);
        send(response, replacement == null ? 202 : 200, out -> {
            if (replacement == null) {
                out.beginObject().endObject();
            } else {
                PipelineJson.write(out, pipeline.name(), replacement);
            }
        });
    }

    /** @return null when it is not done in time */
    private static <T> T await(CompletionStage<T> stage, long millis) throws TabProblem {
        try {
            return stage.toCompletableFuture().get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new TabProblem(500, "It broke: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TabProblem(503, "The console is stopping");
        }
    }

    private Pipeline pipeline(String name) throws TabProblem {
        return pipelines.stream().filter(pipeline -> pipeline.name().equals(name)).findFirst()
                .orElseThrow(() -> new TabProblem(404, "There is no pipeline " + name));
    }

    private VideoStream stream(String name) throws TabProblem {
        return streams.stream().filter(stream -> stream.name().equals(name)).findFirst()
                .orElseThrow(() -> new TabProblem(404, "There is no stream " + name));
    }

    private void writePipelines(JsonWriter out) throws IOException {
        out.beginObject();
        out.name("now").value(System.currentTimeMillis());
        out.name("pipelines").beginArray();
        for (Pipeline pipeline : sorted(pipelines)) {
            StreamStatus status = streams.stream().filter(stream -> stream.name().equals(pipeline.name()))
                    .map(VideoStream::status).findFirst().orElse(null);
            PipelineJson.write(out, pipeline, status);
        }
        out.endArray().endObject();
    }

    private void writeReplacements(JsonWriter out) throws IOException {
        record Entry(String pipeline, Replacement replacement) {}
        List<Entry> entries = pipelines.stream()
                .flatMap(pipeline -> pipeline.replacements().stream().map(r -> new Entry(pipeline.name(), r)))
                .sorted(Comparator.comparingLong((Entry entry) -> entry.replacement().wallMillis()).reversed())
                .toList();
        out.beginArray();
        for (Entry entry : entries) {
            PipelineJson.write(out, entry.pipeline(), entry.replacement());
        }
        out.endArray();
    }

    /** Streams first, by name, then what is none. */
    private List<Pipeline> sorted(List<Pipeline> all) {
        return all.stream().sorted(Comparator
                .comparing((Pipeline pipeline) -> streams.stream().noneMatch(s -> s.name().equals(pipeline.name())))
                .thenComparing(Pipeline::name)).toList();
    }

    @Override
    public void renderContent(HttpServletRequest request, HttpServletResponse response) throws IOException {
        // Variables are the console's; everything else is drawn by the scripts, with nothing that is markup.
        response.getWriter().println("""
                <div id="revcam"><noscript>This tab needs JavaScript.</noscript></div>
                <script src="${pluginRoot}/uPlot.iife.min.js"></script>
                <script type="module" src="${pluginRoot}/tab.js"></script>
                """);
    }

    /** What follows the tab's own path, without the slash. */
    private static String path(HttpServletRequest request) {
        String path = request.getPathInfo().substring(1 + LABEL.length());
        return path.startsWith("/") ? path.substring(1) : path;
    }

    private static long after(HttpServletRequest request) throws TabProblem {
        String after = request.getParameter("after");
        try {
            return after == null ? Long.MIN_VALUE : Long.parseLong(after);
        } catch (NumberFormatException e) {
            throw new TabProblem(400, "after is what the answer before gave as last");
        }
    }

    private void sendResource(HttpServletRequest request, HttpServletResponse response, String name)
            throws IOException, TabProblem {
        String type = TYPES.get(name);
        if (type == null) {
            throw new TabProblem(404, "There is nothing here");
        }
        Resource resource = resources.computeIfAbsent(name, RevCamTab::load);
        // Kept, but asked about: a new version of this bundle shows at the next load.
        response.setHeader("Cache-Control", "no-cache");
        response.setHeader("ETag", resource.etag);
        response.setHeader("X-Content-Type-Options", "nosniff");
        if (resource.etag.equals(request.getHeader("If-None-Match"))) {
            response.setStatus(304);
            return;
        }
        response.setStatus(200);
        response.setContentType(type);
        response.setContentLength(resource.bytes.length);
        response.getOutputStream().write(resource.bytes);
    }

    private static Resource load(String name) {
        URL url = RevCamTab.class.getResource("tab/" + name);
        if (url == null) {
            url = FrameworkUtil.getBundle(RevCamTab.class).findEntries(WEBJARS, name, true).nextElement();
        }
        try (InputStream in = url.openStream()) {
            byte[] bytes = in.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new Resource(bytes, '"' + HexFormat.of().formatHex(digest, 0, 12) + '"');
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(name, e);
        }
    }

    @FunctionalInterface
    private interface Content {
        void write(JsonWriter out) throws IOException;
    }

    private static void sendProblem(HttpServletResponse response, TabProblem problem) throws IOException {
        send(response, problem.status, out -> out.beginObject().name("error").value(problem.getMessage()).endObject());
    }

    private static void send(HttpServletResponse response, int status, Content content) throws IOException {
        // Written whole before anything is sent: what breaks halfway is an error, not half an answer.
        StringWriter text = new StringWriter(4_096);
        try (JsonWriter out = new JsonWriter(text)) {
            out.setHtmlSafe(true);
            content.write(out);
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType("application/json; charset=utf-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }
}
