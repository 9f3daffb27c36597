package revcam.capture.pattern;

/** A colour in the samples of a picture, limited range. */
record Colour(float y, float u, float v) {

    /** Turns sRGB into samples with the matrix that players assume for a picture of this height. */
    record Matrix(float red, float blue) {

        static Matrix of(int height) {
            // ITU-R BT.709-6, item 3.2, for HD; BT.601-7, section 2.5.1, below.
            return height >= 720 ? new Matrix(0.2126f, 0.0722f) : new Matrix(0.299f, 0.114f);
        }

        /** @param rgb 0xRRGGBB */
        Colour colour(int rgb) {
            float r = (rgb >> 16) / 255f;
            float g = (rgb >> 8 & 0xFF) / 255f;
            float b = (rgb & 0xFF) / 255f;
            float y = red * r + (1 - red - blue) * g + blue * b;
            return new Colour(
                    16 + 219 * y, 128 + 112 * (b - y) / (1 - blue), 128 + 112 * (r - y) / (1 - red));
        }
    }

    /** @param share of {@code other}, 0 to 1 */
    Colour mix(Colour other, float share) {
        return new Colour(y + (other.y - y) * share, u + (other.u - u) * share, v + (other.v - v) * share);
    }
}
