package revcam.browser;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A server of somebody else's, such as a database, on loopback and in a directory of its own. */
public final class Daemon implements AutoCloseable {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final Process process;
    private final Path log;
    private final int port;

    private Daemon(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /** Whether a program is installed. */
    public static boolean isInstalled(String program) {
        for (String directory : System.getenv("PATH").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }

    /** A TCP port that nobody has at the moment. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /**
     * Starts it and waits until it answers.
     *
     * @param port where it listens for HTTP
     * @param path what it answers with success once it is up
     */
    public static Daemon start(Path directory, int port, String path, String... command) throws IOException {
        Path log = directory.resolve(command[0] + ".log");
        Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
        Daemon daemon = new Daemon(process, log, port);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                if (daemon.send("GET", path, Map.of()).statusCode() / 100 == 2) {
                    return daemon;
                }
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - end > 0) {
                    daemon.close();
                    throw new IOException(command[0] + " does not answer: " + Files.readString(log), e);
                }
            }
            Pause.millis(100);
        }
    }

    public String address() {
        return "127.0.0.1:" + port;
    }

    /** @param query parameters, not encoded yet */
    public HttpResponse<String> send(String method, String path, Map<String, String> query) throws IOException {
        String encoded = query.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        URI uri = URI.create("http://" + address() + path + (encoded.isEmpty() ? "" : "?" + encoded));
        try {
            return HTTP.send(HttpRequest.newBuilder(uri).timeout(ANSWER)
                    .method(method, HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    public String logText() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
