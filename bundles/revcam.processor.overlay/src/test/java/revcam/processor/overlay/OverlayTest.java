package revcam.processor.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.TimeStrip;
import revcam.api.processor.FrameProcessor;
import revcam.api.processor.ProcessorRequest;

class OverlayTest {

    private static FrameProcessor open(int width, int height, String... settings) throws StageException {
        Map<String, Object> properties = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            properties.put(settings[i], settings[i + 1]);
        }
        return new OverlayFactory(properties)
                .open(new ProcessorRequest("test", width, height, PixelFormat.I420, FrameRate.of(30)));
    }

    private static FramePool.PooledFrame grey(int width, int height) {
        FramePool.PooledFrame frame = new FramePool(1, PixelFormat.I420, width, height, 64).acquire();
        for (int i = 0; i < frame.data().capacity(); i++) {
            frame.data().put(i, (byte) 128);
        }
        return frame;
    }

    private static int luma(RawFrame frame, int x, int y) {
        return frame.data().get(frame.planeOffset(0) + y * frame.planeStride(0) + x) & 0xFF;
    }

    @Test
    void asShippedThereIsNothingToDo() throws Exception {
        assertNull(open(640, 480));
        assertNull(open(640, 480, "rotate", "0", "time", "off", "guides", "false", "guides.near", "90"));
        assertNotNull(open(640, 480, "rotate", "180"));
    }

    @Test
    void whatMayBeWrittenToIsNotCopied() throws Exception {
        FrameProcessor processor = open(640, 480, "guides", "true");
        RawFrame frame = grey(640, 480);
        assertSame(frame, processor.process(frame));
        RawFrame turned = open(640, 480, "guides", "true", "mirror", "true").process(frame);
        assertNotSame(frame, turned);
    }

    @ParameterizedTest
    @CsvSource({"320, 180", "1280, 720", "1366, 768"})
    void theTimeStripStaysReadable(int width, int height) throws Exception {
        for (String position : new String[] {"top-left", "top-right", "bottom-left", "bottom-right"}) {
            FramePool.PooledFrame frame = grey(width, height);
            new TimeStrip(width, height).draw(frame, 123_456_789, 4711);
            frame.stamp(System.nanoTime(), 0);
            RawFrame made = open(width, height, "guides", "true", "guides.far", "10", "time", "date", "time.position", position,
                    "time.size", "10").process(frame);
            TimeStrip.Reading reading =
                    TimeStrip.read(made.data(), made.planeOffset(0), made.planeStride(0), width, height);
            assertNotNull(reading, position);
            assertEquals(4711, reading.counter());
            for (int y = 0; y < height / 15; y++) {
                for (int x = 0; x < width; x++) {
                    int sample = luma(made, x, y);
                    assertTrue(sample == 16 || sample == 235, "the strip was drawn over at " + x + ", " + y);
                }
            }
        }
    }

    /** The time lies where it was asked for, in white with a dark edge; what it covers is small. */
    @ParameterizedTest
    @CsvSource({"bottom-left, 0, 240", "bottom-right, 320, 240", "top-left, 0, 0", "top-right, 320, 0"})
    void theTimeIsWhereItWasAskedFor(String position, int left, int top) throws Exception {
        FramePool.PooledFrame frame = grey(640, 480);
        RawFrame made = open(640, 480, "time", "date", "time.position", position).process(frame.stamp(System.nanoTime(), 0));
        int white = 0;
        int black = 0;
        for (int y = 0; y < 480; y++) {
            for (int x = 0; x < 640; x++) {
                int sample = luma(made, x, y);
                white += sample > 230 ? 1 : 0;
                black += sample < 60 ? 1 : 0;
                boolean inside = x >= left && x < left + 320 && y >= top && y < top + 240;
                assertTrue(sample == 128 || inside, "drawn at " + x + ", " + y);
            }
        }
        // How many depends on the hour: a 1 has little of both.
        assertTrue(white > 200 && white < 5000, white + " white pixels");
        assertTrue(black > 200 && black < 8000, black + " dark pixels");
    }

    @Test
    void theTimeIsThatOfThePicture() {
        Random random = new Random(1);
        for (ZoneId zone : new ZoneId[] {ZoneOffset.UTC, ZoneId.of("Europe/Berlin"), ZoneId.of("Asia/Kathmandu")}) {
            DateTimeFormatter format = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(zone);
            TimeText text = new TimeText(zone, true, true);
            for (int i = 0; i < 2000; i++) {
                // Up to the year 2369, with leap days.
                long millis = i < 100 ? 1_772_323_199_000L + i * 37 : (random.nextLong() & (1L << 43) - 1) * 10 / 7;
                text.set(millis);
                assertEquals(format.format(Instant.ofEpochMilli(millis)), string(text));
            }
        }
    }

    private static String string(TimeText text) {
        StringBuilder string = new StringBuilder();
        for (byte character : text.characters()) {
            string.append(Glyphs.CHARACTERS.charAt(character));
        }
        return string.toString();
    }

    /** Red below, green above, the same left and right. */
    @Test
    void guideLinesAreWhereTheyWereAskedFor() throws Exception {
        FramePool.PooledFrame frame = grey(640, 480);
        RawFrame made = open(640, 480, "guides", "true", "guides.nearWidth", "80", "guides.farWidth", "40").process(frame);
        for (int y = 0; y < 480; y++) {
            for (int x = 0; x < 320; x++) {
                assertEquals(luma(made, x, y), luma(made, 639 - x, y), 1.0, "not the same on both sides at " + x + ", " + y);
                assertTrue(luma(made, x, y) == 128 || y >= 480 * 0.48 && y < 480 * 0.95, "drawn at " + x + ", " + y);
            }
        }
        assertTrue(mostColourful(made, 0.9) > 180, "no red at the near end");
        assertTrue(mostColourful(made, 0.55) < 100, "no green at the far end");
    }

    /** The V sample that is farthest from grey in the left half of a row. */
    private static int mostColourful(RawFrame frame, double row) {
        int plane = 2;
        int y = (int) (frame.height() / 2 * row);
        int best = 128;
        for (int x = 0; x < frame.width() / 4; x++) {
            int sample = frame.data().get(frame.planeOffset(plane) + y * frame.planeStride(plane) + x) & 0xFF;
            best = Math.abs(sample - 128) > Math.abs(best - 128) ? sample : best;
        }
        return best;
    }

    @Test
    void aPictureThatIsTooSmallForTheTimeIsRefused() {
        StageException refusal = assertThrows(StageException.class, () -> open(32, 32, "time", "date"));
        assertTrue(refusal.getMessage().contains("32x32"), refusal.getMessage());
        assertEquals(StageException.Reason.UNSUPPORTED, refusal.reason());
    }
}
