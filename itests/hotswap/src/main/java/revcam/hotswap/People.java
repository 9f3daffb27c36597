package revcam.hotswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.service.cm.Configuration;

/** What a person sends to change a stage: the console's requests as its pages make them, and lines to the shell's socket. */
final class People {

    /** The fixture revcam.console.password holds the hash of this password. */
    private static final String LOGIN =
            "Basic " + Base64.getEncoder().encodeToString("revcam:open sesame".getBytes(StandardCharsets.UTF_8));
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final HttpClient BROWSER = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private People() {}

    /** A button of the console's tab RevCam. */
    static void press(String action, String pipeline, String role, String provider) throws Exception {
        String body = "{\"pipeline\":\"" + pipeline + "\",\"role\":\"" + role + "\""
                + (provider == null ? "" : ",\"provider\":\"" + provider + "\"") + "}";
        HttpResponse<String> answer = post("revcam/" + action, "application/json", body);
        assertEquals(200, answer.statusCode(), answer.body());
        assertTrue(answer.body().contains("\"succeeded\":true"), answer.body());
    }

    /** The console's form for a configuration: every field, as a browser sends them. */
    static void edit(Configuration configuration, String key, String value) throws Exception {
        Map<String, String> form = new TreeMap<>();
        Dictionary<String, Object> settings = configuration.getProperties();
        for (String name : Collections.list(settings.keys())) {
            if (!name.startsWith(".") && !name.startsWith("service.")) {
                form.put(name, settings.get(name).toString());
            }
        }
        form.put(key, value);
        StringBuilder body = new StringBuilder("apply=true&propertylist=" + encode(String.join(",", form.keySet())));
        form.forEach((name, text) -> body.append('&').append(encode(name)).append('=').append(encode(text)));
        HttpResponse<String> answer = post("configMgr/" + configuration.getPid(), "application/x-www-form-urlencoded",
                body.toString());
        assertEquals(302, answer.statusCode(), answer.body());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static HttpResponse<String> post(String path, String type, String body) throws Exception {
        Wait.reference("(felix.webconsole.label=revcam)");
        Wait.reference("(webconsole.security.provider.id=revcam.console)");
        String[] endpoints = (String[]) Wait.reference("(osgi.http.endpoint=*)").getProperty("osgi.http.endpoint");
        String origin = "http://localhost:" + URI.create(endpoints[0]).getPort();
        HttpRequest request = HttpRequest.newBuilder(URI.create(origin + "/system/console/" + path)).timeout(PATIENCE)
                .header("Authorization", LOGIN).header("Content-Type", type)
                // What the console goes by instead of a token: where the page is from.
                .header("Origin", origin).header("Sec-Fetch-Site", "same-origin")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        return BROWSER.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** One command in a session of its own; one at a time, for few sessions are let in at once. */
    static synchronized void type(String line) throws IOException {
        Path socket = Path.of(Wait.CONTEXT.getProperty("revcam.state"), "shell", "socket");
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertEquals(". 0\n", answer(channel));
            channel.write(ByteBuffer.wrap(("run 0 " + line + "\n").getBytes(StandardCharsets.UTF_8)));
            String answer = answer(channel);
            assertTrue(answer.endsWith(". 0\n"), line + ": " + answer);
        }
    }

    private static String answer(SocketChannel channel) throws IOException {
        StringBuilder text = new StringBuilder();
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        while (!text.toString().matches("(?s)(.*\\n)?\\. \\d+\\n") && channel.read(bytes.clear()) >= 0) {
            text.append(StandardCharsets.UTF_8.decode(bytes.flip()));
        }
        return text.toString();
    }
}
