package revcam.systemd;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The datagram socket on which a service tells its manager how it is, sd_notify(3). It is an AF_UNIX datagram socket, for
 * which Java 17 has no channel, so libc is called. Any thread; holds nothing open between two messages.
 */
final class NotifySocket {

    /** Of libc, the calls that are needed; see their pages in section 2 of the manual. */
    interface LibC extends Library {
        int socket(int domain, int type, int protocol) throws LastErrorException;

        long sendto(int fd, byte[] data, long bytes, int flags, Pointer address, int addressBytes) throws LastErrorException;

        int close(int fd) throws LastErrorException;
    }

    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    /** A manager that does not read must not hold up the sender, who tries again anyway. */
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    /** unix(7): sun_family, and the bytes of sun_path, the last of which is kept for a zero. */
    private static final int FAMILY_BYTES = 2;
    private static final int MAX_PATH_BYTES = 107;

    private final LibC libc;
    private final Pointer address;
    private final int addressBytes;

    /**
     * @param name as in NOTIFY_SOCKET: an absolute path, or {@code @} and a name of the abstract namespace
     * @throws IOException it is neither, or libc cannot be called; the message says which
     */
    NotifySocket(String name) throws IOException {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = name.startsWith("@");
        if (path.length < 2 || !isAbstract && path[0] != '/') {
            throw new IOException("NOTIFY_SOCKET is '" + name + "', neither an absolute path nor @ and a name");
        }
        if (path.length > MAX_PATH_BYTES) {
            throw new IOException("NOTIFY_SOCKET has " + path.length + " bytes; a socket's name has at most " + MAX_PATH_BYTES);
        }
        if (isAbstract) {
            path[0] = 0;
        }
        try {
            libc = Native.load("c", LibC.class);
            Memory memory = new Memory(FAMILY_BYTES + path.length + 1L);
            memory.clear();
            memory.setShort(0, (short) AF_UNIX);
            memory.write(FAMILY_BYTES, path, 0, path.length);
            address = memory;
            // An abstract name is all the bytes there are; a path ends with its zero.
            addressBytes = FAMILY_BYTES + path.length + (isAbstract ? 0 : 1);
        } catch (LinkageError e) {
            throw new IOException("JNA cannot load its native part (" + e.getMessage()
                    + "); its directory must allow execution, set another with -Djna.tmpdir=DIRECTORY", e);
        }
    }

    /**
     * Sends assignments, one per line, such as {@code WATCHDOG=1}. Does not block.
     *
     * @throws IOException the manager did not get it; trying again may do
     */
    void send(String assignments) throws IOException {
        byte[] data = assignments.getBytes(StandardCharsets.UTF_8);
        try {
            int fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            try {
                libc.sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, addressBytes);
            } finally {
                libc.close(fd);
            }
        } catch (LastErrorException e) {
            throw new IOException("the service manager cannot be told: " + e.getMessage(), e);
        }
    }
}
