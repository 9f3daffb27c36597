package revcam.processor.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.media.FramePool;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/** Where every sample goes, by the definition of a rotation. */
class TurnTest {

    private static final int WIDTH = 36;
    private static final int HEIGHT = 22;

    @ParameterizedTest
    @CsvSource({"0, false", "90, false", "180, false", "270, false", "0, true", "90, true", "180, true", "270, true"})
    void everySampleArrivesWhereItBelongs(int degrees, boolean mirror) {
        for (PixelFormat format : PixelFormat.values()) {
            for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
                RawFrame from = new FramePool(1, format, WIDTH, HEIGHT, 16).acquire();
                from.data().order(order);
                for (int i = 0; i < from.data().capacity(); i++) {
                    from.data().put(i, (byte) (i * 31 ^ i >> 5));
                }
                Turn turn = new Turn(degrees, mirror);
                int width = turn.swapsSides() ? HEIGHT : WIDTH;
                int height = turn.swapsSides() ? WIDTH : HEIGHT;
                RawFrame to = new FramePool(1, Turn.format(format), width, height, 16).acquire();
                turn.copy(from, to);
                for (int component = 0; component < 3; component++) {
                    int shift = component == 0 ? 0 : 1;
                    for (int y = 0; y < height >> shift; y++) {
                        for (int x = 0; x < width >> shift; x++) {
                            assertEquals(expected(from, component, degrees, mirror, x, y, width >> shift, height >> shift),
                                    sample(to, component, x, y), format + " " + component + " at " + x + ", " + y);
                        }
                    }
                }
            }
        }
    }

    /** @param width of the turned plane */
    private static int expected(RawFrame from, int component, int degrees, boolean mirror, int x, int y, int width,
            int height) {
        int turnedX = mirror ? width - 1 - x : x;
        return switch (degrees) {
            case 90 -> sample(from, component, y, width - 1 - turnedX);
            case 180 -> sample(from, component, width - 1 - turnedX, height - 1 - y);
            case 270 -> sample(from, component, height - 1 - y, turnedX);
            default -> sample(from, component, turnedX, y);
        };
    }

    private static int sample(RawFrame frame, int component, int x, int y) {
        return switch (frame.format()) {
            case I420 -> at(frame, component, y, x);
            case NV12 -> component == 0 ? at(frame, 0, y, x) : at(frame, 1, y, 2 * x + component - 1);
            case YUYV -> component == 0 ? at(frame, 0, y, 2 * x)
                    : at(frame, 0, 2 * y, 4 * x + 2 * component - 1) + at(frame, 0, 2 * y + 1, 4 * x + 2 * component - 1) + 1 >> 1;
        };
    }

    private static int at(RawFrame frame, int plane, int row, int offset) {
        return frame.data().get(frame.planeOffset(plane) + row * frame.planeStride(plane) + offset) & 0xFF;
    }
}
