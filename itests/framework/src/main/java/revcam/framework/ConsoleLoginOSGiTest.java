package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.osgi.framework.ServiceReference;

/** The fixture src/main/state holds the hash of the password used here. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConsoleLoginOSGiTest {

    private static final String PAGE = "/system/console/bundles";
    private static final String RIGHT = "Authorization: Basic " + base64("revcam:open sesame") + "\r\n";

    private static int port;

    @BeforeAll
    static void consoleIsUp() throws InterruptedException {
        ServiceReference<?> server = Services.await("org.osgi.service.servlet.runtime.HttpServiceRuntime", "(osgi.http.endpoint=*)");
        URI endpoint = URI.create(((String[]) server.getProperty("osgi.http.endpoint"))[0]);
        assertTrue(endpoint.getHost().startsWith("127."), endpoint.toString());
        port = endpoint.getPort();
        Services.await("org.apache.felix.webconsole.spi.SecurityProvider", "(webconsole.security.provider.id=revcam.console)");
    }

    @Test
    @Order(1)
    void theRightPasswordOpensTheConsole() throws IOException {
        assertEquals(200, status("GET", host("localhost") + RIGHT));
    }

    @Test
    @Order(1)
    void noPasswordAsksForOne() throws IOException {
        assertTrue(exchange("GET", host("localhost")).contains("WWW-Authenticate: Basic"));
    }

    @Test
    @Order(1)
    void aNameThatIsNotThisMachinesIsRefused() throws IOException {
        assertEquals(403, status("GET", host("rebound.example") + RIGHT));
    }

    @Test
    @Order(1)
    void aWriteFromAnotherSiteIsRefused() throws IOException {
        assertEquals(403, status("POST", host("localhost") + "Origin: http://evil.example\r\n" + RIGHT));
        assertEquals(403, status("POST", host("localhost") + "Origin: http://localhost:1\r\n" + RIGHT));
        assertEquals(403, status("POST", host("localhost") + "Origin: null\r\n" + RIGHT));
        assertEquals(403, status("POST", host("localhost") + "Sec-Fetch-Site: cross-site\r\n" + RIGHT));
    }

    @Test
    @Order(1)
    void aWriteFromTheConsoleItselfIsTaken() throws IOException {
        int status = status("POST", host("localhost") + "Origin: http://localhost:" + port
                + "\r\nSec-Fetch-Site: same-origin\r\n" + RIGHT);
        assertTrue(status != 401 && status != 403, "status " + status);
    }

    @Test
    @Order(2)
    void theConsolesBuiltInLoginIsClosedAndTheSixthGuessMustWait() throws IOException {
        for (int i = 0; i < 5; i++) {
            assertEquals(401, status("GET", host("localhost") + "Authorization: Basic " + base64("admin:admin") + "\r\n"));
        }
        assertEquals(429, status("GET", host("localhost") + RIGHT));
    }

    private static String host(String name) {
        return "Host: " + name + ":" + port + "\r\n";
    }

    private static int status(String method, String headers) throws IOException {
        return Integer.parseInt(exchange(method, headers).split(" ", 3)[1]);
    }

    /** By hand, because HTTP clients do not let a test choose Host and Origin. */
    private static String exchange(String method, String headers) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(10_000);
            socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
            String length = method.equals("POST") ? "Content-Length: 0\r\n" : "";
            socket.getOutputStream().write((method + " " + PAGE + " HTTP/1.1\r\n" + headers + length
                    + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
