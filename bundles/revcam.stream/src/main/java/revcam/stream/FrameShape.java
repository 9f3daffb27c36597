package revcam.stream;

import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/** What an encoder has to be opened for: the size and layout of the frames that it will be given, in pixels. */
record FrameShape(int width, int height, PixelFormat format) {

    static FrameShape of(RawFrame frame) {
        return new FrameShape(frame.width(), frame.height(), frame.format());
    }

    boolean fits(RawFrame frame) {
        return frame.width() == width && frame.height() == height && frame.format() == format;
    }

    /** Asked several times a second, as in {@link revcam.api.media.FrameRate#equals}. */
    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof FrameShape shape && width == shape.width && height == shape.height
                && format == shape.format;
    }

    @Override
    public int hashCode() {
        return 31 * width + height;
    }

    @Override
    public String toString() {
        return width + "x" + height;
    }
}
