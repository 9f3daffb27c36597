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
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(10_000);
            socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
            String body = form == null ? "" : form;
            String about = method.equals("POST") ? "Content-Length: " + body.length() + "\r\n" : "";
            if (form != null) {
                about += "Content-Type: application/x-www-form-urlencoded\r\n";
            }
            socket.getOutputStream().write((method + " " + path + " HTTP/1.1\r\n" + headers + about
                    + "Connection: close\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    static int status(String answer) {
        return Integer.parseInt(answer.split(" ", 3)[1]);
    }
}
