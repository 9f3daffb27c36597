package revcam.stream;

import java.nio.ByteBuffer;
import revcam.api.media.FramePool;
import revcam.api.media.RawFrame;

/** A picture in memory of its own, for one who may never give it back. */
final class FrameCopy {

    private static final int STRIDE_ALIGNMENT = 64;

    private FrameCopy() {}

    /** @param captureNanos the copy's own */
    static RawFrame of(RawFrame frame, long captureNanos) {
        FramePool.PooledFrame copy =
                new FramePool(1, frame.format(), frame.width(), frame.height(), STRIDE_ALIGNMENT).acquire();
        ByteBuffer from = frame.data();
        ByteBuffer to = copy.data();
        for (int plane = 0; plane < frame.format().planes(); plane++) {
            int rowBytes = frame.format().rowBytes(plane, frame.width());
            for (int row = 0; row < frame.format().rows(plane, frame.height()); row++) {
                to.put(copy.planeOffset(plane) + row * copy.planeStride(plane), from,
                        frame.planeOffset(plane) + row * frame.planeStride(plane), rowBytes);
            }
        }
        return copy.stamp(captureNanos, frame.sequence());
    }
}
