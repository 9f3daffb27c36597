package revcam.capture.pattern;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;

/**
 * The painted panorama: evening sky with a balloon over mountains, a lake, a railway and a meadow. It is painted once,
 * on the heap, and then exposed to films.
 */
final class Landscape {

    private static final int TILE = 256;
    private static final int NOISE_LONGS = 8192;
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long NOISE_MEANS = 8 * ONES;

    /**
     * What lies between one ridge and the next in front of it.
     *
     * @param ridge its upper edge, in rows, for every column
     * @param depth rows over which top turns into bottom
     * @param texture luma steps of the texture at its strongest
     * @param across how often the texture is squeezed horizontally
     * @param down and vertically
     */
    private record Layer(float[] ridge, Colour top, Colour bottom, float depth, float texture, int across, int down) {}

    /** What the sky is lit by, and what catches the light; distances in samples. */
    private record Light(Colour cloud, Colour sun, float sunX, float sunY, float sunRadius, float glow) {}

    private final int length;
    private final int height;
    private final byte[] luma;
    private final byte[][] chroma;
    /** Fractal texture, -128 to 127, that repeats both ways. */
    private final byte[] tile = new byte[TILE * TILE];
    /** Eight samples in each, 0 to 16. */
    private final long[] noise = new long[NOISE_LONGS];
    private final int trackRow;
    private long random = 0x5EED_CA3EL;

    Landscape(int width, int height, Colour.Matrix matrix) {
        // Half as long again as a picture is wide; rows of both luma and chroma are whole longs.
        length = width * 3 / 2 + 15 & -16;
        this.height = height;
        luma = new byte[length * height];
        chroma = new byte[][] {new byte[length * height / 4], new byte[length * height / 4]};
        trackRow = Math.round(height * 0.745f) & -2;
        fillTile();
        fillNoise();
        paintSky(matrix);
        paintLand(land(matrix));
        // Where it is in sight wherever the camera points.
        Sprites.balloon(height, matrix).paint(luma, chroma, length, (int) (length * 0.42f) & -2, height / 6 & -2);
        Wordmark.paint(luma, length, length * 0.3f, height * 0.565f, height * 0.062f);
    }

    int length() {
        return length;
    }

    /** What a train stands on. */
    int trackRow() {
        return trackRow;
    }

    /** Takes the colour off the first rows of both chroma planes. */
    void decolour(int chromaRows) {
        for (byte[] plane : chroma) {
            Arrays.fill(plane, 0, chromaRows * length / 2, (byte) 128);
        }
    }

    /** Copies the panorama to a film, with noise that no other film has. */
    void expose(Film film) {
        LongBuffer samples = ByteBuffer.wrap(luma).order(ByteOrder.nativeOrder()).asLongBuffer();
        long[] row = new long[length / Long.BYTES];
        for (int y = 0; y < height; y++) {
            samples.get(y * row.length, row);
            int grain = (int) nextRandom();
            for (int i = 0; i < row.length; i++) {
                // Eight samples at once: they stay far enough from 0 and 255 that none carries into the next.
                row[i] += noise[grain++ & NOISE_LONGS - 1] - NOISE_MEANS;
            }
            film.writeLuma(y, row);
        }
        for (int plane = 0; plane < chroma.length; plane++) {
            film.writeChroma(plane + 1, chroma[plane]);
        }
    }

    /** Sixteen random bits added up in every byte: a binomial distribution with a variance of 4. */
    private void fillNoise() {
        for (int i = 0; i < noise.length; i++) {
            long a = nextRandom();
            long b = nextRandom();
            for (int bit = 0; bit < 8; bit++) {
                noise[i] += (a >>> bit & ONES) + (b >>> bit & ONES);
            }
        }
    }

    private Layer[] land(Colour.Matrix matrix) {
        float h = height;
        return new Layer[] {
            new Layer(ridge(0.40f, 0.085f, 8, 0.52f), matrix.colour(0x7580AC), matrix.colour(0xD6BDBE), h * 0.17f, 26, 1, 1),
            new Layer(ridge(0.49f, 0.045f, 4, 0.45f), matrix.colour(0x50698A), matrix.colour(0x86A0A8), h * 0.14f, 26, 1, 1),
            new Layer(ridge(0.60f, 0.020f, 8, 0.75f), matrix.colour(0x2F4A3C), matrix.colour(0x3C5A44), h * 0.06f, 50, 1, 1),
            new Layer(ridge(0.65f, 0, 1, 0), matrix.colour(0xC9B4B4), matrix.colour(0x5A7FA8), h * 0.10f, 44, 1, 8),
            new Layer(ridge((trackRow + 0.5f) / h, 0, 1, 0), matrix.colour(0x4A423C), matrix.colour(0x8A7A64), h * 0.03f, 46, 2, 2),
            new Layer(ridge(0.785f, 0.012f, 4, 0.5f), matrix.colour(0x9FAE55), matrix.colour(0x4E7030), h * 0.2f, 60, 1, 4),
            new Layer(ridge(0.955f, 0.035f, 16, 0.8f), matrix.colour(0x3A5426), matrix.colour(0x22361A), h * 0.05f, 50, 1, 1),
        };
    }

    /** Evening light from the horizon up, a low sun, and clouds that catch it. */
    private void paintSky(Colour.Matrix matrix) {
        Colour zenith = matrix.colour(0x2F5D9E);
        Colour middle = matrix.colour(0x8FB2D6);
        Colour horizon = matrix.colour(0xF9D9B0);
        float low = height * 0.56f;
        Light light = new Light(matrix.colour(0xFFF1E2), matrix.colour(0xFFF3C4), length * 0.62f, height * 0.30f, height * 0.035f,
                height * 0.45f);
        for (int y = 0; y < low; y += 2) {
            float up = y / low;
            Colour air = up < 0.55f ? zenith.mix(middle, up / 0.55f) : middle.mix(horizon, (up - 0.55f) / 0.45f);
            for (int x = 0; x < length; x += 2) {
                paintAir(air, light, x, y, 1.1f - up);
            }
        }
    }

    /**
     * Two by two samples. A method of its own, like whatever is done for each sample here: it is compiled after two hundred
     * calls, a loop's body after sixty thousand rounds.
     *
     * @param clouded how much of the clouds is seen
     */
    private void paintAir(Colour air, Light light, int x, int y, float clouded) {
        float share = Math.max(0, Math.min(0.85f, (cloud(x, y) + 2) / 60f * clouded));
        float lumaHere = air.y() + (light.cloud.y() - air.y()) * share;
        float u = air.u() + (light.cloud.u() - air.u()) * share;
        float v = air.v() + (light.cloud.v() - air.v()) * share;
        float dx = x - light.sunX;
        float dy = y - light.sunY;
        float square = dx * dx + dy * dy;
        if (square < light.glow * light.glow) {
            float distance = (float) Math.sqrt(square);
            float near = 1 - distance / light.glow;
            float sunlit = Math.max(near * near * 0.75f, Math.min(1, light.sunRadius + 1 - distance));
            lumaHere += (light.sun.y() - lumaHere) * sunlit;
            u += (light.sun.u() - u) * sunlit;
            v += (light.sun.v() - v) * sunlit;
        }
        int at = y * length + x;
        byte sample = (byte) (int) (lumaHere + 0.5f);
        luma[at] = sample;
        luma[at + 1] = sample;
        luma[at + length] = sample;
        luma[at + length + 1] = sample;
        int chromaAt = y / 2 * (length / 2) + x / 2;
        chroma[0][chromaAt] = (byte) (int) (u + 0.5f);
        chroma[1][chromaAt] = (byte) (int) (v + 0.5f);
    }

    /** The tile stretched over the sky, between its values linearly. */
    private float cloud(int x, int y) {
        float u = x * (float) TILE / length;
        float v = y * 1.4f * TILE / height;
        int column = (int) u;
        int row = (int) v;
        float right = u - column;
        float down = v - row;
        float above = tile(column, row) * (1 - right) + tile(column + 1, row) * right;
        float below = tile(column, row + 1) * (1 - right) + tile(column + 1, row + 1) * right;
        return above * (1 - down) + below * down;
    }

    private int tile(int column, int row) {
        return tile[(row & TILE - 1) * TILE + (column & TILE - 1)];
    }

    private void paintLand(Layer[] layers) {
        // A nearer ridge that is higher hides all of the farther layer.
        for (int i = layers.length - 2; i >= 0; i--) {
            for (int x = 0; x < length; x++) {
                layers[i].ridge[x] = Math.min(layers[i].ridge[x], layers[i + 1].ridge[x]);
            }
        }
        for (int x = 0; x < length; x++) {
            for (int i = 0; i < layers.length; i++) {
                paintColumn(layers[i], x, i + 1 < layers.length ? (int) layers[i + 1].ridge[x] : height);
            }
        }
    }

    /** What is seen of a layer in one column: from its ridge to row {@code end}, where the ridge of a nearer one is. */
    private void paintColumn(Layer layer, int x, int end) {
        float ridge = layer.ridge[x];
        float span = layer.bottom.y() - layer.top.y();
        for (int y = (int) ridge; y < end; y++) {
            float below = y + 1 - ridge;
            float share = below < layer.depth ? below / layer.depth : 1;
            float sample = layer.top.y() + span * share + tile(x * layer.across, y * layer.down) * layer.texture / 128;
            int at = y * length + x;
            if (below < 1) {
                // The ridge passes through this pixel; what is behind it is in the pixel above.
                int behind = luma[at - length] & 0xFF;
                sample = behind + (sample - behind) * below;
            }
            luma[at] = (byte) Math.max(24, Math.min(226, (int) sample));
            if (((x | y) & 1) == 0) {
                int chromaAt = y / 2 * (length / 2) + x / 2;
                chroma[0][chromaAt] = (byte) (int) (layer.top.u() + (layer.bottom.u() - layer.top.u()) * share + 0.5f);
                chroma[1][chromaAt] = (byte) (int) (layer.top.v() + (layer.bottom.v() - layer.top.v()) * share + 0.5f);
            }
        }
    }

    /**
     * A skyline by midpoint displacement.
     *
     * @param level mean row, as a share of the height
     * @param relief of the coarsest peaks, as a share of the height
     * @param peaks coarsest peaks along the panorama, a power of two
     * @param roughness how much of the relief the next finer peaks have
     */
    private float[] ridge(float level, float relief, int peaks, float roughness) {
        int points = 512;
        float[] profile = new float[points];
        float amplitude = relief * height;
        for (int step = points / peaks; step >= 1; step /= 2) {
            for (int i = step; i < points + step; i += 2 * step) {
                float between = (profile[(i - step) % points] + profile[(i + step) % points]) / 2;
                profile[i % points] = between + amplitude * nextSigned();
            }
            amplitude *= roughness;
        }
        float[] ridge = new float[length];
        for (int x = 0; x < length; x++) {
            float position = (float) x * points / length;
            int left = (int) position;
            float a = profile[left];
            float b = profile[(left + 1) % points];
            ridge[x] = level * height + a + (b - a) * (position - left);
        }
        return ridge;
    }

    /** Diamond-square on a torus. */
    private void fillTile() {
        float[] values = new float[TILE * TILE];
        float amplitude = 1;
        for (int step = TILE / 2; step >= 1; step /= 2) {
            for (int y = step; y < TILE; y += 2 * step) {
                for (int x = step; x < TILE; x += 2 * step) {
                    displace(values, x, y, step, step, step, -step, amplitude);
                }
            }
            for (int y = 0; y < TILE; y += step) {
                for (int x = (y / step + 1) % 2 * step; x < TILE; x += 2 * step) {
                    displace(values, x, y, step, 0, 0, step, amplitude);
                }
            }
            amplitude *= 0.72f;
        }
        float peak = 0;
        for (float value : values) {
            peak = Math.max(peak, Math.abs(value));
        }
        for (int i = 0; i < tile.length; i++) {
            tile[i] = (byte) (int) (values[i] * 127 / peak);
        }
    }

    /** The mean of four neighbours, which lie at (x1, y1), (x2, y2) from the point and opposite, and something random. */
    private void displace(float[] values, int x, int y, int x1, int y1, int x2, int y2, float amplitude) {
        values[y * TILE + x] = (at(values, x + x1, y + y1) + at(values, x - x1, y - y1) + at(values, x + x2, y + y2)
                + at(values, x - x2, y - y2)) / 4 + amplitude * nextSigned();
    }

    private static float at(float[] values, int x, int y) {
        return values[(y & TILE - 1) * TILE + (x & TILE - 1)];
    }

    private float nextSigned() {
        return (nextRandom() >> 40) / (float) (1 << 23);
    }

    /** Marsaglia, "Xorshift RNGs", 2003: the 64-bit generator with the triple 13, 7, 17. */
    private long nextRandom() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return random;
    }
}
