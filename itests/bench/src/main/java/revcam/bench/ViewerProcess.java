package revcam.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import revcam.view.View;

/** {@code ./revcam view} in a process of its own, so that its CPU time is not the benchmark's. */
final class ViewerProcess implements AutoCloseable {

    private final Path output;
    private final Path errors;
    private final Process process;

    private ViewerProcess(Path output, Path errors, Process process) {
        this.output = output;
        this.errors = errors;
        this.process = process;
    }

    /** @param via the only address by which it reaches the camera's media; null: the camera's own */
    static ViewerProcess start(String url, int seconds, InetSocketAddress via) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), View.class.getName(),
                url, "--json", "--seconds", Integer.toString(seconds)));
        if (via != null) {
            command.addAll(List.of("--via", via.getAddress().getHostAddress() + ":" + via.getPort()));
        }
        Path directory = Files.createTempDirectory("revcam-view");
        Path output = directory.resolve("view.json");
        Path errors = directory.resolve("view.errors");
        return new ViewerProcess(output, errors,
                new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile()).start());
    }

    /** @return whether it has ended */
    boolean awaitEnd(long millis) throws InterruptedException {
        return process.waitFor(millis, TimeUnit.MILLISECONDS);
    }

    /** Why it saw nothing; null when it did. */
    String problem() throws IOException {
        return process.exitValue() == 0 ? null : Files.readString(errors).strip();
    }

    /** What it saw, as revcam.view.Figures names it. */
    JsonObject figures() throws IOException {
        return JsonParser.parseString(Files.readString(output)).getAsJsonObject();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(output);
        Files.deleteIfExists(errors);
        Files.deleteIfExists(output.getParent());
    }
}
