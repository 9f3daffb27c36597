package revcam.transport.webrtc.sdp;

/** The profiles of H.264 as {@code profile-level-id} encodes them (RFC 6184, section 8.1, table 5). */
enum H264Profile {
    CONSTRAINED_BASELINE,
    BASELINE,
    EXTENDED,
    MAIN,
    CONSTRAINED_HIGH,
    HIGH,
    OTHER;

    /** What RFC 6184, section 8.1 infers when the parameter is absent: Baseline, level 1. */
    static final String DEFAULT_ID = "42000a";

    /** @param profileLevelId six hexadecimal digits, as {@link #isId} says */
    static H264Profile of(String profileLevelId) {
        int value = Integer.parseInt(profileLevelId, 16);
        int idc = value >> 16;
        int constraints = value >> 8 & 0xFF;
        boolean set0 = (constraints & 0x80) != 0;
        boolean set1 = (constraints & 0x40) != 0;
        boolean set2 = (constraints & 0x20) != 0;
        // The last four bits are reserved, except that constraint_set4 and 5 tell Constrained High from High.
        return switch (idc) {
            case 0x42 -> set1 ? CONSTRAINED_BASELINE : BASELINE;
            case 0x4D -> set0 ? CONSTRAINED_BASELINE : MAIN;
            case 0x58 -> !set0 ? EXTENDED : set1 ? CONSTRAINED_BASELINE : BASELINE;
            case 0x64 -> (constraints & 0x0C) == 0x0C ? CONSTRAINED_HIGH : set0 || set1 || set2 ? OTHER : HIGH;
            default -> OTHER;
        };
    }

    static boolean isId(String text) {
        return text.matches("[0-9A-Fa-f]{6}");
    }

    static int level(String profileLevelId) {
        return Integer.parseInt(profileLevelId.substring(4), 16);
    }

    /**
     * How well a decoder of the profile {@code offered} can be expected to play a stream of this one: 0 for the same,
     * more for less likely, -1 for not at all. Encoders that say Baseline do not use the tools that Constrained
     * Baseline lacks, in practice.
     */
    int distanceTo(H264Profile offered) {
        if (this == offered) {
            return this == OTHER ? -1 : 0;
        }
        return switch (this) {
            case CONSTRAINED_BASELINE -> switch (offered) {
                case BASELINE -> 1;
                case MAIN -> 2;
                case CONSTRAINED_HIGH -> 3;
                case HIGH -> 4;
                case EXTENDED -> 5;
                default -> -1;
            };
            case BASELINE -> switch (offered) {
                case CONSTRAINED_BASELINE -> 1;
                case EXTENDED -> 2;
                default -> -1;
            };
            case MAIN -> switch (offered) {
                case HIGH -> 1;
                case CONSTRAINED_HIGH -> 2;
                default -> -1;
            };
            case CONSTRAINED_HIGH -> offered == HIGH ? 1 : -1;
            case HIGH -> offered == CONSTRAINED_HIGH ? 1 : -1;
            default -> -1;
        };
    }
}
