package revcam.packetiser.h264;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;
import revcam.testkit.PacketiserConformance;

class H264PacketiserTest extends PacketiserConformance {

    /** Written by x264 for 320x240 at 30 frames a second, and dissected in SequenceParameterSetTest. */
    private static final String SPS = "6742C00DDA0507EC044000000300400000 0F23C50AA8";
    private static final String PPS = "68CE0FC8";
    private static final int MAX = 1188;

    private final Packetiser packetiser = new H264PacketiserFactory().open();

    H264PacketiserTest() {
        super(new H264PacketiserFactory());
    }

    @Override
    protected byte[] keyAccessUnit() {
        return stream(hex(SPS), hex(PPS), unit(0x65, 9_000));
    }

    @Override
    protected byte[] deltaAccessUnit() {
        return stream(unit(0x41, 2_500));
    }

    @Override
    protected List<byte[]> garbage() {
        return List.of(
                new byte[] {1},
                new byte[100],
                "a text is no video".getBytes(US_ASCII),
                hex("0000000467640028" + "00000A0065"),
                hex("47 000001 65 1122"),
                stream(hex("67"), unit(0x65, 100)),
                stream(hex("6742C00DDA05"), unit(0x65, 100)),
                // Exp-Golomb codes without end, and the size that 2^30 macroblocks would give.
                stream(hex("6742C00D 000003000003000003000003 01"), unit(0x65, 100)),
                stream(hex("6742C00D DA 0000030000800000030000800003FF"), unit(0x65, 100)));
    }

    @Override
    protected String pictureSize() {
        return "320x240";
    }

    @Test
    void theFormatIsThatOfTheSps() throws StageException {
        packetise(MAX, hex(SPS), hex(PPS), unit(0x65, 10));

        assertEquals(
                new RtpFormat(
                        "H264",
                        90_000,
                        Map.of(
                                "packetization-mode", "1",
                                "profile-level-id", "42c00d",
                                "level-asymmetry-allowed", "1"),
                        320,
                        240),
                packetiser.format());
    }

    /** Layouts by hand from RFC 6184, section 5.7.1. */
    @Test
    void parameterSetsShareAStapA() throws StageException {
        List<byte[]> payloads = packetise(MAX, hex(SPS), hex(PPS), hex("65AABB"));

        assertPayloads(payloads, "78 0016" + SPS + "0004" + PPS, "65AABB");
    }

    @Test
    void theStapATakesTheHighestImportanceAndAnyError() throws StageException {
        String sps = SPS.replaceFirst("67", "27");
        assertPayloads(
                packetise(MAX, hex(sps), hex("48CE0FC8"), hex("65AA")),
                "58 0016" + sps + "0004 48CE0FC8",
                "65AA");
        assertPayloads(packetise(MAX, hex("C80FC8"), hex("28CE"), hex("65AA")), "D8 0003 C80FC8 0002 28CE", "65AA");
    }

    @Test
    void severalPictureParameterSetsGoAlong() throws StageException {
        assertPayloads(
                packetise(MAX, hex(SPS), hex(PPS), hex("6844"), hex("65AA")),
                "78 0016" + SPS + "0004" + PPS + "0002 6844",
                "65AA");
    }

    @Test
    void aLoneParameterSetGoesAlone() throws StageException {
        assertPayloads(packetise(MAX, hex(PPS), hex("65AA")), PPS, "65AA");
    }

    @Test
    void parameterSetsTooLargeForOnePayloadAreSplitUp() throws StageException {
        byte[] one = unit(0x68, 60);
        byte[] two = unit(0x68, 35);
        byte[] three = unit(0x68, 30);
        // 1 + 2 + 60 + 2 + 35 is 100.
        assertEquals(100, packetise(100, one, two, hex("65AA")).get(0).length);

        List<byte[]> payloads = packetise(100, one, unit(0x68, 36), three, hex("65AA"));
        assertEquals(3, payloads.size());
        assertArrayEquals(one, payloads.get(0));
        assertEquals(1 + 2 + 36 + 2 + 30, payloads.get(1).length);

        // Fragments, when one alone is too large: a header byte fewer, two bytes more for each.
        assertEquals(
                List.of(75, 75, 2),
                packetise(100, unit(0x68, 147), hex("65AA")).stream().map(payload -> payload.length).toList());
    }

    /** Layouts by hand from RFC 6184, section 5.8. */
    @Test
    void whatIsTooLargeGoesInFragmentsOfEqualSize() throws StageException {
        for (int header : new int[] {0x65, 0x41, 0x01, 0xE5}) {
            for (int max : new int[] {100, 101, 1188}) {
                for (int size = max - 2; size < 6 * max; size += 1 + size / 150) {
                    byte[] unit = unit(header, size);
                    assertFragments(unit, packetise(max, unit), max);
                }
            }
        }
    }

    private static void assertFragments(byte[] unit, List<byte[]> payloads, int max) {
        if (unit.length <= max) {
            assertEquals(1, payloads.size());
            assertArrayEquals(unit, payloads.get(0));
            return;
        }
        assertTrue(payloads.size() > 1, "an FU-A of one fragment is forbidden");
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int least = max;
        int most = 0;
        for (int index = 0; index < payloads.size(); index++) {
            byte[] payload = payloads.get(index);
            assertEquals(unit[0] & 0xE0 | 28, payload[0] & 0xFF, "FU indicator");
            int position = index == 0 ? 0x80 : index == payloads.size() - 1 ? 0x40 : 0;
            assertEquals(position | unit[0] & 0x1F, payload[1] & 0xFF, "FU header");
            assertTrue(payload.length <= max);
            least = Math.min(least, payload.length);
            most = Math.max(most, payload.length);
            body.write(payload, 2, payload.length - 2);
        }
        assertTrue(most - least <= 1, "from " + least + " to " + most + " bytes");
        assertEquals((unit.length - 1 + max - 3) / (max - 2), payloads.size(), "no fragment too many");
        assertArrayEquals(Arrays.copyOfRange(unit, 1, unit.length), body.toByteArray());
    }

    @Test
    void whatAReceiverHasNoUseForIsLeftOut() throws StageException {
        List<String> kept = new ArrayList<>();
        for (int type = 0; type < 32; type++) {
            byte[] unit = hex("%02X8899".formatted(0x60 | type));
            if (type != 7 && packetise(MAX, unit, hex("65AA")).size() == 2) {
                kept.add(Integer.toString(type));
            }
        }
        assertEquals("1 2 3 4 5 6 8 13 14 15 16 17 18 19 20 21 22 23", String.join(" ", kept));
    }

    @Test
    void onlyTheNoteOfItsSettingsIsLeftOutOfTheSei() throws StageException {
        String uuid = "DC45E9BDE6D948B7962CD820D923EEEF";
        byte[] note = hex("0605" + "FF10" + uuid + "11".repeat(255) + "80");
        byte[] shortNote = hex("0605" + "11" + uuid + "1180");
        byte[] otherUser = hex("0605" + "11" + uuid.replace("EEEF", "EEEE") + "1180");
        byte[] otherType = hex("0604" + "11" + uuid + "1180");
        byte[] cutOff = hex("0605FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");

        assertPayloads(packetise(MAX, note, shortNote, hex("65AA")), "65AA");
        assertEquals(4, packetise(MAX, otherUser, otherType, cutOff, hex("65AA")).size());
    }

    @Test
    void startCodesOfAnyLengthAndPaddingAreUnderstood() throws StageException {
        byte[] accessUnit = hex("0000000000 01 41AA 000001 41BB00000300 00000001 000001"
                + "00000001 41CC 0000 000001 41DD 000000");
        assertPayloads(packetiseStream(MAX, accessUnit), "41AA", "41BB000003", "41CC", "41DD");
    }

    @Test
    void startCodesAreFoundAtEveryOffsetAmongZeros() throws StageException {
        Random random = new Random(2);
        for (int round = 0; round < 3_000; round++) {
            byte[] accessUnit = new byte[random.nextInt(4, 80)];
            for (int at = 0; at < accessUnit.length; at++) {
                accessUnit[at] = (byte) random.nextInt(random.nextInt(1, 4));
            }
            System.arraycopy(hex("000001"), 0, accessUnit, 0, 3);
            List<byte[]> expected = TestStream.units(accessUnit).stream()
                    .filter(unit -> TestStream.type(unit) > 0)
                    .toList();
            assertArrayEquals(
                    expected.toArray(),
                    packetiseStream(MAX, accessUnit).toArray(),
                    () -> HexFormat.of().formatHex(accessUnit));
        }
    }

    @Test
    void anAccessUnitWithoutASliceIsNotSentButRead() throws StageException {
        assertPayloads(packetise(MAX, hex("09F0"), hex(SPS), hex(PPS)));

        assertNotNull(packetiser.format());
    }

    @Test
    void manySlices() throws StageException {
        byte[][] slices = new byte[200][];
        for (int slice = 0; slice < slices.length; slice++) {
            slices[slice] = unit(0x41, 50 + slice);
        }
        assertArrayEquals(slices, packetise(MAX, slices).toArray());
    }

    @Test
    void aNewSpsChangesTheFormat() throws StageException {
        packetise(MAX, hex(SPS), hex(PPS), hex("65AA"));
        // The same with level 3.1.
        packetise(MAX, hex(SPS.replace("C00D", "C01F")), hex(PPS), hex("65AA"));

        assertEquals("42c01f", packetiser.format().parameters().get("profile-level-id"));
    }

    @Test
    void aPayloadTooSmallToBeUsefulIsAMistakeOfTheCaller() {
        assertThrows(IllegalArgumentException.class, () -> packetise(99, hex("65AA")));
    }

    @Test
    void nothingIsAllocated() throws StageException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        byte[] key = keyAccessUnit();
        ByteBuffer accessUnit = ByteBuffer.allocateDirect(key.length).put(key).flip();
        RtpPayloads out = new RtpPayloads();
        long before = 0;
        for (int round = 0; round < 2_000; round++) {
            if (round == 1_000) {
                before = threads.getThreadAllocatedBytes(thread);
            }
            out.clear();
            packetiser.packetise(accessUnit, MAX, out);
        }
        long perUnit = (threads.getThreadAllocatedBytes(thread) - before) / 1_000;
        assertEquals(0, perUnit, "bytes for each access unit");
    }

    private List<byte[]> packetise(int maxPayloadBytes, byte[]... units) throws StageException {
        return packetiseStream(maxPayloadBytes, stream(units));
    }

    private List<byte[]> packetiseStream(int maxPayloadBytes, byte[] accessUnit) throws StageException {
        RtpPayloads out = new RtpPayloads();
        packetiser.packetise(ByteBuffer.wrap(accessUnit), maxPayloadBytes, out);
        List<byte[]> payloads = new ArrayList<>();
        for (int index = 0; index < out.count(); index++) {
            payloads.add(Arrays.copyOfRange(out.bytes(), out.offset(index), out.offset(index) + out.size(index)));
        }
        return payloads;
    }

    private static void assertPayloads(List<byte[]> payloads, String... expected) {
        assertEquals(
                List.of(expected).stream().map(hex -> HexFormat.of().formatHex(hex(hex))).toList(),
                payloads.stream().map(HexFormat.of()::formatHex).toList());
    }

    /** A NAL unit of this size whose contents hold no zeros. */
    private static byte[] unit(int header, int size) {
        byte[] unit = new byte[size];
        new Random(size).nextBytes(unit);
        for (int at = 0; at < size; at++) {
            unit[at] = unit[at] == 0 ? 1 : unit[at];
        }
        unit[0] = (byte) header;
        return unit;
    }

    private static byte[] stream(byte[]... units) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (byte[] unit : units) {
            stream.writeBytes(hex("00000001"));
            stream.writeBytes(unit);
        }
        return stream.toByteArray();
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
