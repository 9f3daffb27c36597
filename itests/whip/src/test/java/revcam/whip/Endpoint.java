package revcam.whip;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonSyntaxException;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A WHIP endpoint as a process that says what it sees, a JSON object a line; endpoint.py describes them. */
final class Endpoint implements AutoCloseable {

    private static final long WAIT_SECONDS = 60;

    private final Process process;
    private final BlockingQueue<JsonObject> said = new LinkedBlockingQueue<>();
    private final int port;

    private Endpoint(List<String> command) throws IOException {
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Thread reader = new Thread(this::read, "endpoint-output");
        reader.setDaemon(true);
        reader.start();
        port = await(what -> what.has("listening")).get("listening").getAsInt();
    }

    static Endpoint start(List<String> program, String... options) throws IOException {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(options));
        return new Endpoint(command);
    }

    private void read() {
        try (BufferedReader reader = process.inputReader()) {
            for (String line; (line = reader.readLine()) != null; ) {
                said.add(JsonParser.parseString(line).getAsJsonObject());
            }
        } catch (IOException | JsonSyntaxException e) {
            System.err.println("the endpoint's output: " + e);
        }
    }

    int port() {
        return port;
    }

    /** The next thing it says that is of that kind; what it says before is passed over. */
    JsonObject await(Predicate<JsonObject> kind) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        try {
            while (true) {
                JsonObject next = said.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (next == null) {
                    throw new IOException("the endpoint has not said so within " + WAIT_SECONDS + " s");
                }
                if (kind.test(next)) {
                    return next;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** What it has decoded, once that is {@code frames} at least. */
    JsonObject awaitFrames(int frames) throws IOException {
        return await(what -> what.has("frames") && what.get("frames").getAsInt() >= frames);
    }

    /** Without a goodbye to anybody. */
    void kill() throws IOException {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
