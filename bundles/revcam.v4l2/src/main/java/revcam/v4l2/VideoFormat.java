package revcam.v4l2;

import java.util.List;

/**
 * The format of a queue: what is asked for, or what the driver made of it.
 *
 * @param width visible pixels
 * @param height visible pixels
 * @param fourcc see {@link Fourcc}
 * @param field {@code enum v4l2_field}: 0 any, 1 progressive
 * @param colorimetry zeros to leave it to the driver
 * @param planes one per block of memory, as many as the format takes; what the driver answers is binding: rows may be padded
 */
public record VideoFormat(
        int width, int height, int fourcc, int field, Colorimetry colorimetry, List<Plane> planes) {

    /** {@code V4L2_FIELD_NONE}: progressive. */
    public static final int FIELD_NONE = 1;

    public VideoFormat {
        planes = List.copyOf(planes);
        if (planes.isEmpty() || planes.size() > BufferQueue.MAX_PLANES) {
            throw new IllegalArgumentException("a format has 1 to " + BufferQueue.MAX_PLANES + " planes, not " + planes.size());
        }
    }

    /** One block of memory, everything else for the driver to choose. */
    public VideoFormat(int width, int height, int fourcc) {
        this(width, height, fourcc, FIELD_NONE, Colorimetry.DEFAULT, List.of(Plane.DEFAULT));
    }

    /** The same with another size of the first block, such as that of a buffer for coded pictures. */
    public VideoFormat withSizeImage(int bytes) {
        return new VideoFormat(width, height, fourcc, field, colorimetry, List.of(new Plane(planes.get(0).bytesPerLine(), bytes)));
    }

    public VideoFormat withColorimetry(Colorimetry other) {
        return new VideoFormat(width, height, fourcc, field, other, planes);
    }

    /** Bytes from one row of the first block to the next. */
    public int bytesPerLine() {
        return planes.get(0).bytesPerLine();
    }

    /** Bytes that the first block takes. */
    public int sizeImage() {
        return planes.get(0).sizeImage();
    }

    /**
     * A block of memory.
     *
     * @param bytesPerLine from one row to the next; of the Y rows where several planes share the block; 0 for the driver's
     * @param sizeImage bytes in all, 0 for the driver's
     */
    public record Plane(int bytesPerLine, int sizeImage) {
        static final Plane DEFAULT = new Plane(0, 0);
    }

    /** By the numbers of {@code enum v4l2_colorspace}, {@code v4l2_ycbcr_encoding} and so on; 0 is "the default". */
    public record Colorimetry(int colorspace, int ycbcrEncoding, int quantization, int transferFunction) {

        public static final Colorimetry DEFAULT = new Colorimetry(0, 0, 0, 0);
        /** {@code V4L2_QUANTIZATION_FULL_RANGE}. */
        public static final int FULL_RANGE = 1;
        /** {@code V4L2_COLORSPACE_JPEG}, which is full range where nothing else is said. */
        public static final int COLORSPACE_JPEG = 7;
    }

    @Override
    public String toString() {
        return Fourcc.text(fourcc) + " " + width + "x" + height;
    }
}
