package revcam.signalling.whep;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.condition.Condition;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;
import revcam.http.AccessControl;
import revcam.http.Exchanges;
import revcam.http.HttpEndpoint;
import revcam.http.HttpPath;
import revcam.http.HttpProblem;
import revcam.http.Json;

/**
 * Puts WHEP on the web server, with the little that its page asks for besides: how the streams are, and what time it
 * is. A change of configuration leaves the sessions alone.
 */
@Component(configurationPid = Signalling.PID, immediate = true,
        service = {HttpHandler.class, AccessControl.class})
@HttpPath({"/whep", "/api/streams", "/api/time"})
@Designate(ocd = Signalling.Config.class)
public final class Signalling implements HttpHandler, AccessControl {

    static final String PID = "revcam.signalling.whep";
    static final String FILE = PID + ".cfg";

    private static final Logger log = LoggerFactory.getLogger("revcam.signalling.whep");

    /** Settings of signalling. */
    @ObjectClassDefinition(name = "RevCam WHEP signalling")
    @interface Config {

        @AttributeDefinition(
                type = AttributeType.PASSWORD,
                description = "Bearer token that viewers on other machines need; empty for a random one, kept in the "
                        + "state directory; none to let everyone in")
        String token() default "";

        @AttributeDefinition(description = "Directory in which the random token is kept")
        String state() default "";

        @AttributeDefinition(description = "Origins of other sites whose pages may play, separated by commas")
        String origins() default "";
    }

    /** Id of the condition (OSGi Core 8, chapter 111) that holds from when a viewer can connect: others start then. */
    private static final String READY = "revcam.ready";

    private final Streams streams = new Streams();
    private final Sessions sessions = new Sessions();
    private final ReadyLine readyLine;

    private volatile Values values;
    private volatile Access access;
    private volatile Telemetry telemetry;

    private record Values(String token, String state, List<String> origins) {

        static Values of(Settings settings) throws BadSetting {
            return new Values(
                    settings.secret("token", Token::checked, "empty, none, or letters, digits and -._~+/ (RFC 6750)"),
                    settings.text("state"),
                    settings.list("origins"));
        }

        /** A record would show the token. */
        @Override
        public String toString() {
            return "Values";
        }
    }

    @Activate
    public Signalling(Map<String, Object> properties, BundleContext context) {
        this(properties, () -> context.registerService(Condition.class, Condition.INSTANCE,
                FrameworkUtil.asDictionary(Map.of(Condition.CONDITION_ID, READY))));
    }

    Signalling(Map<String, Object> properties, Runnable whenReady) {
        configure(properties);
        readyLine = new ReadyLine(streams, () -> access.token(), whenReady);
        readyLine.start();
    }

    @Modified
    void configure(Map<String, Object> properties) {
        Values previous = values;
        Values next = Settings.read(PID, Config.class, properties, previous, Values::of, log::error);
        // One that is made anew only because something else changed would shut everybody out.
        boolean sameToken = previous != null && next.token().equals(previous.token()) && next.state().equals(previous.state());
        Token token = sameToken ? access.token() : Token.of(next.token(), next.state());
        access = new Access(token, next.origins(), access);
        values = next;
    }

    @Deactivate
    void close() {
        readyLine.close();
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void addStream(VideoStream stream, Map<String, Object> properties) {
        streams.add(stream, properties);
    }

    void removeStream(VideoStream stream) {
        streams.remove(stream);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setEndpoint(HttpEndpoint endpoint) {
        readyLine.endpoint(endpoint);
    }

    void unsetEndpoint(HttpEndpoint endpoint) {
        readyLine.endpointGone(endpoint);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setTelemetry(Telemetry present) {
        telemetry = present;
    }

    void unsetTelemetry(Telemetry gone) {
        if (telemetry == gone) {
            telemetry = null;
        }
    }

    @Override
    public void check(HttpExchange exchange) throws HttpProblem {
        Access present = access;
        present.checkOrigin(exchange);
        present.checkToken(exchange);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        Access present = access;
        present.checkOrigin(exchange);
        String path = exchange.getRequestURI().getPath();
        if (path.startsWith("/whep")) {
            new WhepExchange(exchange, present, streams, sessions, this::publish).answer();
            return;
        }
        if (!path.equals("/api/streams") && !path.equals("/api/time")) {
            throw new HttpProblem(404, "Nothing is served here.");
        }
        if (!exchange.getRequestMethod().equals("GET") && !exchange.getRequestMethod().equals("HEAD")) {
            throw new HttpProblem(405, "This can only be read.").with("Allow", "GET, HEAD");
        }
        present.checkToken(exchange);
        Exchanges.send(exchange, 200, "application/json", path.equals("/api/time") ? time() : streams());
    }

    private void publish(Sample sample) {
        Telemetry present = telemetry;
        if (present != null) {
            present.publish(sample);
        }
    }

    /** Milliseconds, with a fraction: what a viewer sets its own clock against. */
    private static String time() {
        Instant now = Instant.now();
        return new Json().object()
                .field("unixMillis", now.getEpochSecond() * 1e3 + now.getNano() / 1_000 / 1e3)
                .end().toString();
    }

    private String streams() {
        VideoStream byDefault = streams.byDefault();
        Json json = new Json().object().name("streams").array();
        for (VideoStream stream : streams.all()) {
            StreamStatus status = stream.status();
            json.object()
                    .field("name", status.name())
                    .field("default", stream == byDefault)
                    .field("state", status.state().name().toLowerCase(java.util.Locale.ROOT))
                    .field("reason", status.reason())
                    .field("width", status.width())
                    .field("height", status.height())
                    .field("fps", status.fps())
                    .field("bitrateBps", status.bitrateBps())
                    .field("reduction", status.reduction())
                    .field("viewers", status.viewers())
                    .name("stages").array();
            for (StreamStatus.Stage stage : status.stages()) {
                json.object()
                        .field("role", stage.role())
                        .field("provider", stage.provider())
                        .field("bundle", stage.bundle())
                        .field("problem", stage.problem())
                        .end();
            }
            json.end().end();
        }
        return json.end().end().toString();
    }
}
