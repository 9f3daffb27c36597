package revcam.v4l2;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The C library of the system, through JNA. A library that stands before it, with {@code open}, {@code ioctl} and the like
 * of its own, is named with {@code -Drevcam.v4l2.library=PATH}; what it lacks is looked for in those that it is linked to.
 */
public final class NativeSystemCalls implements SystemCalls {

    /** System property: name or path of the library to call. */
    public static final String LIBRARY = "revcam.v4l2.library";

    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int F_DUPFD_CLOEXEC = 1030;

    private static NativeSystemCalls loaded;

    /** Kept, because JNA closes a library that nobody refers to. */
    private final NativeLibrary library;
    private final Abi abi;

    private NativeSystemCalls(NativeLibrary library, Abi abi) {
        this.library = library;
        this.abi = abi;
    }

    /**
     * Binds the library once per process.
     *
     * @throws UnsupportedOperationException fit for a person: not Linux, not a processor that this was made for, no
     *     library, or JNA cannot load its native part
     */
    public static synchronized NativeSystemCalls load() {
        if (loaded == null) {
            try {
                loaded = bind();
            } catch (LinkageError e) {
                String reason = e.getMessage() == null ? e.toString() : e.getMessage().lines().findFirst().orElse("");
                throw new UnsupportedOperationException("V4L2 cannot be called (" + reason + "); JNA's directory must allow "
                        + "execution, set another with -Djna.tmpdir=DIRECTORY", e);
            }
        }
        return loaded;
    }

    private static NativeSystemCalls bind() {
        boolean is64 = Native.POINTER_SIZE == Long.BYTES;
        if (!Platform.isLinux() || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN || !is64 && !Platform.isARM()) {
            throw new UnsupportedOperationException("V4L2 is there on little-endian 64-bit Linux and 32-bit ARM Linux, not on "
                    + Platform.RESOURCE_PREFIX);
        }
        NativeLibrary library = NativeLibrary.getInstance(System.getProperty(LIBRARY, Platform.C_LIBRARY_NAME));
        Native.register(is64 ? Libc64.class : Libc32.class, library);
        return new NativeSystemCalls(library, is64 ? Abi.LP64 : Abi.ILP32_TIME64);
    }

    @Override
    public Abi abi() {
        return abi;
    }

    @Override
    public int open(String path) {
        int flags = O_RDWR | O_NONBLOCK | O_CLOEXEC;
        return result(is64() ? Libc64.open(path, flags) : Libc32.open(path, flags));
    }

    @Override
    public int close(int fd) {
        return result(is64() ? Libc64.close(fd) : Libc32.close(fd));
    }

    @Override
    public int ioctl(int fd, int request, ByteBuffer argument) {
        return result(is64()
                ? Libc64.ioctl(fd, request & 0xFFFF_FFFFL, argument)
                : Libc32.ioctl(fd, request, argument));
    }

    @Override
    public long address(ByteBuffer memory) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(memory));
    }

    @Override
    public long map(int fd, long length, long offset) {
        long address = is64()
                ? Libc64.mmap(0, length, PROT_READ_WRITE, MAP_SHARED, fd, offset)
                : Libc32.mmap64(0, (int) length, PROT_READ_WRITE, MAP_SHARED, fd, offset);
        if (address == -1) {
            return -Native.getLastError();
        }
        return is64() ? address : address & 0xFFFF_FFFFL;
    }

    @Override
    public ByteBuffer memory(long address, int length) {
        return new Pointer(address).getByteBuffer(0, length).order(ByteOrder.nativeOrder());
    }

    @Override
    public int unmap(long address, long length) {
        return result(is64() ? Libc64.munmap(address, length) : Libc32.munmap((int) address, (int) length));
    }

    @Override
    public int poll(ByteBuffer descriptors, int count, int timeoutMillis) {
        return result(is64()
                ? Libc64.poll(descriptors, count, timeoutMillis)
                : Libc32.poll(descriptors, count, timeoutMillis));
    }

    @Override
    public int eventfd() {
        int flags = O_NONBLOCK | O_CLOEXEC;
        return result(is64() ? Libc64.eventfd(0, flags) : Libc32.eventfd(0, flags));
    }

    @Override
    public int read(int fd, ByteBuffer memory, int bytes) {
        return result(is64() ? (int) Libc64.read(fd, memory, bytes) : Libc32.read(fd, memory, bytes));
    }

    @Override
    public int write(int fd, ByteBuffer memory, int bytes) {
        return result(is64() ? (int) Libc64.write(fd, memory, bytes) : Libc32.write(fd, memory, bytes));
    }

    @Override
    public int duplicate(int fd) {
        return result(is64() ? Libc64.fcntl(fd, F_DUPFD_CLOEXEC, 0) : Libc32.fcntl(fd, F_DUPFD_CLOEXEC, 0));
    }

    @Override
    public String toString() {
        return library.getFile() == null ? library.getName() : library.getFile().toString();
    }

    private boolean is64() {
        return abi == Abi.LP64;
    }

    /** JNA keeps the error number of each call for the thread that made it. */
    private static int result(int result) {
        return result < 0 ? -Native.getLastError() : result;
    }
}
