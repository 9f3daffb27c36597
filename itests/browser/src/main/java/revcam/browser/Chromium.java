package revcam.browser;

import com.google.gson.JsonObject;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless Chromium of its own profile, driven over DevTools pipes, which also reach into a network namespace. */
public final class Chromium implements AutoCloseable {

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final long CALL_MILLIS = 20_000;

    private final Path home;
    private final Process process;
    private final DevTools devTools;

    private Chromium(Path home, Process process, DevTools devTools) {
        this.home = home;
        this.process = process;
        this.devTools = devTools;
    }

    /** A browser in this process's own network. */
    public static Chromium start() throws IOException {
        return start(List.of());
    }

    /** @param prefix a command that runs the command behind it, such as {@code nsenter} with its options */
    public static Chromium start(List<String> prefix) throws IOException {
        return start(prefix, List.of());
    }

    /**
     * @param prefix a command that runs the command behind it
     * @param switches more of them for the browser
     */
    public static Chromium start(List<String> prefix, List<String> switches) throws IOException {
        Path home = Files.createTempDirectory("revcam-chromium");
        Path commands = home.resolve("commands");
        Path replies = home.resolve("replies");
        run("mkfifo", commands.toString(), replies.toString());
        List<String> command = new ArrayList<>(prefix);
        // Descriptors 3 and 4 are where --remote-debugging-pipe looks.
        command.addAll(List.of("sh", "-c", "in=$1; out=$2; shift 2; exec \"$@\" 3<\"$in\" 4>\"$out\"", "sh",
                commands.toString(), replies.toString(), program(), "--remote-debugging-pipe",
                "--user-data-dir=" + home.resolve("profile"), "--window-size=1280,800",
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-default-apps", "--mute-audio"));
        command.addAll(switches);
        command.add("about:blank");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile())
                .start();
        // Opening blocks until the other end is opened too, in the order of the shell's redirections.
        DevTools devTools = new DevTools(
                new FileOutputStream(commands.toFile()), new FileInputStream(replies.toFile()));
        Chromium chromium = new Chromium(home, process, devTools);
        try {
            devTools.call(null, "Browser.getVersion", Map.of(), CALL_MILLIS);
        } catch (IOException e) {
            String log = Files.readString(home.resolve("log"));
            chromium.close();
            throw new IOException(program() + " did not start: " + log, e);
        }
        return chromium;
    }

    private static String program() throws IOException {
        for (String name : NAMES) {
            for (String directory : System.getenv("PATH").split(":")) {
                Path candidate = Path.of(directory, name);
                if (Files.isExecutable(candidate)) {
                    return candidate.toString();
                }
            }
        }
        throw new IOException("no Chromium on the PATH; ./revcam test installs it");
    }

    private static void run(String... command) throws IOException {
        try {
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new IOException(String.join(" ", command) + " failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Opens a page that carries the probe from its very first script on. */
    public Page open(String url) throws IOException {
        Page page = openBlank();
        page.navigate(url);
        return page;
    }

    /** A page to {@link Page#navigate} later. */
    public Page openBlank() throws IOException {
        JsonObject target = devTools.call(null, "Target.createTarget", Map.of("url", "about:blank"), CALL_MILLIS);
        JsonObject session = devTools.call(null, "Target.attachToTarget",
                Map.of("targetId", target.get("targetId").getAsString(), "flatten", true), CALL_MILLIS);
        return new Page(devTools, session.get("sessionId").getAsString());
    }

    public ProcessHandle process() {
        return process.toHandle();
    }

    /** What happens when a phone loses power: nothing is said to anyone. */
    public void kill() throws IOException {
        process.toHandle().descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitEnd();
    }

    private void awaitEnd() throws IOException {
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                throw new IOException("Chromium does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        List<ProcessHandle> children = process.toHandle().descendants().toList();
        process.destroy();
        devTools.close();
        try {
            process.waitFor(3, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        children.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitEnd();
        delete(home);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (UncheckedIOException e) {
            // A helper process still tidied up its own files.
        }
    }
}
