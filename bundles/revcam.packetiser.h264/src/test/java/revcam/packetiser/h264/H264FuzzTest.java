package revcam.packetiser.h264;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.media.StageException;
import revcam.api.packetiser.RtpPayloads;

/** Whatever an encoder gives, packets are made of it that say the same, or it is refused in words. */
class H264FuzzTest {

    private static final byte[] START = {0, 0, 0, 1};
    /** Of libx264 and of OpenH264, 1280x720; of libx264 with interlacing and cropping. */
    private static final List<String> SPS = List.of("6742c01fd9005005bb016a02020280000003008000001e478c192", "6742c01f8c8d4050", "67640028acd940780227e5c05a808080a0000003002000000651e30632c0");

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.length() % 2 == 0 ? text : text + "0");
    }

    static Stream<byte[]> parameterSets() {
        return SPS.stream().map(H264FuzzTest::hex);
    }

    @MethodSource("parameterSets")
    @FuzzTest(maxDuration = "5m")
    void sequenceParameterSet(byte[] data) {
        if (data.length == 0) {
            return;
        }
        try {
            SequenceParameterSet read = SequenceParameterSet.parse(data);
            assertTrue(read.width() > 0 && read.width() <= 1 << 14 && read.height() > 0 && read.height() <= 1 << 14);
            assertEquals(6, read.profileLevelId().length());
        } catch (StageException e) {
            assertTrue(e.getMessage().contains("encoder"));
        }
    }

    static Stream<byte[]> byteStreams() {
        byte[] idr = new byte[400];
        Arrays.fill(idr, (byte) 0x55);
        idr[0] = 0x65;
        byte[] whole = join(hex("09f0"), hex(SPS.get(0)), hex("68cb83cb20"), hex("0605ffff01aa80"), idr);
        return Stream.of(whole, join(hex("41e0011122330000030000"), hex("0c80")), hex("00000001"), hex("000001650000010000"));
    }

    private static byte[] join(byte[]... units) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] unit : units) {
            all.writeBytes(START);
            all.writeBytes(unit);
        }
        return all.toByteArray();
    }

    /** The scan that leaves bytes out finds what one by single bytes finds. */
    @MethodSource("byteStreams")
    @FuzzTest(maxDuration = "5m")
    void nalUnits(byte[] data) {
        NalUnits units = new NalUnits();
        try {
            units.scan(data, data.length);
        } catch (StageException e) {
            return;
        }
        List<byte[]> expected = split(data);
        assertEquals(expected.size(), units.count());
        for (int i = 0; i < units.count(); i++) {
            assertArrayEquals(expected.get(i), Arrays.copyOfRange(data, units.start(i), units.end(i)));
        }
    }

    /** ITU-T H.264, section B.1, as slowly as it reads. */
    private static List<byte[]> split(byte[] data) {
        List<byte[]> units = new ArrayList<>();
        int start = -1;
        for (int at = 0; at <= data.length; at++) {
            boolean code = at + 2 < data.length && data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1;
            if (code || at == data.length) {
                int end = at;
                while (start >= 0 && end > start && data[end - 1] == 0) {
                    end--;
                }
                if (start >= 0 && end > start) {
                    units.add(Arrays.copyOfRange(data, start, end));
                }
                start = at + 3;
                at += 2;
            }
        }
        return units;
    }

    /** A depacketiser after RFC 6184 gets back each unit that is worth sending, in order. */
    @MethodSource("byteStreams")
    @FuzzTest(maxDuration = "5m")
    void payloads(byte[] data) {
        H264Packetiser packetiser = new H264Packetiser();
        RtpPayloads out = new RtpPayloads();
        int most = 100 + (data.length == 0 ? 0 : data[data.length - 1] & 0xFF);
        try {
            packetiser.packetise(ByteBuffer.wrap(data), most, out);
        } catch (StageException e) {
            return;
        }
        List<byte[]> got = depacketised(out, most);
        List<byte[]> wanted = new ArrayList<>(split(data));
        if (out.count() == 0) {
            assertTrue(wanted.stream().noneMatch(unit -> (unit[0] & 31) >= 1 && (unit[0] & 31) <= 5
                    && sent(unit)), "a slice is worth sending");
            return;
        }
        wanted.removeIf(unit -> !sent(unit));
        // x264's note of its settings, which is left out, too.
        wanted.removeIf(unit -> (unit[0] & 31) == 6 && got.stream().noneMatch(other -> Arrays.equals(unit, other)));
        assertEquals(wanted.size(), got.size());
        for (int i = 0; i < got.size(); i++) {
            assertArrayEquals(wanted.get(i), got.get(i));
        }
    }

    private static boolean sent(byte[] unit) {
        int type = unit[0] & 31;
        return type >= 1 && type < 9 || type > 12 && type < 24;
    }

    private static List<byte[]> depacketised(RtpPayloads payloads, int most) {
        List<byte[]> units = new ArrayList<>();
        ByteArrayOutputStream fragments = null;
        for (int i = 0; i < payloads.count(); i++) {
            ByteBuffer in = ByteBuffer.wrap(payloads.bytes(), payloads.offset(i), payloads.size(i)).slice();
            assertTrue(in.remaining() > 0 && in.remaining() <= most, "payload of " + in.remaining());
            int header = in.get(0);
            if ((header & 31) == 24) {
                in.get();
                while (in.hasRemaining()) {
                    byte[] unit = new byte[in.getShort()];
                    in.get(unit);
                    units.add(unit);
                }
            } else if ((header & 31) == 28) {
                int fu = in.get(1);
                assertEquals(fragments == null, (fu & 0x80) != 0, "the first fragment says so");
                if (fragments == null) {
                    fragments = new ByteArrayOutputStream();
                    fragments.write(header & 0xE0 | fu & 31);
                }
                fragments.write(in.array(), in.arrayOffset() + 2, in.limit() - 2);
                if ((fu & 0x40) != 0) {
                    units.add(fragments.toByteArray());
                    fragments = null;
                }
            } else {
                byte[] unit = new byte[in.remaining()];
                in.get(unit);
                units.add(unit);
            }
        }
        assertTrue(fragments == null, "the last fragment says so");
        return units;
    }
}
