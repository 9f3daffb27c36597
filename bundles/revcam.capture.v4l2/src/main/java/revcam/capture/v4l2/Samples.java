package revcam.capture.v4l2;

import java.nio.ByteBuffer;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/** Copies what a camera gives into a frame of another layout. One thread; allocates nothing. */
final class Samples {

    private final CameraFormat format;
    private final int width;
    private final int height;
    private final byte[] row;
    private final byte[] nextRow;
    private final byte[] luma;
    private final byte[] u;
    private final byte[] v;

    Samples(CameraFormat format, int width, int height) {
        this.format = format;
        this.width = width;
        this.height = height;
        row = new byte[2 * width];
        nextRow = new byte[2 * width];
        luma = new byte[width];
        u = new byte[width / 2];
        v = new byte[width / 2];
    }

    /** Copies one plane. @param bytesPerLine from one of its rows to the next */
    void copyPlane(int plane, ByteBuffer from, int offset, int bytesPerLine, RawFrame to) {
        int rowBytes = format.samples.rowBytes(plane, width);
        ByteBuffer data = to.data();
        for (int y = 0; y < format.samples.rows(plane, height); y++) {
            data.put(to.planeOffset(plane) + y * to.planeStride(plane), from, offset + y * bytesPerLine, rowBytes);
        }
    }

    /** YUYV to I420: the two chroma rows that become one are averaged, rounding up as JPEG and ffmpeg do. */
    void yuyvToI420(ByteBuffer from, int bytesPerLine, RawFrame to) {
        if (to.format() != PixelFormat.I420) {
            throw new IllegalArgumentException("YUYV becomes I420, not " + to.format());
        }
        ByteBuffer data = to.data();
        for (int y = 0; y < height; y += 2) {
            from.get(y * bytesPerLine, row, 0, 2 * width);
            from.get((y + 1) * bytesPerLine, nextRow, 0, 2 * width);
            int lumaAt = to.planeOffset(0) + y * to.planeStride(0);
            unpackLuma(row);
            data.put(lumaAt, luma, 0, width);
            unpackLuma(nextRow);
            data.put(lumaAt + to.planeStride(0), luma, 0, width);
            for (int x = 0; x < width / 2; x++) {
                u[x] = (byte) ((row[4 * x + 1] & 0xFF) + (nextRow[4 * x + 1] & 0xFF) + 1 >> 1);
                v[x] = (byte) ((row[4 * x + 3] & 0xFF) + (nextRow[4 * x + 3] & 0xFF) + 1 >> 1);
            }
            data.put(to.planeOffset(1) + y / 2 * to.planeStride(1), u, 0, width / 2);
            data.put(to.planeOffset(2) + y / 2 * to.planeStride(2), v, 0, width / 2);
        }
    }

    private void unpackLuma(byte[] packed) {
        for (int x = 0; x < width; x++) {
            luma[x] = packed[2 * x];
        }
    }
}
