package revcam.viewer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import revcam.http.HttpProblem;

class PageTest {

    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        Page page = new Page();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.createContext("/", exchange -> {
            try {
                page.handle(exchange);
            } catch (HttpProblem problem) {
                problem.send(exchange);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void servesThePageAndAllThatItRefersTo() throws Exception {
        HttpResponse<String> page = send("GET", "/");
        assertEquals(200, page.statusCode());
        assertTrue(page.headers().firstValue("Content-Type").orElse("").startsWith("text/html"));
        Matcher reference = Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(page.body());
        int references = 0;
        while (reference.find()) {
            assertEquals(200, send("GET", reference.group(1)).statusCode(), reference.group(1));
            references++;
        }
        Matcher imported = Pattern.compile("from '\\./([^']+)'").matcher(send("GET", "/viewer.js").body());
        while (imported.find()) {
            assertEquals(200, send("GET", "/" + imported.group(1)).statusCode(), imported.group(1));
            references++;
        }
        assertTrue(references >= 8);
    }

    /** The content security policy would block it, silently for whoever does not look. */
    @Test
    void nothingIsInlineOrForeign() throws Exception {
        String page = send("GET", "/").body();
        Pattern blocked = Pattern.compile("<script(?![^>]* src=)|<style|\\sstyle=|\\son\\w+=|https?://");
        assertFalse(blocked.matcher(page).find());
    }

    @Test
    void browsersKeepWhatHasNotChanged() throws Exception {
        String tag = send("GET", "/viewer.js").headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> again = send("GET", "/viewer.js", "If-None-Match", tag);
        assertEquals(304, again.statusCode());
        assertEquals("", again.body());
        assertEquals(200, send("GET", "/viewer.js", "If-None-Match", "\"other\"").statusCode());
        HttpResponse<String> head = send("HEAD", "/viewer.js");
        assertEquals(200, head.statusCode());
        assertEquals(tag, head.headers().firstValue("ETag").orElse(""));
        assertTrue(Integer.parseInt(head.headers().firstValue("Content-Length").orElse("0")) > 1000);
    }

    @Test
    void servesNothingElse() throws Exception {
        for (String path : List.of("/../Page.class", "/..%2fPage.class", "/%2e%2e/Page.class", "/Page.class",
                "/page/index.html", "/index.html/", "/viewer.js%00", "/META-INF/MANIFEST.MF", "//etc/passwd")) {
            int status = send("GET", path).statusCode();
            // Newer updates of the JDK refuse some of them themselves, with 400.
            assertTrue(status == 404 || status == 400, path + " was answered " + status);
        }
        assertEquals(405, send("POST", "/").statusCode());
    }

    private HttpResponse<String> send(String method, String path, String... headers) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
