package revcam.capture.v4l2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import revcam.api.media.FramePool;
import revcam.api.media.PixelFormat;

class NoSignalTest {

    /** The rows of the letters as text, which a person can read. */
    @ParameterizedTest
    @EnumSource
    void itCanBeRead(PixelFormat format) {
        FramePool.PooledFrame frame = new FramePool(1, format, 64, 48, 1).acquire();
        NoSignal.paint(frame, 0);
        StringBuilder text = new StringBuilder();
        int step = format == PixelFormat.YUYV ? 2 : 1;
        for (int y = 20; y < 27; y++) {
            for (int x = 5; x < 58; x++) {
                text.append((frame.data().get(y * frame.planeStride(0) + step * x) & 0xFF) > 200 ? '#' : ' ');
            }
            text.append('\n');
        }
        assertEquals("""
                #   #  ###         ####  ###   ###  #   #  ###  #   .
                ##  # #   #       #       #   #   # ##  # #   # #   .
                # # # #   #       #       #   #     # # # #   # #   .
                #  ## #   #        ###    #   # ### #  ## ##### #   .
                #   # #   #           #   #   #   # #   # #   # #   .
                #   # #   #           #   #   #   # #   # #   # #   .
                #   #  ###        ####   ###   ###  #   # #   # #####
                """.replace('.', ' ').replaceAll("(?m) +$", ""), text.toString().replaceAll("(?m) +$", ""));
    }

    @ParameterizedTest
    @EnumSource
    void itIsGreyAndMoves(PixelFormat format) {
        FramePool.PooledFrame frame = new FramePool(1, format, 640, 360, 64).acquire();
        NoSignal.paint(frame, 0);
        byte[] first = new byte[frame.data().capacity()];
        frame.data().get(0, first);
        NoSignal.paint(frame, 1);
        byte[] second = new byte[first.length];
        frame.data().get(0, second);
        assertTrue(!java.util.Arrays.equals(first, second));
        for (int plane = 1; plane < format.planes(); plane++) {
            for (int y = 0; y < 180; y++) {
                assertEquals((byte) 128, second[frame.planeOffset(plane) + y * frame.planeStride(plane) + 7]);
            }
        }
    }
}
