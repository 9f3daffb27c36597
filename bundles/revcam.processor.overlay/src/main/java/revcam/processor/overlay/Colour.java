package revcam.processor.overlay;

/** A colour in the samples of a picture, limited range. */
record Colour(float y, float u, float v) {

    static final Colour WHITE = new Colour(235, 128, 128);
    static final Colour BLACK = new Colour(16, 128, 128);

    /**
     * Turns sRGB into samples with the matrix that players assume for a picture of this height: ITU-R BT.709-6, item 3.2,
     * for HD; BT.601-7, section 2.5.1, below.
     *
     * @param rgb 0xRRGGBB
     */
    static Colour of(int rgb, int height) {
        float kr = height >= 720 ? 0.2126f : 0.299f;
        float kb = height >= 720 ? 0.0722f : 0.114f;
        float r = (rgb >> 16) / 255f;
        float g = (rgb >> 8 & 0xFF) / 255f;
        float b = (rgb & 0xFF) / 255f;
        float y = kr * r + (1 - kr - kb) * g + kb * b;
        return new Colour(16 + 219 * y, 128 + 112 * (b - y) / (1 - kb), 128 + 112 * (r - y) / (1 - kr));
    }
}
