package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.media.FramePool;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.stream.rate.Scale;

class ScalerTest {

    private static RawFrame ramp(int width, int height) {
        FramePool.PooledFrame frame = new FramePool(1, PixelFormat.I420, width, height, 64).acquire();
        for (int plane = 0; plane < 3; plane++) {
            for (int y = 0; y < PixelFormat.I420.rows(plane, height); y++) {
                for (int x = 0; x < PixelFormat.I420.rowBytes(plane, width); x++) {
                    frame.data().put(frame.planeOffset(plane) + y * frame.planeStride(plane) + x, value(plane, x, y));
                }
            }
        }
        return frame.stamp(7, 3);
    }

    /** A slope, which a mean of neighbours keeps; also above 127, where bytes are negative. */
    private static byte value(int plane, double x, double y) {
        return (byte) Math.round(40 + 30 * plane + x + 0.5 * y);
    }

    @ParameterizedTest
    @CsvSource({"1280,720,HALF,640,360", "1280,720,TWO_THIRDS,852,480", "640,480,TWO_THIRDS,424,320", "64,64,HALF,32,32",
        "98,66,HALF,48,32", "98,66,TWO_THIRDS,64,44"})
    void everySampleIsTheMeanOfWhatItCovers(int width, int height, Scale scale, int toWidth, int toHeight) {
        FrameShape from = new FrameShape(width, height, PixelFormat.I420);
        assertEquals(new FrameShape(toWidth, toHeight, PixelFormat.I420), Scaler.shape(from, scale));
        Scaler scaler = new Scaler(scale, from, 1);
        // Slopes must not wrap, so a part of a large picture is looked at.
        RawFrame smaller = scaler.scaled(ramp(width, height), 99);
        double step = scale == Scale.HALF ? 2 : 1.5;
        for (int plane = 0; plane < 3; plane++) {
            for (int y = 0; y < Math.min(40, PixelFormat.I420.rows(plane, toHeight)); y++) {
                for (int x = 0; x < Math.min(40, PixelFormat.I420.rowBytes(plane, toWidth)); x++) {
                    byte found = smaller.data().get(smaller.planeOffset(plane) + y * smaller.planeStride(plane) + x);
                    double expected = value(plane, step * (x + 0.5) - 0.5, step * (y + 0.5) - 0.5) & 0xff;
                    assertEquals(expected, found & 0xff, 1.01, plane + ": " + x + ", " + y);
                }
            }
        }
        assertEquals(99, smaller.captureNanos());
        assertEquals(3, smaller.sequence());
    }

    @Test
    void whatIsOutIsNotWrittenTo() {
        Scaler scaler = new Scaler(Scale.HALF, new FrameShape(128, 96, PixelFormat.I420), 1);
        RawFrame picture = ramp(128, 96);
        RawFrame first = scaler.scaled(picture, 1);
        assertNull(scaler.scaled(picture, 2));
        assertEquals(1, scaler.outstanding());
        first.close();
        assertNotNull(scaler.scaled(picture, 3));
    }

    @Test
    void otherFormatsAndSmallPicturesStayAsTheyAre() {
        assertTrue(Scaler.scales(new FrameShape(64, 64, PixelFormat.I420)));
        assertFalse(Scaler.scales(new FrameShape(64, 62, PixelFormat.I420)));
        assertFalse(Scaler.scales(new FrameShape(1280, 720, PixelFormat.NV12)));
        FrameShape shape = new FrameShape(1280, 720, PixelFormat.NV12);
        assertEquals(shape, Scaler.shape(shape, Scale.FULL));
    }
}
