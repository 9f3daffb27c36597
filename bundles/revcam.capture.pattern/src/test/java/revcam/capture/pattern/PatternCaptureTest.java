package revcam.capture.pattern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.TimeStrip;
import revcam.testkit.VideoCaptureConformance;

class PatternCaptureTest extends VideoCaptureConformance {

    @Override
    protected VideoCaptureFactory factory() {
        return factory(true);
    }

    @Override
    protected CaptureRequest request() {
        return request(640, 360);
    }

    @ParameterizedTest
    @CsvSource({"320,180", "854,480", "1280,720", "1920,1080", "720,1280"})
    void theStripCountsFramesAndTellsTheTime(int width, int height) throws Exception {
        Frames frames = new Frames();
        try (VideoCapture capture = factory().open(request(width, height), frames)) {
            assertNotNull(capture);
            for (int i = 0; i < 8; i++) {
                try (RawFrame frame = frames.next()) {
                    TimeStrip.Reading reading = read(frame);
                    assertNotNull(reading, "frame " + i);
                    assertEquals(frame.sequence(), reading.counter());
                    int latency = reading.latencyMillis(System.currentTimeMillis());
                    assertTrue(latency >= 0 && latency < 5000, latency + " ms");
                }
            }
        }
        frames.closeAll();
    }

    @ParameterizedTest
    @CsvSource({"64,64", "64,1920", "1920,64", "322,182", "1088,1920"})
    void theMostUnlikelySizesHaveAPicture(int width, int height) {
        Scene scene = new Scene(width, height, 1e9 / 30, 1, 0);
        for (int tick = 0; tick < 2000; tick += 40) {
            byte[] samples = picture(scene, tick);
            for (int i = 0; i < samples.length; i++) {
                int sample = samples[i] & 0xFF;
                assertTrue(sample >= 16 && sample <= 240, "tick " + tick + ", sample " + i + " is " + sample);
            }
        }
    }

    @Test
    void pictureMovesAndItsNoiseIsNew() {
        Scene scene = new Scene(640, 360, 1e9 / 30, 2, 0);
        byte[] first = picture(scene, 100);
        byte[] sameMomentOtherFilm = picture(scene, 100);
        byte[] later = picture(scene, 160);
        double noise = meanSquare(first, sameMomentOtherFilm);
        assertTrue(noise > 4 && noise < 12, "noise of two films differs by " + noise);
        assertTrue(meanSquare(first, later) > 10 * noise, "nothing moves");
    }

    /** Moved back by a step or two, a picture is its successor: nowhere does the pan jump. */
    @Test
    void theMotionNeverJumps() {
        Scene scene = new Scene(320, 180, 1e9 / 30, 1, 0);
        byte[] before = picture(scene, 0);
        int still = 0;
        for (int tick = 1; tick < 400; tick++) {
            byte[] after = picture(scene, tick);
            int best = Integer.MAX_VALUE;
            int bestShift = 0;
            for (int shift = -2; shift <= 2; shift += 2) {
                int jumped = pixelsOffBy(before, after, shift);
                bestShift = jumped < best ? shift : bestShift;
                best = Math.min(best, jumped);
            }
            // The sprites do not move with the panorama.
            assertTrue(best < 0.03 * 320 * 180, "picture " + tick + ": " + best + " pixels jumped");
            still += bestShift == 0 ? 1 : 0;
            before = after;
        }
        assertTrue(still > 30 && still < 200, "the camera rested for " + still + " pictures");
    }

    private static int pixelsOffBy(byte[] before, byte[] after, int shift) {
        int off = 0;
        for (int y = 0; y < 180; y++) {
            for (int x = 2; x < 318; x++) {
                off += Math.abs((before[y * 320 + x + shift] & 0xFF) - (after[y * 320 + x] & 0xFF)) > 2 ? 1 : 0;
            }
        }
        return off;
    }

    @Test
    void spritesLeaveNoTrace() {
        Scene scene = new Scene(640, 360, 1e9 / 30, 1, 0);
        byte[] first = picture(scene, 50);
        for (int tick = 51; tick < 1000; tick += 7) {
            picture(scene, tick);
        }
        assertArrayEquals(first, picture(scene, 50));
    }

    /** As wherever {@link TimeStrip#drawLuma} is to draw. */
    @ParameterizedTest
    @CsvSource({"320,180", "1280,720", "720,1280"})
    void whereTheStripComesThereIsNoColourWhereverTheCameraPoints(int width, int height) {
        int rows = TimeStrip.chromaRows(height);
        Scene scene = new Scene(width, height, 1e9 / 30, 2, rows);
        for (int tick = 0; tick < 600; tick += 13) {
            byte[] samples = picture(scene, tick);
            int plane = width * height / 4;
            for (int i = 0; i < rows * width / 2; i++) {
                assertEquals(128, samples[4 * plane + i] & 0xFF, "tick " + tick);
                assertEquals(128, samples[5 * plane + i] & 0xFF, "tick " + tick);
            }
            int below = 4 * plane + rows * width / 2;
            int coloured = 0;
            for (int i = below; i < below + width / 2; i++) {
                coloured += samples[i] == (byte) 128 ? 0 : 1;
            }
            assertTrue(coloured > width / 4, coloured + " samples of the sky have colour");
        }
    }

    @Test
    void withoutStripTheSkyIsSeenAtTheTop() throws Exception {
        assertNoStrip(factory(false), request(640, 360));
        assertNoStrip(factory(true), request(160, 90));
    }

    private void assertNoStrip(VideoCaptureFactory factory, CaptureRequest request) throws Exception {
        Frames frames = new Frames();
        try (VideoCapture capture = factory.open(request, frames);
                RawFrame frame = frames.next()) {
            assertNotNull(capture);
            assertNull(read(frame));
        }
        frames.closeAll();
    }

    @ParameterizedTest
    @CsvSource({"62,62", "4096,64", "1920,1200", "0,0", "-2,-2"})
    void aSizeItCannotMakeIsRefusedWithTheOnesItCan(int width, int height) {
        StageException refusal = assertThrows(
                StageException.class, () -> factory().open(request(width, height), new Frames()));
        assertEquals(StageException.Reason.UNSUPPORTED, refusal.reason());
        assertTrue(refusal.getMessage().contains("1920x1088"), refusal.getMessage());
    }

    private static byte[] picture(Scene scene, long tick) {
        try (Film film = scene.acquire()) {
            scene.compose(film, tick);
            return samples(film);
        }
    }

    private static double meanSquare(byte[] a, byte[] b) {
        double sum = 0;
        int luma = a.length * 2 / 3;
        for (int i = 0; i < luma; i++) {
            int difference = (a[i] & 0xFF) - (b[i] & 0xFF);
            sum += difference * difference;
        }
        return sum / luma;
    }

    private static TimeStrip.Reading read(RawFrame frame) {
        return TimeStrip.read(frame.data(), frame.planeOffset(0), frame.planeStride(0), frame.width(), frame.height());
    }

    private static CaptureRequest request(int width, int height) {
        return new CaptureRequest("", width, height, FrameRate.of(30));
    }

    private static PatternCaptureFactory factory(boolean timeStrip) {
        return new PatternCaptureFactory(Map.of("timeStrip", timeStrip));
    }
}
