package revcam.packetiser.h264;

import java.util.Arrays;
import revcam.api.media.StageException;

/**
 * What a viewer must know of an SPS (ITU-T H.264, section 7.3.2.1.1) before the first picture.
 *
 * @param profileLevelId profile_idc, constraint flags and level_idc in hexadecimal (RFC 6184, section 8.1)
 * @param width pixels, cropped
 * @param height pixels, cropped
 */
record SequenceParameterSet(String profileLevelId, int width, int height) {

    private static final int HEADER_BYTES = 1;
    private static final int MAX_SIZE_PX = 1 << 14;
    private static final int MACROBLOCK_PX = 16;
    private static final int CHROMA_420 = 1;
    private static final int CHROMA_422 = 2;
    private static final int CHROMA_444 = 3;

    /** @param nalUnit the whole NAL unit, header included */
    static SequenceParameterSet parse(byte[] nalUnit) throws StageException {
        BitReader in = new BitReader(nalUnit, HEADER_BYTES);
        int profile = in.bits(8);
        int constraints = in.bits(8);
        int level = in.bits(8);
        in.unsigned();
        int chroma = CHROMA_420;
        boolean separatePlanes = false;
        if (hasChromaFormat(profile)) {
            chroma = in.unsigned();
            if (chroma > CHROMA_444) {
                throw H264Packetiser.broken("the SPS has the unknown chroma_format_idc " + chroma);
            }
            separatePlanes = chroma == CHROMA_444 && in.flag();
            in.unsigned();
            in.unsigned();
            in.flag();
            if (in.flag()) {
                skipScalingLists(in, chroma == CHROMA_444 ? 12 : 8);
            }
        }
        in.unsigned();
        skipPictureOrderCount(in);
        in.unsigned();
        in.flag();
        long widthPx = MACROBLOCK_PX * (in.unsigned() + 1L);
        long mapUnitsHigh = in.unsigned() + 1L;
        boolean framesOnly = in.flag();
        long heightPx = MACROBLOCK_PX * mapUnitsHigh * (framesOnly ? 1 : 2);
        if (!framesOnly) {
            in.flag();
        }
        in.flag();
        if (in.flag()) {
            // Cropping counts in samples of the coarsest plane, and of each field where there are two.
            boolean subsampled = !separatePlanes && (chroma == CHROMA_420 || chroma == CHROMA_422);
            int unitX = subsampled ? 2 : 1;
            int unitY = (subsampled && chroma == CHROMA_420 ? 2 : 1) * (framesOnly ? 1 : 2);
            widthPx -= unitX * ((long) in.unsigned() + in.unsigned());
            heightPx -= unitY * ((long) in.unsigned() + in.unsigned());
        }
        if (widthPx <= 0 || heightPx <= 0 || widthPx > MAX_SIZE_PX || heightPx > MAX_SIZE_PX) {
            throw H264Packetiser.broken("the SPS has the impossible size " + widthPx + "x" + heightPx);
        }
        String profileLevelId = "%06x".formatted(profile << 16 | constraints << 8 | level);
        return new SequenceParameterSet(profileLevelId, (int) widthPx, (int) heightPx);
    }

    /** The profiles from High upwards, and their scalable and multiview relatives, say more than 4:2:0 with 8 bits. */
    private static boolean hasChromaFormat(int profile) {
        return switch (profile) {
            case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 -> true;
            default -> false;
        };
    }

    private static void skipScalingLists(BitReader in, int lists) throws StageException {
        for (int list = 0; list < lists; list++) {
            if (in.flag()) {
                int entries = list < 6 ? 16 : 64;
                // A scale of 0 says that the rest of the list repeats the last one.
                for (int entry = 0, scale = 8; entry < entries && scale != 0; entry++) {
                    scale = scale + in.signed() & 0xFF;
                }
            }
        }
    }

    private static void skipPictureOrderCount(BitReader in) throws StageException {
        switch (in.unsigned()) {
            case 0 -> in.unsigned();
            case 1 -> {
                in.flag();
                in.signed();
                in.signed();
                for (int frame = in.unsigned(); frame > 0; frame--) {
                    in.signed();
                }
            }
            default -> { }
        }
    }

    /** Bits and Exp-Golomb codes (section 9.1), most significant first. */
    private static final class BitReader {

        private static final int MAX_LEADING_ZEROS = 30;

        private final byte[] payload;
        private int bit;

        BitReader(byte[] nalUnit, int from) {
            payload = withoutEmulationPrevention(nalUnit, from);
        }

        /** The 03 in 00 00 03 is there only to keep start codes out (section 7.4.1). */
        private static byte[] withoutEmulationPrevention(byte[] nalUnit, int from) {
            byte[] kept = new byte[nalUnit.length - from];
            int length = 0;
            int zeros = 0;
            for (int at = from; at < nalUnit.length; at++) {
                byte value = nalUnit[at];
                if (zeros >= 2 && value == 3) {
                    zeros = 0;
                } else {
                    kept[length++] = value;
                    zeros = value == 0 ? zeros + 1 : 0;
                }
            }
            return Arrays.copyOf(kept, length);
        }

        boolean flag() throws StageException {
            return bits(1) == 1;
        }

        int bits(int count) throws StageException {
            if (bit + count > 8 * payload.length) {
                throw H264Packetiser.broken("the SPS ends too early");
            }
            int value = 0;
            for (int index = 0; index < count; index++, bit++) {
                value = value << 1 | payload[bit >> 3] >> 7 - (bit & 7) & 1;
            }
            return value;
        }

        /** ue(v), at most 2^31 - 2, which no field of an SPS reaches. */
        int unsigned() throws StageException {
            int zeros = 0;
            while (!flag()) {
                if (++zeros > MAX_LEADING_ZEROS) {
                    throw H264Packetiser.broken("the SPS has a number out of range");
                }
            }
            return (1 << zeros) - 1 + bits(zeros);
        }

        /** se(v). */
        int signed() throws StageException {
            int code = unsigned();
            return (code & 1) == 1 ? (code >> 1) + 1 : -(code >> 1);
        }
    }
}
