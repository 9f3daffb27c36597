package revcam.v4l2;

/**
 * How the kernel expects its structures. The number of an ioctl holds the size of its structure, so that a wrong choice is
 * refused with ENOTTY and never corrupts memory.
 */
public enum Abi {
    /** 64-bit Linux. */
    LP64,
    /** 32-bit ARM, times of 64 bits: Linux 5.6 or newer, and 32-bit programs on a 64-bit kernel. */
    ILP32_TIME64,
    /** 32-bit ARM, times of 32 bits: every Linux. */
    ILP32_TIME32;

    /** Bytes of a pointer and of a {@code long}. */
    public int pointerBytes() {
        return this == LP64 ? Long.BYTES : Integer.BYTES;
    }

    /** Bytes of each half of a buffer's timestamp. */
    int timeBytes() {
        return this == ILP32_TIME32 ? Integer.BYTES : Long.BYTES;
    }
}
