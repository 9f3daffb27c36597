package revcam.framework;

import java.io.IOException;

/** Talks to the console. */
final class ConsoleHttp {

    /** An answer, as it came. */
    record Answer(int status, String head, String body) {}

    final int port;

    /** Waits for the console. */
    ConsoleHttp() throws InterruptedException {
        port = Services.consolePort();
    }

    /** Headers of a request that names this host, and logs in rightly. */
    String own() {
        return host("localhost") + Http.RIGHT;
    }

    String host(String name) {
        return "Host: " + name + ":" + port + "\r\n";
    }

    /** @param headers each with its end of line; the body's length is added */
    Answer exchange(String method, String path, String headers, String body) throws IOException {
        String answer = Http.send(port, method, path, headers, body);
        int end = answer.indexOf("\r\n\r\n");
        return new Answer(Http.status(answer), answer.substring(0, end), answer.substring(end + 4));
    }
}
