package revcam.v4l2;

/** What V4L2 drivers answer, by name. The numbers are those of {@code asm-generic/errno.h}: x86 and ARM. */
public enum Errno {
    EPERM(1, "not permitted"),
    ENOENT(2, "no such device"),
    ESRCH(3, "the firmware refuses these settings"),
    EINTR(4, "interrupted"),
    EIO(5, "input or output failed"),
    ENXIO(6, "no such device or address"),
    EBADF(9, "already closed"),
    EAGAIN(11, "nothing there yet"),
    ENOMEM(12, "out of memory"),
    EACCES(13, "permission denied"),
    EFAULT(14, "bad address"),
    EBUSY(16, "in use"),
    ENODEV(19, "no device"),
    EINVAL(22, "not accepted"),
    ENFILE(23, "too many open files in the system"),
    EMFILE(24, "too many open files"),
    ENOTTY(25, "not supported by this device"),
    ENOSPC(28, "no room, or no bandwidth on the bus"),
    EPIPE(32, "end of stream"),
    ERANGE(34, "out of range"),
    ENOLINK(67, "no link to the sensor"),
    EPROTO(71, "protocol error on the bus"),
    EOVERFLOW(75, "overflow"),
    EOPNOTSUPP(95, "not supported"),
    ESHUTDOWN(108, "shut down"),
    ETIME(62, "the firmware did not answer in time"),
    ETIMEDOUT(110, "timed out"),
    ENOBUFS(105, "no buffers"),
    EREMOTEIO(121, "the sensor does not answer"),
    /** Any other. */
    OTHER(0, "failed");

    private static final Errno[] VALUES = values();

    private final int number;
    private final String meaning;

    Errno(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /** 0 for {@link #OTHER}. */
    public int number() {
        return number;
    }

    /** @param number positive, as in C */
    public static Errno of(int number) {
        for (Errno errno : VALUES) {
            if (errno.number == number) {
                return errno;
            }
        }
        return OTHER;
    }

    /** In a few words. */
    String meaning() {
        return meaning;
    }
}
