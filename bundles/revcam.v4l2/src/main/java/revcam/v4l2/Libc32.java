package revcam.v4l2;

import java.nio.Buffer;

/** The C library's functions on 32 bits, bound by {@link NativeSystemCalls}. */
final class Libc32 {

    private Libc32() {}

    static native int open(String path, int flags);

    static native int close(int fd);

    static native int ioctl(int fd, int request, Buffer argument);

    static native int mmap64(int address, int length, int protection, int flags, int fd, long offset);

    static native int munmap(int address, int length);

    static native int poll(Buffer descriptors, int count, int timeoutMillis);

    static native int eventfd(int initial, int flags);

    static native int read(int fd, Buffer memory, int bytes);

    static native int write(int fd, Buffer memory, int bytes);

    static native int fcntl(int fd, int command, int argument);
}
