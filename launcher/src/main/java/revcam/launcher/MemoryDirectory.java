package revcam.launcher;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * This user's directory {@code /dev/shm/revcam-<uid>} in memory. A run writes some 140 small files before it shows
 * anything, most of them twice, which nobody reads again, and a card is slow at that and wears out.
 *
 * <p>Users of the system only, as the service's and root are: systemd-logind removes what others have there when they log out
 * ({@code RemoveIPC} in logind.conf(5)), be RevCam still running.
 */
final class MemoryDirectory {

    /** systemd's and Debian's; from here on are the people. */
    private static final int FIRST_PERSON = 1000;
    private static final int STICKY = 01000;
    private static final int MODE_BITS = 07777;
    static final FileAttribute<?> OURS_ALONE = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private MemoryDirectory() {}

    /** It, made if it was not there; null where none can be had that is this user's alone, in memory, and large enough. */
    static Path ofThisUser(long bytes) throws IOException {
        int user = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        Path memory = Path.of("/dev/shm");
        return user < FIRST_PERSON && isMemory(memory, Files.readAllLines(Path.of("/proc/self/mounts")))
                && Files.isWritable(memory) && Files.getFileStore(memory).getUsableSpace() >= bytes ? below(memory, user) : null;
    }

    /** Native code of bundles is unpacked to where they run, so it must not be a {@code noexec} one. */
    static boolean isMemory(Path mountPoint, List<String> mounts) {
        // The last one counts: it hides those that were mounted there before.
        String[] last = mounts.stream().map(line -> line.split(" ")).filter(fields -> fields[1].equals(mountPoint.toString()))
                .reduce((earlier, later) -> later).orElse(null);
        return last != null && last[2].equals("tmpfs")
                && Stream.of(last[3].split(",")).noneMatch(option -> option.equals("noexec") || option.equals("ro"));
    }

    /** Whoever had another user's directory for his own would run that user's code. */
    static Path below(Path memory, int user) throws IOException {
        if (((int) Files.getAttribute(memory, "unix:mode") & STICKY) == 0) {
            return null;
        }
        Path path = memory.resolve("revcam-" + user);
        try {
            return Files.createDirectory(path, OURS_ALONE);
        } catch (FileAlreadyExistsException e) {
            Map<String, Object> is = Files.readAttributes(path, "unix:isDirectory,uid,mode", LinkOption.NOFOLLOW_LINKS);
            if ((boolean) is.get("isDirectory") && (int) is.get("uid") == user && ((int) is.get("mode") & MODE_BITS) == 0700) {
                return path;
            }
            System.err.println("revcam: " + path + " should be a directory of this user alone, and is not used; remove it");
            return null;
        }
    }
}
