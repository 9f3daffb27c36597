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

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConsoleLoginOSGiTest {

    private static final String PAGE = "/system/console/bundles";

    private static ConsoleHttp console;

    @BeforeAll
    static void consoleIsUp() throws InterruptedException {
        console = new ConsoleHttp();
        assertTrue(console.endpoint.getHost().startsWith("127."), console.endpoint.toString());
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
        assertEquals(200, status("GET", console.own()));
    }

    @Test
    @Order(1)
    void noPasswordAsksForOne() throws IOException {
        assertTrue(console.exchange("GET", PAGE, console.host("localhost"), "").head().contains("WWW-Authenticate: Basic"));
    }

    @Test
    @Order(1)
    void aNameThatIsNotThisMachinesIsRefused() throws IOException {
        assertEquals(403, status("GET", console.host("rebound.example") + ConsoleHttp.login("revcam", "open sesame")));
    }

    @Test
    @Order(1)
    void aWriteFromAnotherSiteIsRefused() throws IOException {
        assertEquals(403, status("POST", console.own() + "Origin: http://evil.example\r\n"));
        assertEquals(403, status("POST", console.own() + "Origin: http://localhost:1\r\n"));
        assertEquals(403, status("POST", console.own() + "Origin: null\r\n"));
        assertEquals(403, status("POST", console.own() + "Sec-Fetch-Site: cross-site\r\n"));
    }

    @Test
    @Order(1)
    void aWriteFromTheConsoleItselfIsTaken() throws IOException {
        int status = status("POST", console.own() + "Origin: http://localhost:" + console.endpoint.getPort()
                + "\r\nSec-Fetch-Site: same-origin\r\n");
        assertTrue(status != 401 && status != 403, "status " + status);
    }

    @Test
    @Order(2)
    void theConsolesBuiltInLoginIsClosedAndTheSixthGuessMustWait() throws IOException {
        for (int i = 0; i < 5; i++) {
            assertEquals(401, status("GET", console.host("localhost") + ConsoleHttp.login("admin", "admin")));
        }
        assertEquals(429, status("GET", console.own()));
    }

    private static int status(String method, String headers) throws IOException {
        return console.exchange(method, PAGE, headers, "").status();
    }
}
