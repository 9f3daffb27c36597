package revcam.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * One run's own directory, {@code <pid>-<time>} in {@link MemoryDirectory} or in {@code <state>/run}: what is in it dies
 * with the run. A lock held for the life of the process marks it as in use, so that several runs can have theirs in the same
 * place, and each start removes what a killed one left.
 */
final class RunDirectory implements AutoCloseable {

    private static final String LOCK = "lock";
    /** More than a run puts there. */
    private static final long NEEDED_BYTES = 16_000_000;

    private final Path path;
    /** All that was made. */
    private final Path whole;
    private final FileChannel lock;

    private RunDirectory(Path path, Path whole, FileChannel lock) {
        this.path = path;
        this.whole = whole;
        this.lock = lock;
    }

    /**
     * Makes one in memory or below the state directory or, where that cannot be written to or is nearly full, among the
     * temporary files: a camera whose card has gone read-only is to be watched all the same.
     */
    static RunDirectory create(Path state) throws IOException {
        String problem = problem(state);
        try {
            Path memory = MemoryDirectory.ofThisUser(NEEDED_BYTES);
            if (memory != null) {
                if (!problem.isEmpty()) {
                    tellOf(problem);
                }
                return createIn(memory, false);
            }
        } catch (IOException | UnsupportedOperationException e) {
            System.err.println("revcam: memory cannot be used for what dies with this run (" + e + "), the storage is");
        }
        if (problem.isEmpty()) {
            try {
                return createIn(Files.createDirectories(state.resolve("run")), false);
            } catch (IOException e) {
                problem = state.resolve("run") + " cannot be used (" + e + ")";
            }
        }
        tellOf(problem);
        return createIn(Files.createTempDirectory("revcam-run-"), true);
    }

    private static void tellOf(String problem) {
        System.err.println("revcam: " + problem + ": what is changed now may not be kept");
    }

    /** Why nothing can be written to the state directory; empty if it can. */
    private static String problem(Path state) {
        try {
            if (!Files.isWritable(Files.createDirectories(state))) {
                return "the state directory " + state + " is read-only";
            }
            return Files.getFileStore(state).getUsableSpace() < NEEDED_BYTES ? "the storage of " + state + " is full" : "";
        } catch (IOException e) {
            return "the state directory cannot be used (" + e + ")";
        }
    }

    private static RunDirectory createIn(Path parent, boolean ours) throws IOException {
        // Held only here: between making a directory and locking it, nobody else may judge it abandoned.
        try (FileChannel guard = open(parent.resolve(LOCK))) {
            guard.lock();
            removeAbandoned(parent);
            // With everything that is configured in it, secrets too.
            Path path = Files.createDirectory(parent.resolve(ProcessHandle.current().pid() + "-" + System.nanoTime()),
                    MemoryDirectory.OURS_ALONE);
            FileChannel lock = open(path.resolve(LOCK));
            lock.lock();
            return new RunDirectory(path, ours ? parent : path, lock);
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        delete(whole);
        lock.close();
    }

    private static void removeAbandoned(Path parent) throws IOException {
        try (DirectoryStream<Path> runs = Files.newDirectoryStream(parent, Files::isDirectory)) {
            for (Path run : runs) {
                try {
                    if (isAbandoned(run)) {
                        delete(run);
                    }
                } catch (IOException | UncheckedIOException e) {
                    // It is in nobody's way.
                    System.err.println("revcam: cannot remove " + run + ", which an earlier run left: " + e);
                }
            }
        }
    }

    private static boolean isAbandoned(Path run) throws IOException {
        try (FileChannel lock = open(run.resolve(LOCK))) {
            return lock.tryLock() != null;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static void delete(Path directory) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> tree = Files.walk(directory)) {
            deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}
