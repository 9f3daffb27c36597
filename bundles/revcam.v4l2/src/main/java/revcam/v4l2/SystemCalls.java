package revcam.v4l2;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The system calls that V4L2 takes, as thin as they can be: each answers what the kernel does, or the negative error
 * number. Any thread. Structures are direct buffers in native byte order; their position and limit mean nothing.
 */
@ConsumerType
public interface SystemCalls {

    /** How structures lie in memory. On 32 bits {@link VideoDevice} may have to fall back to times of 32 bits. */
    Abi abi();

    /** {@code open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)}. */
    int open(String path);

    int close(int fd);

    /** Does not allocate. @param request 32 bits, to be taken as unsigned */
    int ioctl(int fd, int request, ByteBuffer argument);

    /** Where a direct buffer begins, for structures that point to others. The caller keeps the buffer alive. */
    long address(ByteBuffer memory);

    /** {@code mmap}, shared, to read and write. @return the address, or the negative error number */
    long map(int fd, long length, long offset);

    /** What lies at a mapped address. Nobody may touch it after {@link #unmap}: that ends the process. */
    ByteBuffer memory(long address, int length);

    int unmap(long address, long length);

    /** Does not allocate. @param descriptors {@code struct pollfd} back to back @param timeoutMillis -1 for ever */
    int poll(ByteBuffer descriptors, int count, int timeoutMillis);

    /** {@code eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)}. */
    int eventfd();

    /** Does not allocate. */
    int read(int fd, ByteBuffer memory, int bytes);

    /** Does not allocate. */
    int write(int fd, ByteBuffer memory, int bytes);

    /** {@code fcntl(fd, F_DUPFD_CLOEXEC)}. */
    int duplicate(int fd);
}
