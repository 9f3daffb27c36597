package revcam.browser;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** {@code ./revcam run} as a process, as a user starts it. */
public final class Product implements AutoCloseable {

    /** A cold start takes about a second; a machine that builds at the same time is given more. */
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(15);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final List<String> command;
    private final Configs configs;
    private final Path state;
    private final int port;
    private final Process process;
    private final long startNanos = System.nanoTime();
    private final List<String> output = new CopyOnWriteArrayList<>();
    private final CountDownLatch firstLine = new CountDownLatch(1);
    private volatile long firstLineNanos;

    private Product(List<String> command, Configs configs, Path state, int port) throws IOException {
        this.command = command;
        this.configs = configs;
        this.state = state;
        this.port = port;
        process = new ProcessBuilder(command)
                .directory(root().toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
        Thread reader = new Thread(this::read, "product-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** The repository's root: the nearest directory upwards that has the script. */
    public static Path root() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isExecutable(at.resolve("revcam")) && Files.isDirectory(at.resolve("configs"))) {
                return at;
            }
        }
        throw new IllegalStateException("start this from inside the repository");
    }

    /** Starts on free ports, with a state directory and a copy of the configuration of its own; does not wait. */
    public static Product launch(String... options) throws IOException {
        return launch(List.of(), options);
    }

    /** @param prefix a command that runs the command behind it, such as {@code nsenter} with its options */
    public static Product launch(List<String> prefix, String... options) throws IOException {
        Path state = Files.createTempDirectory("revcam-state");
        return launch(prefix, Configs.copyTo(state.resolve("configs")), state, options);
    }

    /** Starts with a configuration that was changed before. */
    public static Product launch(Configs configs, String... options) throws IOException {
        return launch(List.of(), configs, Files.createTempDirectory("revcam-state"), options);
    }

    private static Product launch(List<String> prefix, Configs configs, Path state, String... options)
            throws IOException {
        int port = freePort();
        // A shell in the background ignores SIGINT, and so would everything below it.
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("env", "--default-signal=INT", root().resolve("revcam").toString(), "run",
                "--listen", "127.0.0.1", "--port", Integer.toString(port), "--state", state.toString(),
                "--configs", configs.directory().toString()));
        command.addAll(Arrays.asList(options));
        return new Product(command, configs, state, port);
    }

    /** Starts on a free port and waits until a viewer can connect. */
    public static Product start(String... options) throws IOException {
        return launch(options).awaitReady();
    }

    /** The same command again, with the same port and state. */
    public Product again() throws IOException {
        return new Product(command, configs, state, port);
    }

    /** The same again, by a command that runs the command behind it. */
    public Product again(String... prefix) throws IOException {
        List<String> prefixed = new ArrayList<>(Arrays.asList(prefix));
        prefixed.addAll(command);
        return new Product(prefixed, configs, state, port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void read() {
        try (BufferedReader reader = process.inputReader()) {
            for (String line; (line = reader.readLine()) != null; ) {
                if (output.isEmpty()) {
                    firstLineNanos = System.nanoTime();
                }
                output.add(line);
                firstLine.countDown();
            }
        } catch (IOException e) {
            output.add("standard output broke: " + e);
        }
        firstLine.countDown();
    }

    public Product awaitReady() throws IOException {
        return awaitReady(START);
    }

    /** @param atMost more than a cold start takes, for a processor that is emulated */
    public Product awaitReady(Duration atMost) throws IOException {
        try {
            if (!firstLine.await(atMost.toSeconds(), TimeUnit.SECONDS) || output.isEmpty()) {
                IOException failure = new IOException("no viewer can connect; the log says:\n" + logText());
                try {
                    close(); // nobody else has it yet, and it would run beside the tests that follow
                } catch (IOException e) {
                    failure.addSuppressed(e);
                }
                throw failure;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return this;
    }

    /** Waits until the page is served, whether or not there is anything to see. */
    public Product awaitPage() throws IOException {
        long end = System.nanoTime() + START.toNanos();
        while (true) {
            try {
                streams();
                return this;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - end > 0) {
                    throw new IOException("no page is served; the log says:\n" + logText(), e);
                }
            }
            Pause.millis(20);
        }
    }

    /** Waits until the default stream's status fulfils a condition, and returns it. */
    public JsonObject awaitStream(Predicate<JsonObject> condition, Duration atMost) throws IOException {
        long end = System.nanoTime() + atMost.toNanos();
        JsonObject stream;
        while (!condition.test(stream = stream())) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("not within " + atMost.toMillis() + " ms; the stream is " + stream);
            }
            Pause.millis(50);
        }
        return stream;
    }

    /** Status of the default stream. */
    public JsonObject stream() throws IOException {
        return streams().getAsJsonArray("streams").get(0).getAsJsonObject();
    }

    private JsonObject streams() throws IOException {
        try {
            HttpResponse<String> response = HTTP.send(
                    HttpRequest.newBuilder(URI.create(url() + "api/streams")).timeout(Duration.ofSeconds(5)).build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IOException("/api/streams: " + response.statusCode() + " " + response.body());
            }
            return JsonParser.parseString(response.body()).getAsJsonObject();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    public String url() {
        int tls = command.indexOf("--tls");
        return (tls >= 0 && command.get(tls + 1).equals("on") ? "https" : "http") + "://127.0.0.1:" + port + "/";
    }

    public long pid() {
        return process.pid();
    }

    /** What it runs with; a change takes effect while it runs. */
    public Configs configs() {
        return configs;
    }

    public Path state() {
        return state;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * What {@code ./revcam shell} said.
     *
     * @param status its exit status
     */
    public record ShellAnswer(int status, String output, String errors) {}

    /** Runs a command of the shell in a process of its own. */
    public ShellAnswer shell(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(root().resolve("revcam").toString(), "shell", "--state", state.toString()));
        command.addAll(Arrays.asList(words));
        Path errors = Files.createTempFile(state, "shell", ".log");
        Process shell = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        shell.getOutputStream().close();
        try {
            String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new ShellAnswer(shell.waitFor(), output, Files.readString(errors));
        } catch (InterruptedException e) {
            shell.destroy();
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /**
     * Runs a command of the shell, which is there a little later than the page, until it succeeds.
     *
     * @return what it printed
     */
    public String awaitShell(String... words) throws IOException {
        long end = System.nanoTime() + START.toNanos();
        ShellAnswer answer;
        while ((answer = shell(words)).status != 0) {
            if (System.nanoTime() - end > 0) {
                throw new IOException(String.join(" ", words) + ": " + answer.errors);
            }
            Pause.millis(100);
        }
        return answer.output;
    }

    /** Everything it has printed on standard output. */
    public List<String> output() {
        return List.copyOf(output);
    }

    /** From the start of the script to the first line on standard output. */
    public Duration startTime() {
        return Duration.ofNanos(firstLineNanos - startNanos);
    }

    private Path log() {
        return state.resolve("test.log");
    }

    /** Everything it has printed on standard error. */
    public String logText() throws IOException {
        return Files.exists(log()) ? Files.readString(log()) : "";
    }

    /**
     * Sends a signal and waits for the end.
     *
     * @param name such as {@code TERM}
     * @return the exit status
     */
    public int end(String name) throws IOException {
        return end(name, STOP);
    }

    /** As {@link #end(String)}. @param atMost more than an end takes, for a processor that is emulated */
    public int end(String name, Duration atMost) throws IOException {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid())).inheritIO().start().waitFor();
            if (!process.waitFor(atMost.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("still running " + atMost.toSeconds() + " s after SIG" + name + "; the log says:\n"
                        + logText());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Waits for it to end by itself. */
    public int awaitEnd() throws IOException {
        try {
            if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("still running");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Removes the state, after whatever still runs has ended. */
    @Override
    public void close() throws IOException {
        if (process.isAlive()) {
            try {
                end("TERM");
            } finally {
                process.destroyForcibly();
            }
        }
        if (!Files.exists(state)) {
            return; // another one, started with again(), has removed it
        }
        try (Stream<Path> files = Files.walk(state)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (UncheckedIOException e) {
            // What a child process still removed.
        }
    }
}
