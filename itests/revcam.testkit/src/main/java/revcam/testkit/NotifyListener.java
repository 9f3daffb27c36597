package revcam.testkit;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The other end of NOTIFY_SOCKET, sd_notify(3): hears what a service tells its manager. Linux, by JNA. One thread.
 */
public final class NotifyListener implements AutoCloseable {

    interface LibC extends Library {
        int socket(int domain, int type, int protocol) throws LastErrorException;

        int bind(int fd, Pointer address, int bytes) throws LastErrorException;

        long recv(int fd, byte[] data, long bytes, int flags);

        int close(int fd);
    }

    private static final LibC LIBC = Native.load("c", LibC.class);
    private static final int MSG_DONTWAIT = 0x40;

    private final String name;
    private final int fd;
    private final List<String> heard = new CopyOnWriteArrayList<>();

    private NotifyListener(String name) {
        this.name = name;
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = path[0] == '@';
        path[0] = isAbstract ? 0 : path[0];
        fd = LIBC.socket(1, 2, 0);
        try (Memory address = new Memory(path.length + 3L)) {
            address.clear();
            address.setShort(0, (short) 1);
            address.write(2, path, 0, path.length);
            LIBC.bind(fd, address, 2 + path.length + (isAbstract ? 0 : 1));
        }
    }

    /** On a socket in a directory. */
    public static NotifyListener at(Path directory) {
        return new NotifyListener(directory.resolve("notify").toString());
    }

    /** In the abstract namespace, which is the network namespace's. */
    public static NotifyListener abstractly() {
        return new NotifyListener("@revcam-test-" + UUID.randomUUID());
    }

    /** The value of NOTIFY_SOCKET. */
    public String name() {
        return name;
    }

    /** All messages up to now, oldest first. */
    public List<String> heard() {
        byte[] buffer = new byte[4096];
        for (long length; (length = LIBC.recv(fd, buffer, buffer.length, MSG_DONTWAIT)) >= 0; ) {
            heard.add(new String(buffer, 0, (int) length, StandardCharsets.UTF_8));
        }
        return heard;
    }

    /** @param assignment such as {@code READY=1} */
    public boolean heard(String assignment) {
        return count(assignment) > 0;
    }

    /** How often. */
    public long count(String assignment) {
        return heard().stream().flatMap(String::lines).filter(line -> line.equals(assignment)).count();
    }

    /** The newest value of a variable, or empty. */
    public String last(String variable) {
        return heard().stream().flatMap(String::lines).filter(line -> line.startsWith(variable + "="))
                .reduce("", (before, next) -> next.substring(variable.length() + 1));
    }

    @Override
    public void close() {
        LIBC.close(fd);
    }
}
