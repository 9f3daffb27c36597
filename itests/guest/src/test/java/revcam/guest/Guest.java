package revcam.guest;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A guest that runs, and the directory that it shares with the host. */
final class Guest implements AutoCloseable {

    static final Path HERE = Path.of("").toAbsolutePath();
    private static final long ASKING_NANOS = 30_000_000_000L;

    final Path share;
    private final Path console;
    private Process process;
    private int asked;

    /** @param name of the directory and the console's log below {@code target} */
    Guest(String name) throws IOException {
        share = HERE.resolve("target").resolve(name);
        console = HERE.resolve("target").resolve(name + ".log");
        delete(share);
        Files.createDirectories(share);
    }

    /** Skips the test where there is no QEMU, unless REVCAM_REQUIRE_TOOLS=1 says that there must be. */
    static void assumePossible() {
        boolean there = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "qemu-system-aarch64")));
        if (!there && "1".equals(System.getenv("REVCAM_REQUIRE_TOOLS"))) {
            fail("qemu-system-aarch64 is not installed, and REVCAM_REQUIRE_TOOLS=1 says that it must be");
        } else if (!there) {
            abort("qemu-system-aarch64 is not installed; ./revcam test does that");
        }
    }

    /** Makes the guest if it has to, and boots it. @param script the resource that it runs */
    Guest boot(String script, String... options) throws IOException {
        try (InputStream main = Guest.class.getResourceAsStream("/" + script)) {
            Files.copy(main, share.resolve("main"));
        }
        List<String> command = new ArrayList<>(List.of(HERE.resolve("run").toString()));
        command.addAll(Arrays.asList(options));
        command.add(share.toString());
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(console.toFile()).start();
        return this;
    }

    /** Waits for the end of what it runs. @return the exit status */
    int await(int minutes) throws InterruptedException {
        if (!process.waitFor(minutes, TimeUnit.MINUTES)) {
            fail("the guest takes longer than " + minutes + " minutes; its console is " + console);
        }
        return process.exitValue();
    }

    /**
     * Has the guest's script run a command, if it is one that looks for such.
     *
     * @return what it printed
     */
    String ask(String command) throws IOException, InterruptedException {
        Path asks = Files.createDirectories(share.resolve("ask"));
        String name = "ask-" + asked++;
        Path answer = asks.resolve(name + ".answer");
        Files.writeString(asks.resolve(name), command + "\n");
        Files.move(asks.resolve(name), asks.resolve(name + ".sh"), StandardCopyOption.ATOMIC_MOVE);
        for (long until = System.nanoTime() + ASKING_NANOS; !Files.exists(answer);) {
            if (!isRunning() || System.nanoTime() > until) {
                fail("the guest does not do '" + command + "'; its console is " + console());
            }
            Thread.sleep(5);
        }
        return Files.readString(answer);
    }

    /**
     * Waits until a line of the console holds a text.
     *
     * @param after characters of the console that were there before, as {@link #consoleLength} tells
     * @return when it was seen, by {@link System#nanoTime()}
     */
    long awaitConsole(String text, int after, int seconds) throws IOException, InterruptedException {
        for (long until = System.nanoTime() + seconds * 1_000_000_000L; System.nanoTime() < until && isRunning();) {
            if (Files.readString(console).indexOf(text, after) >= 0) {
                return System.nanoTime();
            }
            Thread.sleep(10);
        }
        return fail("the guest did not say '" + text + "' within " + seconds + " s; its console is " + console());
    }

    int consoleLength() throws IOException {
        return Files.readString(console).length();
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /** The end of what it printed. */
    String console() throws IOException {
        List<String> lines = Files.readAllLines(console);
        return console + ":\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Ends it, with everything that belongs to it. */
    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }
}
