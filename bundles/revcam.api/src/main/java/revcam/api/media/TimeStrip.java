package revcam.api.media;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The time strip: capture time and frame counter, machine-readable in the top rows of a picture, so that whoever decodes
 * it on the same clock reads off latency and missing frames. It survives lossy coding and rescaling.
 *
 * <p>64 cells in 2 rows of 32, which together are 1/15 of the picture's height; a white cell (Y = 235) is a 1, a black
 * one (Y = 16) a 0, without colour. Row by row from the left, each field with its least significant bit first:
 *
 * <table>
 * <caption>Cells</caption>
 * <tr><td>0-7</td><td>1,0,1,1,0,0,1,0 to synchronise and to calibrate on</td></tr>
 * <tr><td>8-39</td><td>capture time, Unix time in milliseconds modulo 2^32</td></tr>
 * <tr><td>40-55</td><td>frame counter modulo 2^16, 0 for the source's first frame</td></tr>
 * <tr><td>56-63</td><td>CRC-8 of the 6 bytes before it: polynomial 0x07, initially 0, not reflected</td></tr>
 * </table>
 *
 * <p>An instance draws for one source: not thread-safe, and it allocates nothing while drawing.
 */
public final class TimeStrip {

    private static final int COLUMNS = 32;
    private static final int SYNC = 0b0100_1101;
    private static final byte WHITE = (byte) 235;
    private static final byte BLACK = 16;
    private static final byte NO_COLOUR = (byte) 128;
    private static final int MIN_CONTRAST = 60;

    private final int width;
    private final int height;
    private final byte[] lumaRow;
    private final byte[] chromaRow;

    /** @throws IllegalArgumentException the picture is too small, see {@link #fits} */
    public TimeStrip(int width, int height) {
        if (!fits(width, height)) {
            throw new IllegalArgumentException("a time strip needs 320x180 pixels, not " + width + "x" + height);
        }
        this.width = width;
        this.height = height;
        lumaRow = new byte[width];
        chromaRow = new byte[width];
        Arrays.fill(chromaRow, NO_COLOUR);
    }

    /** Whether a picture is large enough for cells that survive coding. */
    public static boolean fits(int width, int height) {
        return width >= 320 && height >= 180;
    }

    /** Rows of each chroma plane that a strip covers, and that have no colour: all their samples are 128. */
    public static int chromaRows(int height) {
        return (height + 29) / 30;
    }

    /**
     * Draws over the top of a picture that is still the capture's own.
     *
     * @param frame I420 or NV12, of this strip's size
     * @param unixMillis when the picture's content was produced
     * @param counter of the pictures the source produced, from 0
     */
    public void draw(RawFrame frame, long unixMillis, long counter) {
        drawLuma(frame, unixMillis, counter);
        int chromaRows = chromaRows(height);
        for (int plane = 1; plane < frame.format().planes(); plane++) {
            int rowBytes = frame.format().rowBytes(plane, width);
            for (int y = 0; y < chromaRows; y++) {
                frame.data().put(frame.planeOffset(plane) + y * frame.planeStride(plane), chromaRow, 0, rowBytes);
            }
        }
    }

    /** The same for a picture whose top {@link #chromaRows} have no colour already. */
    public void drawLuma(RawFrame frame, long unixMillis, long counter) {
        if (frame.format() == PixelFormat.YUYV) {
            throw new IllegalArgumentException("a time strip is drawn into planar pictures, not YUYV");
        }
        long cells = cells(unixMillis, counter);
        drawLuma(frame, (int) cells, 0, firstLumaRow(1));
        drawLuma(frame, (int) (cells >>> COLUMNS), firstLumaRow(1), firstLumaRow(2));
    }

    private int firstLumaRow(int cellRow) {
        return (cellRow * height + 29) / 30;
    }

    private void drawLuma(RawFrame frame, int cells, int fromRow, int toRow) {
        int x = 0;
        for (int column = 0; column < COLUMNS; column++) {
            int end = ((column + 1) * width + COLUMNS - 1) / COLUMNS;
            Arrays.fill(lumaRow, x, end, (cells >>> column & 1) == 1 ? WHITE : BLACK);
            x = end;
        }
        for (int y = fromRow; y < toRow; y++) {
            frame.data().put(frame.planeOffset(0) + y * frame.planeStride(0), lumaRow, 0, width);
        }
    }

    /** All 64 cells, cell 0 in the least significant bit. */
    private static long cells(long unixMillis, long counter) {
        long unchecked = SYNC | (unixMillis & 0xFFFF_FFFFL) << 8 | (counter & 0xFFFF) << 40;
        return unchecked | (long) crc8(unchecked) << 56;
    }

    /** Of the bytes between the synchronisation and the CRC. */
    private static int crc8(long cells) {
        int crc = 0;
        for (int shift = 8; shift < 56; shift += 8) {
            crc ^= (int) (cells >>> shift) & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc << 1 ^ ((crc & 0x80) == 0 ? 0 : 0x07)) & 0xFF;
            }
        }
        return crc;
    }

    /**
     * Reads the strip of a decoded picture of any size.
     *
     * @param luma 8-bit samples; position and limit are ignored
     * @param offset index in {@code luma} of the picture's first sample
     * @param stride bytes from one row to the next
     * @return null when there is no strip or it is damaged
     */
    public static Reading read(ByteBuffer luma, int offset, int stride, int width, int height) {
        int[] means = new int[2 * COLUMNS];
        for (int cell = 0; cell < means.length; cell++) {
            means[cell] = middleMean(luma, offset, stride, width, height, cell % COLUMNS, cell / COLUMNS);
        }
        int white = 0;
        int black = 0;
        for (int cell = 0; cell < 8; cell++) {
            if ((SYNC >>> cell & 1) == 1) {
                white += means[cell];
            } else {
                black += means[cell];
            }
        }
        // The synchronisation holds four cells of each.
        if (white - black < 4 * MIN_CONTRAST) {
            return null;
        }
        long cells = 0;
        for (int cell = 0; cell < means.length; cell++) {
            if (8 * means[cell] > white + black) {
                cells |= 1L << cell;
            }
        }
        if ((cells & 0xFF) != SYNC || cells >>> 56 != crc8(cells)) {
            return null;
        }
        return new Reading((int) (cells >>> 8), (int) (cells >>> 40) & 0xFFFF);
    }

    /** Of the middle half of a cell both ways: its edges are blurred by coding and scaling. */
    private static int middleMean(
            ByteBuffer luma, int offset, int stride, int width, int height, int column, int row) {
        int left = (4 * column + 1) * width / (4 * COLUMNS);
        int right = Math.max(left + 1, (4 * column + 3) * width / (4 * COLUMNS));
        int top = (4 * row + 1) * height / 120;
        int bottom = Math.max(top + 1, (4 * row + 3) * height / 120);
        int sum = 0;
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                sum += luma.get(offset + y * stride + x) & 0xFF;
            }
        }
        return sum / ((right - left) * (bottom - top));
    }

    /**
     * What a strip says.
     *
     * @param unixMillis the low 32 bits of the capture time
     * @param counter the low 16 bits of the frame counter
     */
    public record Reading(int unixMillis, int counter) {

        /** @param nowMillis on the clock that the source reads; right within 24 days either way */
        public int latencyMillis(long nowMillis) {
            return (int) nowMillis - unixMillis;
        }
    }
}
