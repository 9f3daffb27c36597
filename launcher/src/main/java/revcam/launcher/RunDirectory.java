package revcam.launcher;

import java.io.IOException;
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
 * One run's own directory, {@code <state>/run/<pid>-<random>}: what is in it dies with the run. A lock held for the life
 * of the process marks it as in use, so that several runs can share a state directory, and each start removes what a
 * killed one left.
 */
final class RunDirectory implements AutoCloseable {

    private static final String LOCK = "lock";

    private final Path path;
    private final FileChannel lock;

    private RunDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    static RunDirectory create(Path state) throws IOException {
        Path parent = Files.createDirectories(state.resolve("run"));
        // Held only here: between making a directory and locking it, nobody else may judge it abandoned.
        try (FileChannel guard = open(parent.resolve(LOCK))) {
            guard.lock();
            removeAbandoned(parent);
            Path path = Files.createTempDirectory(parent, ProcessHandle.current().pid() + "-");
            FileChannel lock = open(path.resolve(LOCK));
            lock.lock();
            return new RunDirectory(path, lock);
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        delete(path);
        lock.close();
    }

    private static void removeAbandoned(Path parent) throws IOException {
        try (DirectoryStream<Path> runs = Files.newDirectoryStream(parent, Files::isDirectory)) {
            for (Path run : runs) {
                boolean abandoned;
                try (FileChannel lock = open(run.resolve(LOCK))) {
                    abandoned = lock.tryLock() != null;
                } catch (NoSuchFileException e) {
                    continue;
                }
                if (abandoned) {
                    delete(run);
                }
            }
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
