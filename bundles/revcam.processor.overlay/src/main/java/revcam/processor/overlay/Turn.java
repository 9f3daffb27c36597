package revcam.processor.overlay;

import java.nio.ByteBuffer;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/**
 * Copies pictures, turned by quarters and mirrored. NV12 stays NV12; everything else becomes I420. Allocates nothing per
 * picture.
 */
final class Turn {

    /** A transposed copy works through squares of this side, so that both pictures' rows stay in the cache. */
    private static final int TILE = 16;
    private static final long ODD_BYTES = 0xFF00_FF00_FF00_FF00L;

    /** Sample (x, y) of the copy is (y, x) of the picture, where nothing is flipped. */
    private final boolean transposed;
    private final boolean flipX;
    private final boolean flipY;

    /**
     * @param degrees clockwise: 0, 90, 180 or 270
     * @param mirror left to right, after that
     */
    Turn(int degrees, boolean mirror) {
        transposed = degrees % 180 != 0;
        flipX = (degrees == 90 || degrees == 180) ^ mirror;
        flipY = degrees == 180 || degrees == 270;
    }

    /** Whether the copy is the picture as it is. */
    boolean isNone() {
        return !transposed && !flipX && !flipY;
    }

    /** Whether width and height change places. */
    boolean swapsSides() {
        return transposed;
    }

    static PixelFormat format(PixelFormat from) {
        return from == PixelFormat.NV12 ? from : PixelFormat.I420;
    }

    /** @param to of the size and format that this makes */
    void copy(RawFrame from, RawFrame to) {
        int width = to.width();
        int height = to.height();
        switch (from.format()) {
            case I420 -> {
                for (int plane = 0; plane < 3; plane++) {
                    copy(from, plane, 0, to, plane, 0, 1, PixelFormat.I420.rowBytes(plane, width),
                            PixelFormat.I420.rows(plane, height));
                }
            }
            case NV12 -> {
                copy(from, 0, 0, to, 0, 0, 1, width, height);
                if (transposed) {
                    copy(from, 1, 0, to, 1, 0, 2, width / 2, height / 2);
                    copy(from, 1, 1, to, 1, 1, 2, width / 2, height / 2);
                } else {
                    copyRows(from, 1, to, 1, 2, width / 2, height / 2);
                }
            }
            case YUYV -> {
                unpack(from, 0, 2, false, to, 0, width, height);
                unpack(from, 1, 4, true, to, 1, width / 2, height / 2);
                unpack(from, 3, 4, true, to, 2, width / 2, height / 2);
            }
        }
    }

    /** @param step bytes from one sample to the next, in both */
    private void copy(RawFrame from, int fromPlane, int fromByte, RawFrame to, int toPlane, int toByte, int step,
            int width, int height) {
        if (!transposed) {
            copyRows(from, fromPlane, to, toPlane, step, width, height);
            return;
        }
        ByteBuffer in = from.data();
        ByteBuffer out = to.data();
        int inRow = from.planeStride(fromPlane);
        int outRow = to.planeStride(toPlane);
        // The copy's columns are the picture's rows.
        int inAt = from.planeOffset(fromPlane) + fromByte + (flipX ? (width - 1) * inRow : 0)
                + (flipY ? (height - 1) * step : 0);
        int inRight = flipX ? -inRow : inRow;
        int inDown = flipY ? -step : step;
        int outAt = to.planeOffset(toPlane) + toByte;
        for (int top = 0; top < height; top += TILE) {
            int bottom = Math.min(height, top + TILE);
            for (int left = 0; left < width; left += TILE) {
                int right = Math.min(width, left + TILE);
                for (int y = top; y < bottom; y++) {
                    int at = inAt + left * inRight + y * inDown;
                    int put = outAt + y * outRow + left * step;
                    for (int x = left; x < right; x++, at += inRight, put += step) {
                        out.put(put, in.get(at));
                    }
                }
            }
        }
    }

    /** @param step bytes of a sample: two are U and V of NV12, which stay in their order */
    private void copyRows(RawFrame from, int fromPlane, RawFrame to, int toPlane, int step, int width, int height) {
        ByteBuffer in = from.data();
        ByteBuffer out = to.data();
        int bytes = width * step;
        for (int y = 0; y < height; y++) {
            int at = from.planeOffset(fromPlane) + (flipY ? height - 1 - y : y) * from.planeStride(fromPlane);
            int put = to.planeOffset(toPlane) + y * to.planeStride(toPlane);
            if (flipX) {
                reverse(in, at, out, put, bytes, step);
            } else {
                out.put(put, in, at, bytes);
            }
        }
    }

    /** Eight bytes at once; buffers of different byte orders reverse them by themselves. */
    private static void reverse(ByteBuffer in, int at, ByteBuffer out, int put, int bytes, int step) {
        int end = put + bytes;
        int done = 0;
        for (; done + Long.BYTES <= bytes; done += Long.BYTES) {
            long samples = in.order() == out.order() ? Long.reverseBytes(in.getLong(at + done)) : in.getLong(at + done);
            if (step == 2) {
                samples = (samples & ODD_BYTES) >>> 8 | (samples & ~ODD_BYTES) << 8;
            }
            out.putLong(end - done - Long.BYTES, samples);
        }
        for (; done < bytes; done += step) {
            for (int i = 0; i < step; i++) {
                out.put(end - done - step + i, in.get(at + done + i));
            }
        }
    }

    /**
     * One component of packed 4:2:2.
     *
     * @param halved whether two rows become one, by their mean
     */
    private void unpack(RawFrame from, int fromByte, int step, boolean halved, RawFrame to, int toPlane, int width,
            int height) {
        ByteBuffer in = from.data();
        ByteBuffer out = to.data();
        int stride = from.planeStride(0);
        int inRow = halved ? 2 * stride : stride;
        for (int y = 0; y < height; y++) {
            int row = flipY ? height - 1 - y : y;
            int put = to.planeOffset(toPlane) + y * to.planeStride(toPlane);
            for (int x = 0; x < width; x++) {
                int column = flipX ? width - 1 - x : x;
                int at = from.planeOffset(0) + fromByte
                        + (transposed ? column * inRow + row * step : row * inRow + column * step);
                int sample = in.get(at) & 0xFF;
                out.put(put + x, (byte) (halved ? sample + (in.get(at + stride) & 0xFF) + 1 >> 1 : sample));
            }
        }
    }
}
