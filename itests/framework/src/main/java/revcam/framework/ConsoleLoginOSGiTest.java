package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** The fixture src/main/state holds the hash of the password used here. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConsoleLoginOSGiTest {

    private static final String PAGE = "/system/console/bundles";
    private static final String RIGHT = Http.RIGHT;

    private static int port;

    @BeforeAll
    static void consoleIsUp() throws InterruptedException {
        port = Services.consolePort();
    }

    /** The next test class is not to wait until the failures of this one are a minute old. */
    @AfterAll
    static void forgetFailures() throws BundleException {
        for (Bundle bundle : Services.CONTEXT.getBundles()) {
            if (bundle.getSymbolicName().equals("revcam.console")) {
                bundle.stop();
                bundle.start();
            }
        }
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
            assertEquals(401, status("GET", host("localhost") + Http.basic("admin:admin")));
        }
        assertEquals(429, status("GET", host("localhost") + RIGHT));
    }

    private static String host(String name) {
        return "Host: " + name + ":" + port + "\r\n";
    }

    private static int status(String method, String headers) throws IOException {
        return Http.status(exchange(method, headers));
    }

    private static String exchange(String method, String headers) throws IOException {
        return Http.exchange(port, method, PAGE, headers, null);
    }
}
