package revcam.v4l2;

/** Pixel formats by their four characters, as in {@code V4L2_PIX_FMT_...}. */
public final class Fourcc {

    public static final int YUYV = of("YUYV");
    public static final int NV12 = of("NV12");
    /** Three planes in one block. */
    public static final int YUV420 = of("YU12");
    /** Planes as separate blocks. */
    public static final int NV12M = of("NM12");
    public static final int YUV420M = of("YM12");
    public static final int MJPEG = of("MJPG");
    public static final int JPEG = of("JPEG");
    public static final int H264 = of("H264");

    private Fourcc() {}

    /** @param text four ASCII characters */
    public static int of(String text) {
        if (text.length() != 4) {
            throw new IllegalArgumentException("'" + text + "' is not four characters");
        }
        return text.charAt(0) | text.charAt(1) << 8 | text.charAt(2) << 16 | text.charAt(3) << 24;
    }

    /** Four characters, a dot for each that cannot be printed; {@code -BE} behind for the formats of that kind. */
    public static String text(int fourcc) {
        StringBuilder text = new StringBuilder(7);
        for (int shift = 0; shift < 32; shift += 8) {
            char character = (char) (fourcc >>> shift & 0x7F);
            text.append(character < ' ' || character == 0x7F ? '.' : character);
        }
        return fourcc < 0 ? text.append("-BE").toString() : text.toString();
    }
}
