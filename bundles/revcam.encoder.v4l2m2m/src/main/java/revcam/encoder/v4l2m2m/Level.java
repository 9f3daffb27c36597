package revcam.encoder.v4l2m2m;

/** The levels of ITU-T H.264, table A-1, in their order there and in {@code enum v4l2_mpeg_video_h264_level}. */
enum Level {
    L1_0("1.0", 1485, 99, 64),
    L1_B("1b", 1485, 99, 128),
    L1_1("1.1", 3000, 396, 192),
    L1_2("1.2", 6000, 396, 384),
    L1_3("1.3", 11_880, 396, 768),
    L2_0("2.0", 11_880, 396, 2000),
    L2_1("2.1", 19_800, 792, 4000),
    L2_2("2.2", 20_250, 1620, 4000),
    L3_0("3.0", 40_500, 1620, 10_000),
    L3_1("3.1", 108_000, 3600, 14_000),
    L3_2("3.2", 216_000, 5120, 20_000),
    L4_0("4.0", 245_760, 8192, 20_000),
    L4_1("4.1", 245_760, 8192, 50_000),
    L4_2("4.2", 522_240, 8704, 50_000),
    L5_0("5.0", 589_824, 22_080, 135_000),
    L5_1("5.1", 983_040, 36_864, 240_000);

    private final String text;
    private final int macroblocksPerSecond;
    private final int macroblocks;
    private final int kilobits;

    Level(String text, int macroblocksPerSecond, int macroblocks, int kilobits) {
        this.text = text;
        this.macroblocksPerSecond = macroblocksPerSecond;
        this.macroblocks = macroblocks;
        this.kilobits = kilobits;
    }

    /** Bits per second that it allows, of Baseline and Main profile; High profile could have a quarter more. */
    long maxBitrateBps() {
        return kilobits * 1000L;
    }

    /**
     * The lowest that allows it, or null. Not below 3.1, which every WebRTC peer has to decode (RFC 7742, section 6.2, with the
     * usual profile-level-id of 42e01f): a lower one would only bound the bitrate that may come later.
     */
    static Level of(int width, int height, double fps, long bitrateBps) {
        long size = (width + 15L) / 16 * ((height + 15L) / 16);
        for (Level level : values()) {
            // Neither side of a picture may be longer than the square root of eight times its size (A.3.1, f and g).
            double longest = Math.sqrt(8.0 * level.macroblocks);
            if (level.compareTo(L3_1) >= 0 && size <= level.macroblocks && size * fps <= level.macroblocksPerSecond
                    && bitrateBps <= level.maxBitrateBps() && (width + 15) / 16 <= longest && (height + 15) / 16 <= longest) {
                return level;
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return text;
    }
}
