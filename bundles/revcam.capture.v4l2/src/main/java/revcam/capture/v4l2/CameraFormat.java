package revcam.capture.v4l2;

import revcam.api.media.PixelFormat;
import revcam.v4l2.Fourcc;

/** The plain formats that cameras give, those that cost least first. */
enum CameraFormat {
    YUV420(Fourcc.YUV420, PixelFormat.I420, 1),
    NV12(Fourcc.NV12, PixelFormat.NV12, 1),
    YUV420M(Fourcc.YUV420M, PixelFormat.I420, 3),
    NV12M(Fourcc.NV12M, PixelFormat.NV12, 2),
    YUYV(Fourcc.YUYV, PixelFormat.YUYV, 1);

    final int fourcc;
    final PixelFormat samples;
    /** Of memory that a picture takes. */
    final int blocks;

    CameraFormat(int fourcc, PixelFormat samples, int blocks) {
        this.fourcc = fourcc;
        this.samples = samples;
        this.blocks = blocks;
    }

    /** What the frames of this format are under a setting, or null when it is not to be used. */
    PixelFormat frames(V4l2Settings.Format wanted) {
        // Of the software encoders none takes YUYV, so that it is only passed on when somebody says so.
        PixelFormat made = samples == PixelFormat.YUYV && wanted != V4l2Settings.Format.YUYV ? PixelFormat.I420 : samples;
        return wanted == V4l2Settings.Format.AUTO || wanted.name().equals(made.name()) ? made : null;
    }

    /** Bytes from one row of a plane to the next. @param bytesPerLine of the first plane of its block */
    int stride(int plane, int bytesPerLine) {
        return this == YUV420 && plane > 0 ? bytesPerLine / 2 : bytesPerLine;
    }

    /** The block of memory that a plane lies in. */
    int block(int plane) {
        return blocks == 1 ? 0 : plane;
    }

    /** Where a plane begins within its block. */
    int offset(int plane, int bytesPerLine, int height) {
        if (blocks > 1 || plane == 0) {
            return 0;
        }
        return bytesPerLine * height + (plane == 2 ? bytesPerLine / 2 * (height / 2) : 0);
    }

    /** Bytes up to the last sample of a block. */
    int bytes(int block, int bytesPerLine, int width, int height) {
        int plane = blocks == 1 ? samples.planes() - 1 : block;
        return offset(plane, bytesPerLine, height) + stride(plane, bytesPerLine) * (samples.rows(plane, height) - 1)
                + samples.rowBytes(plane, width);
    }
}
