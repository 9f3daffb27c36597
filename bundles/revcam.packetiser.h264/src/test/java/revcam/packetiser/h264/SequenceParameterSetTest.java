package revcam.packetiser.h264;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.media.StageException;

class SequenceParameterSetTest {

    /** profile_idc by the names that ffprobe gives them (ITU-T H.264, annex A.2). */
    private static final Map<String, Integer> PROFILES = Map.of(
            "Constrained Baseline", 66,
            "Baseline", 66,
            "Main", 77,
            "High", 100,
            "High 10", 110,
            "High 4:2:2", 122,
            "High 4:4:4 Predictive", 244);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "320x240, yuv420p, baseline, level=31",
        "1920x1080, yuv420p, baseline, level=40",
        "854x480, yuv420p, main, cabac=1",
        "426x240, yuv420p, high, 8x8dct=1",
        "322x242, yuv420p, high, cqm=jvt",
        "640x360, yuv420p, high, 'cqm4=10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25"
                + ":cqm8=16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,"
                + "16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,16,17'",
        "1920x1080, yuv420p, high, interlaced=1",
        "642x362, yuv420p10le, high10, ref=2",
        "643x362, yuv422p, high422, ref=2",
        "643x361, yuv444p, high444, cqm=jvt",
        "643x361, gray, high, ref=1",
        "3840x2160, yuv420p, high, level=5.2",
        "16x16, yuv420p, baseline, nal-hrd=vbr:vbv-maxrate=100:vbv-bufsize=100:bitrate=50"
    })
    void ffprobeReadsTheSame(String size, String pixelFormat, String profile, String options) throws Exception {
        Tool.FFPROBE.require();
        TestStream stream =
                TestStream.encode(directory, "sps", "color=s=" + size + ":r=30", 1, pixelFormat, profile, options);
        byte[] sps = stream.units().stream().filter(unit -> TestStream.type(unit) == 7).findFirst().orElseThrow();
        SequenceParameterSet parsed = SequenceParameterSet.parse(sps);

        String[] probed = Tool.FFPROBE
                .run(
                        directory,
                        "-v", "error", "-select_streams", "v:0",
                        "-show_entries", "stream=profile,width,height,level",
                        "-of", "csv=p=0", directory.resolve("sps.h264").toString())
                .strip()
                .split(",");
        assertEquals(probed[1] + "x" + probed[2], parsed.width() + "x" + parsed.height());
        int id = Integer.parseInt(parsed.profileLevelId(), 16);
        assertEquals(PROFILES.get(probed[0]), id >> 16, probed[0]);
        assertEquals(probed[0].startsWith("Constrained"), (id >> 16) == 66 && (id & 0x4000) != 0);
        assertEquals(Integer.parseInt(probed[3]), id & 0xFF);
        assertEquals(6, parsed.profileLevelId().length());
    }

    /** Every branch of the syntax, from field values to bits by section 7.3.2.1.1. */
    @Test
    void anythingTheSyntaxAllows() throws StageException {
        Random random = new Random(8);
        int[] profiles = {66, 77, 88, 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
        for (int round = 0; round < 20_000; round++) {
            int profile = profiles[random.nextInt(profiles.length)];
            int constraints = random.nextInt(256);
            int level = random.nextInt(256);
            BitWriter out = new BitWriter();
            out.bits(profile, 8).bits(constraints, 8).bits(level, 8).unsigned(random.nextInt(32));
            int chroma = 1;
            boolean separatePlanes = false;
            if (profile != 66 && profile != 77 && profile != 88) {
                chroma = random.nextInt(4);
                out.unsigned(chroma);
                if (chroma == 3) {
                    separatePlanes = random.nextBoolean();
                    out.flag(separatePlanes);
                }
                out.unsigned(random.nextInt(7)).unsigned(random.nextInt(7)).flag(random.nextBoolean());
                boolean scaling = random.nextBoolean();
                out.flag(scaling);
                for (int list = 0; scaling && list < (chroma == 3 ? 12 : 8); list++) {
                    writeScalingList(out, random, list < 6 ? 16 : 64);
                }
            }
            out.unsigned(random.nextInt(13));
            int orderCount = random.nextInt(3);
            out.unsigned(orderCount);
            if (orderCount == 0) {
                out.unsigned(random.nextInt(13));
            } else if (orderCount == 1) {
                out.flag(random.nextBoolean()).signed(random.nextInt(-99, 99)).signed(random.nextInt(-99, 99));
                int frames = random.nextInt(256);
                out.unsigned(frames);
                for (int frame = 0; frame < frames; frame++) {
                    out.signed(random.nextInt(-70_000, 70_000));
                }
            }
            out.unsigned(random.nextInt(17)).flag(random.nextBoolean());
            int macroblocksWide = random.nextInt(2, 300);
            int unitsHigh = random.nextInt(2, 200);
            boolean framesOnly = random.nextBoolean();
            out.unsigned(macroblocksWide - 1).unsigned(unitsHigh - 1).flag(framesOnly);
            if (!framesOnly) {
                out.flag(random.nextBoolean());
            }
            out.flag(random.nextBoolean());
            int width = 16 * macroblocksWide;
            int height = 16 * unitsHigh * (framesOnly ? 1 : 2);
            boolean cropped = random.nextBoolean();
            out.flag(cropped);
            if (cropped) {
                int left = random.nextInt(4);
                int right = random.nextInt(4);
                int top = random.nextInt(4);
                int bottom = random.nextInt(4);
                out.unsigned(left).unsigned(right).unsigned(top).unsigned(bottom);
                int[] unit = cropUnit(separatePlanes ? 0 : chroma, framesOnly);
                width -= unit[0] * (left + right);
                height -= unit[1] * (top + bottom);
            }
            byte[] sps = out.flag(false).toNalUnit();

            assertEquals(
                    new SequenceParameterSet("%02x%02x%02x".formatted(profile, constraints, level), width, height),
                    SequenceParameterSet.parse(sps),
                    "round " + round);
            for (int length = 1; length < sps.length - 1; length += 1 + sps.length / 10) {
                byte[] cut = Arrays.copyOf(sps, length);
                try {
                    SequenceParameterSet.parse(cut);
                } catch (StageException refused) {
                    assertTrue(refused.getMessage().contains("SPS"));
                }
            }
        }
    }

    @Test
    void aPictureThatIsCroppedAwayIsRefused() {
        BitWriter out = new BitWriter();
        out.bits(66, 8).bits(0, 8).bits(31, 8).unsigned(0).unsigned(0).unsigned(0).unsigned(0).unsigned(1).flag(false);
        out.unsigned(0).unsigned(0).flag(true).flag(true).flag(true);
        out.unsigned(4).unsigned(4).unsigned(0).unsigned(0).flag(false);

        StageException refused = assertThrows(StageException.class, () -> SequenceParameterSet.parse(out.toNalUnit()));
        assertTrue(refused.getMessage().contains("0x16"), refused.getMessage());
    }

    /** CropUnitX and CropUnitY of section 7.4.2.1.1, with SubWidthC and SubHeightC of table 6-1. */
    private static int[] cropUnit(int chromaArrayType, boolean framesOnly) {
        int fields = framesOnly ? 1 : 2;
        return switch (chromaArrayType) {
            case 1 -> new int[] {2, 2 * fields};
            case 2 -> new int[] {2, fields};
            default -> new int[] {1, fields};
        };
    }

    private static void writeScalingList(BitWriter out, Random random, int entries) {
        boolean present = random.nextBoolean();
        out.flag(present);
        int last = 8;
        for (int entry = 0; present && entry < entries; entry++) {
            int next = random.nextInt(40) == 0 ? 0 : random.nextInt(1, 256);
            int delta = next - last;
            out.signed(delta > 127 ? delta - 256 : delta < -128 ? delta + 256 : delta);
            if (next == 0) {
                return;
            }
            last = next;
        }
    }

    /** Bits and Exp-Golomb codes (section 9.1) as text, which is slow and hard to get wrong. */
    private static final class BitWriter {

        private final StringBuilder bits = new StringBuilder();

        BitWriter bits(int value, int count) {
            for (int bit = count - 1; bit >= 0; bit--) {
                bits.append(value >> bit & 1);
            }
            return this;
        }

        BitWriter flag(boolean value) {
            return bits(value ? 1 : 0, 1);
        }

        BitWriter unsigned(int value) {
            String code = Integer.toBinaryString(value + 1);
            bits.append("0".repeat(code.length() - 1)).append(code);
            return this;
        }

        BitWriter signed(int value) {
            return unsigned(value > 0 ? 2 * value - 1 : -2 * value);
        }

        byte[] toNalUnit() {
            String rbsp = bits + "1" + "0".repeat(7 - bits.length() % 8);
            byte[] unit = new byte[rbsp.length()];
            unit[0] = 0x67;
            int length = 1;
            int zeros = 0;
            for (int at = 0; at < rbsp.length(); at += 8) {
                int value = Integer.parseInt(rbsp.substring(at, at + 8), 2);
                if (zeros == 2 && value <= 3) {
                    unit[length++] = 3;
                    zeros = 0;
                }
                zeros = value == 0 ? zeros + 1 : 0;
                unit[length++] = (byte) value;
            }
            return Arrays.copyOf(unit, length);
        }
    }
}
