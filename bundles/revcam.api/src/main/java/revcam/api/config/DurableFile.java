package revcam.api.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Writes small files so that a crash or a power cut leaves the old content or the new, never a mixture and never neither:
 * a temporary file beside it, fsync, rename, fsync of the directory. The temporary file of a process that died meanwhile goes
 * with the next write of that file. Blocks for as long as the storage takes, on an SD card up to a second.
 */
public final class DurableFile {

    /** What is done, in this order. */
    enum Step { CREATE, WRITE, SYNC, RENAME, SYNC_DIRECTORY }

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    /** Linux numbers processes up to 2^22 (proc(5), pid_max). */
    private static final int MAX_PID_DIGITS = 7;

    private DurableFile() {}

    /**
     * Replaces or makes a file, and the directories above it. A new one is readable by its owner alone; one that exists
     * keeps its permissions. When this throws, what was there is still there.
     */
    public static void write(Path file, byte[] content) throws IOException {
        // Channels close themselves under a thread that is interrupted, which is no reason to lose what is to be written.
        boolean interrupted = Thread.interrupted();
        try {
            write(file, content, step -> {});
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Deletes a file, if there is one, so that it does not come back after a power cut. */
    public static void delete(Path file) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            removeDrafts(file);
            if (Files.deleteIfExists(file)) {
                sync(file.toAbsolutePath().getParent());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static synchronized void write(Path file, byte[] content, Consumer<Step> before) throws IOException {
        Path directory = Files.createDirectories(file.toAbsolutePath().getParent());
        Set<PosixFilePermission> permissions = OWNER_ONLY;
        try {
            permissions = Files.getPosixFilePermissions(file);
        } catch (NoSuchFileException e) {
            // a new one
        }
        // The name is this process's own.
        Path draft = directory.resolve(draftsOf(file) + ProcessHandle.current().pid());
        before.accept(Step.CREATE);
        removeDrafts(file);
        try (FileChannel channel = FileChannel.open(draft,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            before.accept(Step.WRITE);
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            Files.setPosixFilePermissions(draft, permissions);
            before.accept(Step.SYNC);
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(draft);
            throw e;
        }
        before.accept(Step.RENAME);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        before.accept(Step.SYNC_DIRECTORY);
        sync(directory);
    }

    private static String draftsOf(Path file) {
        return "." + file.getFileName() + ".";
    }

    /** Of this process, which is here and nowhere else, and of processes that are no more. */
    private static void removeDrafts(Path file) throws IOException {
        String start = draftsOf(file);
        long own = ProcessHandle.current().pid();
        Path directory = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(directory, path -> isDraft(path, start))) {
            for (Path draft : drafts) {
                long pid = Long.parseLong(draft.getFileName().toString().substring(start.length()));
                if (pid == own || ProcessHandle.of(pid).isEmpty()) {
                    Files.deleteIfExists(draft);
                }
            }
        }
    }

    private static boolean isDraft(Path path, String start) {
        String name = path.getFileName().toString();
        return name.startsWith(start) && name.length() <= start.length() + MAX_PID_DIGITS
                && name.length() > start.length() && name.chars().skip(start.length()).allMatch(c -> c >= '0' && c <= '9');
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory)) {
            channel.force(true);
        }
    }
}
