package revcam.api.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read out of pictures and settings. */
class MediaFuzzTest {

    private static final int WIDTH = 320;
    private static final int HEIGHT = 180;

    static Stream<byte[]> strips() {
        return Stream.of(luma(1_700_000_000_123L, 0), luma(-1, 65_535), new byte[] {1, 1}, new byte[WIDTH * 12]);
    }

    private static byte[] luma(long unixMillis, long counter) {
        FramePool.PooledFrame frame = new FramePool(1, PixelFormat.I420, WIDTH, HEIGHT, 1).acquire();
        new TimeStrip(WIDTH, HEIGHT).draw(frame, unixMillis, counter);
        byte[] top = new byte[WIDTH * 12];
        frame.data().get(frame.planeOffset(0), top);
        return top;
    }

    /** What a decoder gives for the strip is a reading or none; and what was drawn is read. */
    @MethodSource("strips")
    @FuzzTest(maxDuration = "5m")
    void timeStrip(byte[] data) {
        ByteBuffer picture = ByteBuffer.allocate(WIDTH * HEIGHT);
        picture.put(0, data, 0, Math.min(data.length, picture.capacity()));
        TimeStrip.Reading reading = TimeStrip.read(picture, 0, WIDTH, WIDTH, HEIGHT);
        assertTrue(reading == null || reading.counter() >= 0 && reading.counter() <= 0xFFFF);

        byte[] numbers = Arrays.copyOf(data, 12);
        long unixMillis = ByteBuffer.wrap(numbers).getLong();
        int counter = ByteBuffer.wrap(numbers).getInt(8);
        TimeStrip.Reading drawn = TimeStrip.read(
                ByteBuffer.wrap(Arrays.copyOf(luma(unixMillis, counter), WIDTH * HEIGHT)), 0, WIDTH, WIDTH, HEIGHT);
        assertEquals(new TimeStrip.Reading((int) unixMillis, counter & 0xFFFF), drawn);
    }

    static Stream<byte[]> rates() {
        return Stream.of("30", "12.5", "30000/1001", "1e9.", "0.0001", "/").map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("rates")
    @FuzzTest(maxDuration = "5m")
    void frameRate(byte[] data) {
        try {
            FrameRate rate = FrameRate.parse(new String(data, StandardCharsets.UTF_8));
            assertTrue(rate.fps() > 0 && rate.intervalNanos() >= 0);
            assertEquals(rate, FrameRate.parse(rate.toString()));
        } catch (IllegalArgumentException e) {
            assertNotNull(e.getMessage());
        }
    }
}
