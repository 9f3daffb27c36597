package revcam.rtp;

/** Big-endian integers in arrays. */
final class Bytes {

    private Bytes() {}

    static void putShort(byte[] out, int at, int value) {
        out[at] = (byte) (value >> 8);
        out[at + 1] = (byte) value;
    }

    static void put24(byte[] out, int at, int value) {
        out[at] = (byte) (value >> 16);
        putShort(out, at + 1, value);
    }

    static void putInt(byte[] out, int at, int value) {
        putShort(out, at, value >> 16);
        putShort(out, at + 2, value);
    }

    static void putLong(byte[] out, int at, long value) {
        putInt(out, at, (int) (value >> 32));
        putInt(out, at + 4, (int) value);
    }
}
