package revcam.signalling.whip;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.stream.VideoStream;

/**
 * Pushes a stream to the media server that configuration names. A change of configuration ends the session and begins
 * another; a bad one leaves it alone.
 */
@Component(configurationPid = Publisher.PID, service = {}, immediate = true)
@Designate(ocd = Publisher.Config.class)
public final class Publisher {

    static final String PID = "revcam.signalling.whip";

    private static final Logger LOG = LoggerFactory.getLogger(PID);

    /** Settings of pushing. */
    @ObjectClassDefinition(name = "RevCam WHIP", description = "The stream, pushed to a media server")
    @interface Config {

        @AttributeDefinition(description = "Whether the bundle is there at all")
        boolean enabled() default false;

        @AttributeDefinition(description = "The server's WHIP endpoint, such as https://media.example.org/camera/whip;"
                + " empty: nothing is pushed")
        String url() default "";

        @AttributeDefinition(type = AttributeType.PASSWORD, description = "Bearer token that the server asks for; empty for"
                + " none. Never logged")
        String token() default "";

        @AttributeDefinition(name = "token.clear", description = "Whether the token may go over plain HTTP to another"
                + " machine, where whoever is on the way can read it")
        boolean token_clear() default false;

        @AttributeDefinition(description = "Name of the stream; empty for the default one")
        String stream() default "";

        @AttributeDefinition(description = "File with certificates in PEM that are trusted beside those of the system;"
                + " empty for none")
        String certificate() default "";

        @AttributeDefinition(name = "retry.min", description = "Seconds until the first new attempt, 0.1 to 60; doubled with"
                + " each failure")
        double retry_min() default 1;

        @AttributeDefinition(name = "retry.max", description = "Seconds between two attempts at most, 1 to 3600, unless the"
                + " server asks for more", min = "1", max = "3600")
        int retry_max() default 60;

        @AttributeDefinition(description = "Seconds for the server's answer, 1 to 60", min = "1", max = "60")
        int timeout() default 10;
    }

    /** @param certificate empty for none */
    record Values(URI url, String token, String stream, String certificate, double minSeconds, int maxSeconds,
            int timeoutSeconds) {

        static Values of(Settings settings) throws BadSetting {
            String token = settings.secret("token", Values::token, "a token of one line of ASCII");
            boolean clear = settings.truth("token.clear");
            URI url = settings.secret("url", Values::url,
                    "empty, or https://host/path or http://host/path, without user and password");
            if (url != null && !token.isEmpty() && !clear && !isConfidential(url)) {
                settings.secret("url", text -> {
                    throw new IllegalArgumentException();
                }, "of https, so that nobody on the way reads the token; or set token.clear = true");
            }
            String certificate = settings.text("certificate");
            settings.parse("certificate", text -> text.isEmpty() ? null : Trust.with(Path.of(text)),
                    "empty, or a file with certificates in PEM that can be read");
            settings.truth("enabled");
            return new Values(url, token, settings.text("stream"), certificate,
                    settings.decimal("retry.min", 0.1, 60),
                    settings.wholeNumber("retry.max", 1, 3600),
                    settings.wholeNumber("timeout", 1, 60));
        }

        private static URI url(String text) {
            if (text.isEmpty()) {
                return null;
            }
            URI url = URI.create(text);
            boolean web = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
            if (!web || url.getHost() == null || url.getUserInfo() != null || url.getFragment() != null
                    || url.getPort() > 65_535) {
                throw new IllegalArgumentException();
            }
            return url;
        }

        private static String token(String text) {
            if (!text.matches("[\\x21-\\x7e]*")) {
                throw new IllegalArgumentException();
            }
            return text;
        }

        /** By TLS, or never leaving this machine. */
        private static boolean isConfidential(URI url) {
            return url.getScheme().equals("https")
                    || url.getHost().matches("(?i)localhost|127(\\.\\d{1,3}){3}|\\[(::1|(0{1,4}:){7}0{0,3}1)\\]");
        }

        WhipClient client() {
            return new WhipClient(url, token, certificate.isEmpty() ? null : Path.of(certificate),
                    (int) TimeUnit.SECONDS.toMillis(timeoutSeconds));
        }

        /** A record would show the token. */
        @Override
        public String toString() {
            return "Values";
        }
    }

    private final Streams streams = new Streams();
    private Values values; // written under this, as the next
    private Push push;

    @Activate
    public Publisher(Map<String, Object> properties) {
        values = read(properties, null);
    }

    /** Once the streams that there are have been bound. */
    @Activate
    synchronized void start() {
        if (values.url() == null) {
            LOG.warn("Nothing is pushed: {}.cfg has enabled = true and no url", PID);
            return;
        }
        push = new Push(streams, values.stream(), values.client(),
                (long) (values.minSeconds() * 1_000), TimeUnit.SECONDS.toMillis(values.maxSeconds()));
    }

    @Modified
    synchronized void modified(Map<String, Object> properties) throws InterruptedException {
        Values changed = read(properties, values);
        if (!changed.equals(values)) {
            stop();
            values = changed;
            start();
        }
    }

    @Deactivate
    synchronized void stop() throws InterruptedException {
        if (push != null) {
            push.stop();
            push = null;
        }
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void addStream(VideoStream stream, Map<String, Object> properties) {
        streams.add(stream, properties);
    }

    void removeStream(VideoStream stream) {
        streams.remove(stream);
    }

    private static Values read(Map<String, Object> properties, Values lastGood) {
        return Settings.read(PID, Config.class, properties, lastGood, Values::of, LOG::error);
    }
}
