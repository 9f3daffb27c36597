package revcam.framework;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.osgi.framework.ServiceReference;

/**
 * Talks HTTP to the console by hand, because HTTP clients do not let a test choose Host and Origin. The fixture
 * src/main/state holds the hash of the password used here.
 */
final class ConsoleHttp {

    /** An answer, as it came. */
    record Answer(int status, String head, String body) {}

    final URI endpoint;

    /** Waits for the console. */
    ConsoleHttp() throws InterruptedException {
        ServiceReference<?> server = Services.await("org.osgi.service.servlet.runtime.HttpServiceRuntime", "(osgi.http.endpoint=*)");
        endpoint = URI.create(((String[]) server.getProperty("osgi.http.endpoint"))[0]);
        Services.await("org.apache.felix.webconsole.spi.SecurityProvider", "(webconsole.security.provider.id=revcam.console)");
    }

    /** Headers of a request that names this host, and logs in rightly. */
    String own() {
        return host("localhost") + login("revcam", "open sesame");
    }

    String host(String name) {
        return "Host: " + name + ":" + endpoint.getPort() + "\r\n";
    }

    static String login(String user, String password) {
        String credentials = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        return "Authorization: Basic " + credentials + "\r\n";
    }

    /** @param headers each with its end of line; the body's length is added */
    Answer exchange(String method, String path, String headers, String body) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(10_000);
            socket.connect(new InetSocketAddress("127.0.0.1", endpoint.getPort()), 10_000);
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            String length = method.equals("GET") ? "" : "Content-Length: " + bytes.length + "\r\n";
            socket.getOutputStream().write((method + " " + path + " HTTP/1.1\r\n" + headers + length
                    + "Connection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().write(bytes);
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int end = answer.indexOf("\r\n\r\n");
            return new Answer(Integer.parseInt(answer.split(" ", 3)[1]), answer.substring(0, end), answer.substring(end + 4));
        }
    }
}
