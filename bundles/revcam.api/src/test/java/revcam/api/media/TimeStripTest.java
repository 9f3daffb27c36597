package revcam.api.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeStripTest {

    private static final int BEFORE = 77;

    @ParameterizedTest
    @CsvSource({"320,180", "640,360", "640,480", "322,182", "854,480", "1280,720", "1918,1078", "720,1280"})
    void everySampleIsWhereTheFormatSaysAndTheRestIsUntouched(int width, int height) {
        for (PixelFormat format : new PixelFormat[] {PixelFormat.I420, PixelFormat.NV12}) {
            try (RawFrame frame = new FramePool(1, format, width, height, 64).acquire()) {
                fill(frame.data(), BEFORE);
                new TimeStrip(width, height).draw(frame, 0x5501020304L, 0x70506);
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        int row = 30 * y / height;
                        int expected = row > 1 ? BEFORE : vector(32 * row + 32 * x / width) ? 235 : 16;
                        assertEquals(expected, sample(frame, 0, x, y), format + " luma " + x + "," + y);
                    }
                }
                int chromaRows = (int) Math.ceil(2.0 * height / 30 / 2);
                assertEquals(chromaRows, TimeStrip.chromaRows(height));
                for (int plane = 1; plane < format.planes(); plane++) {
                    for (int y = 0; y < height / 2; y++) {
                        for (int x = 0; x < frame.planeStride(plane); x++) {
                            boolean strip = y < chromaRows && x < format.rowBytes(plane, width);
                            assertEquals(strip ? 128 : BEFORE, sample(frame, plane, x, y), format + " chroma " + x + "," + y);
                        }
                    }
                }
            }
        }
    }

    @Test
    void lumaAloneIsReadTooAndTouchesNoColour() {
        try (RawFrame frame = new FramePool(1, PixelFormat.I420, 640, 360, 64).acquire()) {
            fill(frame.data(), BEFORE);
            new TimeStrip(640, 360).drawLuma(frame, 0x5501020304L, 0x70506);
            assertEquals(new TimeStrip.Reading(0x01020304, 0x0506), read(frame));
            for (int plane = 1; plane < 3; plane++) {
                for (int y = 0; y < 180; y++) {
                    for (int x = 0; x < 320; x++) {
                        assertEquals(BEFORE, sample(frame, plane, x, y));
                    }
                }
            }
        }
    }

    /** The published vector: T = 0x01020304, N = 0x0506 make the bytes 04 03 02 01 06 05 and CRC-8 0x20. */
    private static boolean vector(int cell) {
        int[] bytes = {0b0100_1101, 0x04, 0x03, 0x02, 0x01, 0x06, 0x05, 0x20};
        return (bytes[cell / 8] >> cell % 8 & 1) == 1;
    }

    @ParameterizedTest
    @CsvSource({"320,180", "640,480", "1280,720", "1918,1078"})
    void whatIsDrawnIsRead(int width, int height) {
        try (RawFrame frame = new FramePool(1, PixelFormat.I420, width, height, 64).acquire()) {
            TimeStrip strip = new TimeStrip(width, height);
            for (long i = 0; i < 200; i++) {
                long now = 1_795_000_000_000L + i * 0x1234_5678L;
                strip.draw(frame, now, i * 777);
                TimeStrip.Reading reading = read(frame);
                assertNotNull(reading);
                assertEquals((int) now, reading.unixMillis());
                assertEquals(i * 777 & 0xFFFF, reading.counter());
                assertEquals(42, reading.latencyMillis(now + 42));
            }
        }
    }

    @Test
    void itSurvivesHalvingAndLowContrast() {
        try (RawFrame frame = new FramePool(1, PixelFormat.I420, 640, 360, 64).acquire()) {
            new TimeStrip(640, 360).draw(frame, 123_456_789, 4711);
            ByteBuffer half = ByteBuffer.allocate(320 * 180);
            for (int i = 0; i < half.capacity(); i++) {
                int x = i % 320 * 2;
                int y = i / 320 * 2;
                int sum = sample(frame, 0, x, y) + sample(frame, 0, x + 1, y)
                        + sample(frame, 0, x, y + 1) + sample(frame, 0, x + 1, y + 1);
                half.put(i, (byte) (80 + sum / 4 / 3));
            }
            assertEquals(new TimeStrip.Reading(123_456_789, 4711), TimeStrip.read(half, 0, 320, 320, 180));
        }
    }

    @Test
    void aPictureWithoutStripOrWithADamagedOneIsRejected() {
        try (RawFrame frame = new FramePool(1, PixelFormat.I420, 640, 360, 64).acquire()) {
            fill(frame.data(), BEFORE);
            assertNull(read(frame));
            new TimeStrip(640, 360).draw(frame, 1, 1);
            for (int cell = 0; cell < 64; cell++) {
                invert(frame, cell);
                assertNull(read(frame), "cell " + cell + " inverted");
                invert(frame, cell);
                assertNotNull(read(frame));
            }
        }
    }

    @Test
    void tooSmallAPictureHasNone() {
        assertTrue(TimeStrip.fits(320, 180));
        assertFalse(TimeStrip.fits(318, 180));
        assertThrows(IllegalArgumentException.class, () -> new TimeStrip(320, 178));
    }

    private static void invert(RawFrame frame, int cell) {
        for (int y = cell / 32 * 12; y < cell / 32 * 12 + 12; y++) {
            for (int x = cell % 32 * 20; x < cell % 32 * 20 + 20; x++) {
                frame.data().put(y * frame.planeStride(0) + x, (byte) (251 - sample(frame, 0, x, y)));
            }
        }
    }

    private static TimeStrip.Reading read(RawFrame frame) {
        return TimeStrip.read(frame.data(), frame.planeOffset(0), frame.planeStride(0), frame.width(), frame.height());
    }

    private static int sample(RawFrame frame, int plane, int x, int y) {
        return frame.data().get(frame.planeOffset(plane) + y * frame.planeStride(plane) + x) & 0xFF;
    }

    private static void fill(ByteBuffer data, int value) {
        for (int i = 0; i < data.capacity(); i++) {
            data.put(i, (byte) value);
        }
    }
}
