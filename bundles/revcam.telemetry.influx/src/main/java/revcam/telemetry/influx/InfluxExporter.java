package revcam.telemetry.influx;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;

/**
 * Sends samples in InfluxDB's line protocol: by HTTP to {@code /api/v2/write} or {@code /write}, or as UDP datagrams.
 *
 * <p>{@link #export} only puts lines into a bounded queue. A sink that hangs, refuses or is resolved slowly holds up the
 * thread of {@link Sender} and nobody else; what then does not fit the queue is lost, oldest first, and counted.
 */
@Component(configurationPid = InfluxExporter.PID, property = TelemetryExporter.NAME + "=influx")
@Designate(ocd = InfluxExporter.Config.class)
public final class InfluxExporter implements TelemetryExporter {

    static final String PID = "revcam.telemetry.influx";

    private static final Logger LOG = LoggerFactory.getLogger(InfluxExporter.class);
    private static final long FIRST_BACK_OFF_MILLIS = 1_000;

    /** Settings of this exporter. */
    @ObjectClassDefinition(name = "RevCam telemetry for InfluxDB", description = "Samples sent in its line protocol.")
    @interface Config {

        @AttributeDefinition(description = "http://host:port, https://host or udp://host:port; empty: nothing is sent")
        String url() default "";

        @AttributeDefinition(description = "Of the HTTP interface: 2 for /api/v2/write, 1 for /write")
        String version() default "2";

        @AttributeDefinition(description = "Version 2: the organisation")
        String org() default "";

        @AttributeDefinition(description = "Version 2: the bucket")
        String bucket() default "";

        @AttributeDefinition(type = AttributeType.PASSWORD, description = "Version 2: a token that may write to it")
        String token() default "";

        @AttributeDefinition(description = "Version 1: the database")
        String database() default "";

        @AttributeDefinition(description = "Version 1: the user; empty for none")
        String user() default "";

        @AttributeDefinition(type = AttributeType.PASSWORD, description = "Version 1: the user's password")
        String password() default "";

        @AttributeDefinition(description = "Milliseconds between two sends, 100 to 600000", min = "100", max = "600000")
        int interval() default 10_000;

        @AttributeDefinition(description = "Milliseconds for connecting, and for each answer, 500 to 60000",
                min = "500", max = "60000")
        int timeout() default 5_000;

        @AttributeDefinition(description = "Bytes of lines kept while they cannot be sent, 4096 to 67108864",
                min = "4096", max = "67108864")
        int queueBytes() default 1 << 20;

        @AttributeDefinition(description = "Whether HTTP bodies are gzipped")
        boolean compressed() default true;

        @AttributeDefinition(description = "Measurements that are not sent, separated by commas")
        String exclude() default "";
    }

    /** @param sink null for none */
    private record Values(Sink sink, long intervalMillis, long timeoutMillis, int queueBytes, Set<String> excluded) {

        static Values of(Settings settings) throws BadSetting {
            int timeout = settings.wholeNumber("timeout", 500, 60_000);
            return new Values(
                    sink(settings, timeout),
                    settings.wholeNumber("interval", 100, 600_000),
                    timeout,
                    settings.wholeNumber("queueBytes", 4_096, 1 << 26),
                    Set.copyOf(settings.list("exclude")));
        }

        private static Sink sink(Settings settings, int timeoutMillis) throws BadSetting {
            // Somebody may have written a password into it, in vain.
            URI url = settings.secret("url", Values::url,
                    "empty, or http://host:port, https://host:port or udp://host:port, without user, password and query");
            String version = settings.choice("version", "1", "2");
            boolean compressed = settings.truth("compressed");
            String org = settings.text("org");
            String bucket = settings.text("bucket");
            String token = settings.secret("token", Values::headerValue, "a token of one line of ASCII");
            String database = settings.text("database");
            String user = settings.text("user");
            String password = settings.text("password");
            if (url == null) {
                return null;
            }
            if (url.getScheme().equals("udp")) {
                return new UdpSink(url.getHost(), url.getPort());
            }
            String query;
            String authorization;
            if (version.equals("2")) {
                if (bucket.isEmpty()) {
                    throw settings.bad("url", "one with bucket set beside it, as version = 2 needs");
                }
                query = "/api/v2/write?" + (org.isEmpty() ? "" : "org=" + encoded(org) + "&") + "bucket=" + encoded(bucket);
                authorization = token.isEmpty() ? "" : "Token " + token;
            } else {
                if (database.isEmpty()) {
                    throw settings.bad("url", "one with database set beside it, as version = 1 needs");
                }
                query = "/write?db=" + encoded(database);
                authorization = user.isEmpty() ? "" : "Basic " + Base64.getEncoder()
                        .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
            }
            try {
                String base = url.toString().replaceFirst("/+$", "");
                return new HttpSink(URI.create(base + query + "&precision=ms").toURL(), authorization,
                        List.of(token, password, authorization.replaceFirst("^\\w+ ", "")), compressed, timeoutMillis);
            } catch (MalformedURLException e) {
                throw settings.bad("version", "1 or 2, with a url that can be used");
            }
        }

        private static URI url(String text) {
            if (text.isEmpty()) {
                return null;
            }
            URI url = URI.create(text);
            boolean udp = "udp".equals(url.getScheme());
            boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            boolean bare = url.getUserInfo() == null && url.getQuery() == null && url.getFragment() == null;
            boolean whole = url.getHost() != null && url.getPort() <= 65_535 && (!udp || url.getPort() > 0);
            if (!bare || !whole || !(udp || http)) {
                throw new IllegalArgumentException();
            }
            return url;
        }

        private static String headerValue(String text) {
            if (!text.matches("[\\x21-\\x7e]*")) {
                throw new IllegalArgumentException();
            }
            return text;
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
        }
    }

    private final LineQueue queue;
    private final long firstBackOffMillis;
    private final StringBuilder line = new StringBuilder(); // the exporter's thread
    private volatile Values values;
    private volatile Sender sender; // written under this

    @Activate
    public InfluxExporter(Map<String, Object> properties) {
        this(properties, FIRST_BACK_OFF_MILLIS);
    }

    InfluxExporter(Map<String, Object> properties, long firstBackOffMillis) {
        this.firstBackOffMillis = firstBackOffMillis;
        queue = new LineQueue(0);
        modified(properties);
        if (values.sink() == null) {
            LOG.info("{}.cfg names no url: nothing is sent", PID);
        }
    }

    @Modified
    void modified(Map<String, Object> properties) {
        Values next = Settings.read(PID, Config.class, properties, values, Values::of, LOG::error);
        if (next == values) {
            return;
        }
        values = next;
        queue.bound(next.sink() == null ? 0 : next.queueBytes());
        synchronized (this) {
            if (sender != null && next.sink() != null) {
                sender.change(next.sink(), next.intervalMillis());
            } else if (next.sink() != null) {
                sender = new Sender(queue, next.sink(), next.intervalMillis(), firstBackOffMillis);
            } else {
                stop();
            }
        }
    }

    @Deactivate
    synchronized void stop() {
        if (sender != null) {
            try {
                sender.stop();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            sender = null;
        }
    }

    @Override
    public void export(List<Sample> batch) throws IOException {
        Values now = values;
        Sender sending = sender;
        if (now.sink() == null || sending == null) {
            return;
        }
        int lost = 0;
        for (Sample sample : batch) {
            line.setLength(0);
            if (!now.excluded().contains(sample.measurement().name()) && LineProtocol.append(line, sample)) {
                lost += queue.add(line.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
        sending.wake(TimeUnit.MILLISECONDS.toNanos(3 * now.timeoutMillis()));
        if (lost > 0) {
            String failure = sending.failure();
            throw new IOException(lost + " samples made room for others in a full queue"
                    + (failure.isEmpty() ? "" : "; " + failure));
        }
    }

    @Override
    public long lostSamples() {
        return queue.lost();
    }

    /** For tests: whether all has been sent or lost. */
    boolean isIdle() {
        return sender == null || sender.isIdle();
    }
}
