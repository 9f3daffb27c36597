package revcam.capture.file;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import revcam.api.media.FrameRate;

/**
 * The first line of a YUV4MPEG2 stream, see yuv4mpeg(5) of the MJPEG tools. Each frame after it is {@link #FRAME}, which
 * may have parameters that nobody writes, and the samples of its planes without padding.
 *
 * @param bytes of the line with its newline
 * @param chroma what follows the tag C, without it; {@code 420jpeg} when the tag is missing
 * @param rate null when it is not stated
 */
record Y4mHeader(int bytes, int width, int height, FrameRate rate, String chroma) {

    static final byte[] FRAME = "FRAME\n".getBytes(StandardCharsets.US_ASCII);
    /** As much as a header may reasonably need. */
    static final int MAX_BYTES = 512;

    private static final String MAGIC = "YUV4MPEG2";
    private static final Pattern RATE = Pattern.compile("([1-9]\\d{0,8}):([1-9]\\d{0,8})");

    /** Whether {@code start} may be such a stream at all. */
    static boolean isY4m(byte[] start, int length) {
        return new String(start, 0, Math.min(length, MAGIC.length()), StandardCharsets.US_ASCII).equals(MAGIC);
    }

    /**
     * Reads the header at the beginning of {@code start}.
     *
     * @throws IllegalArgumentException what is wrong with it, fit for a person
     */
    static Y4mHeader parse(byte[] start, int length) {
        String text = new String(start, 0, length, StandardCharsets.US_ASCII);
        int end = text.indexOf('\n');
        if (!text.startsWith(MAGIC) || end < 0) {
            throw new IllegalArgumentException("it has no complete YUV4MPEG2 header");
        }
        int width = 0;
        int height = 0;
        FrameRate rate = null;
        String chroma = "420jpeg";
        for (String token : text.substring(MAGIC.length(), end).trim().split(" +")) {
            String value = token.isEmpty() ? "" : token.substring(1);
            switch (token.isEmpty() ? ' ' : token.charAt(0)) {
                case 'W' -> width = size(token, value);
                case 'H' -> height = size(token, value);
                case 'C' -> chroma = value;
                case 'F' -> {
                    Matcher matcher = RATE.matcher(value);
                    if (matcher.matches()) {
                        rate = new FrameRate(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
                    }
                }
                default -> {
                    // interlacing, pixel aspect and comments change nothing for us
                }
            }
        }
        if (width == 0 || height == 0) {
            throw new IllegalArgumentException("its YUV4MPEG2 header does not say how wide and high it is");
        }
        return new Y4mHeader(end + 1, width, height, rate, chroma);
    }

    private static int size(String token, String digits) {
        if (!digits.matches("[1-9]\\d{0,4}")) {
            throw new IllegalArgumentException("its YUV4MPEG2 header has a size that is none: " + token);
        }
        return Integer.parseInt(digits);
    }

    /** Whether its samples are what I420 has: 8 bits, halved both ways, wherever the chroma is sited. */
    boolean isI420() {
        return switch (chroma) {
            case "420", "420jpeg", "420mpeg2", "420paldv" -> width % 2 == 0 && height % 2 == 0;
            default -> false;
        };
    }

    /** Samples of one frame. */
    int sampleBytes() {
        return width * height * 3 / 2;
    }
}
