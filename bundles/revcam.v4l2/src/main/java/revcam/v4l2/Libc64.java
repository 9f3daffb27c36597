package revcam.v4l2;

import java.nio.Buffer;

/** The C library's functions on 64 bits, bound by {@link NativeSystemCalls}. */
final class Libc64 {

    private Libc64() {}

    static native int open(String path, int flags);

    static native int close(int fd);

    static native int ioctl(int fd, long request, Buffer argument);

    static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    static native int munmap(long address, long length);

    static native int poll(Buffer descriptors, long count, int timeoutMillis);

    static native int eventfd(int initial, int flags);

    static native long read(int fd, Buffer memory, long bytes);

    static native long write(int fd, Buffer memory, long bytes);

    static native int fcntl(int fd, int command, long argument);
}
