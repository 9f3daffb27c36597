package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class RtcpWriterTest {

    /** By hand from RFC 3550, sections 6.4.1, 6.5 and 6.6. */
    @Test
    void senderReportDescriptionAndBye() {
        RtcpWriter writer = new RtcpWriter(0xCAFEBABE, "abc");
        byte[] out = new byte[writer.maxBytes()];

        int length = writer.writeSenderReport(out, 0xB44DB705_20000000L, 0xDEADBEEF, 0x1_0000_0007L, 1200);

        assertEquals(
                "80c80006cafebabeb44db70520000000deadbeef00000007000004b0" + "81ca0003cafebabe01036162" + "63000000",
                HexFormat.of().formatHex(out, 0, length));
        int whole = writer.appendBye(out, length);
        assertEquals("81cb0001cafebabe", HexFormat.of().formatHex(out, length, whole));
        assertEquals(whole, writer.maxBytes());
    }

    @Test
    void descriptionsOfAnyLengthEndOnAWholeWordAfterANullByte() {
        for (int length = 1; length <= 255; length++) {
            RtcpWriter writer = new RtcpWriter(7, "x".repeat(length));
            byte[] out = new byte[writer.maxBytes()];
            int end = writer.appendBye(out, writer.writeSenderReport(out, 1L << 32, 2, 3, 4));
            int words = (out[30] & 0xFF) << 8 | out[31] & 0xFF;

            assertEquals(0, out[28 + 4 * (words + 1) - 1], "null item after " + length);
            RtcpLog log = new RtcpLog();
            new RtcpReader().read(ByteBuffer.wrap(out, 0, end), log);
            assertEquals(List.of("sender 7: ntp 100000000, rtp 2, packets 3, octets 4", "bye 7"), log.lines);
        }
    }

    @Test
    void impossibleNamesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new RtcpWriter(1, ""));
        assertThrows(IllegalArgumentException.class, () -> new RtcpWriter(1, "x".repeat(256)));
    }
}
