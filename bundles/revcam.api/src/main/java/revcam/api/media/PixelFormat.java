package revcam.api.media;

/** How the samples of a raw picture lie in memory; 8 bits each, limited range. Names are those of V4L2 and FOURCC. */
public enum PixelFormat {
    /** Planar 4:2:0: Y, then U, then V, each chroma plane halved both ways. V4L2_PIX_FMT_YUV420 ("YU12"). */
    I420(3),
    /** Semi-planar 4:2:0: Y, then U and V interleaved. V4L2_PIX_FMT_NV12. */
    NV12(2),
    /** Packed 4:2:2: Y0 U Y1 V. V4L2_PIX_FMT_YUYV. */
    YUYV(1);

    private final int planes;

    PixelFormat(int planes) {
        this.planes = planes;
    }

    public int planes() {
        return planes;
    }

    /** Bytes that one row of {@code plane} needs for a picture of even {@code width}, without padding. */
    public int rowBytes(int plane, int width) {
        return switch (this) {
            case I420 -> plane == 0 ? width : width / 2;
            case NV12 -> width;
            case YUYV -> 2 * width;
        };
    }

    /** Rows of {@code plane} in a picture of even {@code height}. */
    public int rows(int plane, int height) {
        return plane == 0 ? height : height / 2;
    }
}
