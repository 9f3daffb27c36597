package revcam.framework;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Requests by hand, because HTTP clients do not let a test choose Host and Origin. */
final class Http {

    /** The fixture src/main/state holds the hash of this password. */
    static final String RIGHT = basic("revcam:open sesame");

    private Http() {}

    static String basic(String credentials) {
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)) + "\r\n";
    }

    /**
     * @param headers each with its CRLF
     * @param form null for none
     * @return the whole answer
     */
    static String exchange(int port, String method, String path, String headers, String form) throws IOException {
        String type = form == null ? "" : "Content-Type: application/x-www-form-urlencoded\r\n";
        return send(port, method, path, headers + type, form == null ? "" : form);
    }

    /**
     * @param headers each with its CRLF; the body's length is added
     * @return the whole answer
     */
    static String send(int port, String method, String path, String headers, String body) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(10_000);
            socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            String length = method.equals("POST") ? "Content-Length: " + bytes.length + "\r\n" : "";
            socket.getOutputStream().write((method + " " + path + " HTTP/1.1\r\n" + headers + length
                    + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(bytes);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static int status(String answer) {
        return Integer.parseInt(answer.split(" ", 3)[1]);
    }
}
