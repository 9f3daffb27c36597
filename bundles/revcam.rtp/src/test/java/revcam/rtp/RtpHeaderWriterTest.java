package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class RtpHeaderWriterTest {

    private static final int SSRC = 0xCAFEBABE;

    private final byte[] out = new byte[RtpHeaderWriter.MAX_BYTES];

    @Test
    void withoutExtensionsItIsTheTwelveBytesOfRfc3550() {
        RtpHeaderWriter writer = new RtpHeaderWriter(0, null, 0, false, 0, 0);

        assertHeader("80 66 1234 DEADBEEF CAFEBABE", write(writer, false, 0x1234, 0, 0, true));
        assertHeader("80 E6 FFFF DEADBEEF CAFEBABE", write(writer, true, 0x1FFFF, 0, 0, false));
        assertEquals(12, writer.maxBytes());
    }

    /** By hand from RFC 8285, section 4.2: 0xBEDE, words, then id and length-1 in one byte before each value. */
    @Test
    void extensionsFollowInTheOneByteForm() {
        RtpHeaderWriter writer = new RtpHeaderWriter(1, "0", 3, false, 2, 14);

        // 1.5 s is 1.5 * 2^18 in abs-send-time's 6.18 fixed point.
        assertHeader(
                "90 66 0001 DEADBEEF CAFEBABE BEDE0003  31 8765  22 060000  10 30  000000",
                write(writer, false, 1, 0x4_8765, 1_500_000_000L, false));
        assertHeader(
                "90 66 0001 DEADBEEF CAFEBABE BEDE0004  31 8765  22 060000  10 30  E2 000000  000000",
                write(writer, false, 1, 0x4_8765, 1_500_000_000L, true));
        assertEquals(32, writer.maxBytes());
    }

    /** transport-wide-cc-02: the number, then a bit for arrival times and 15 for how many packets; none asked for is 0. */
    @Test
    void aPacketAsksForFeedbackInTheSecondVersionOfItsNumber() {
        RtpHeaderWriter writer = new RtpHeaderWriter(0, null, 3, true, 0, 0);

        assertHeader("90 66 0001 DEADBEEF CAFEBABE BEDE0002  33 8765 0000  000000", write(writer, false, 1, 0x4_8765, 0, false));
        writer.requestFeedback(out, 21);
        assertHeader("90 66 0001 DEADBEEF CAFEBABE BEDE0002  33 8765 8015  000000", Arrays.copyOf(out, writer.maxBytes()));
        assertHeader("90 66 0002 DEADBEEF CAFEBABE BEDE0002  33 8766 0000  000000", write(writer, false, 2, 0x4_8766, 0, false));

        RtpHeaderWriter first = new RtpHeaderWriter(0, null, 3, false, 0, 0);
        write(first, false, 1, 7, 0, false);
        assertThrows(IllegalStateException.class, () -> first.requestFeedback(out, 1));
    }

    @Test
    void theLongestHeaderFits() {
        RtpHeaderWriter writer = new RtpHeaderWriter(1, "0123456789abcdef", 3, true, 2, 14);

        assertEquals(writer.maxBytes(), write(writer, false, 1, 0, 0, true).length);
        assertEquals(RtpHeaderWriter.MAX_BYTES, writer.maxBytes());
    }

    @Test
    void whatWasNotNegotiatedIsLeftOut() {
        assertHeader(
                "90 66 0001 DEADBEEF CAFEBABE BEDE0001  E2 000000",
                write(new RtpHeaderWriter(0, null, 0, false, 0, 14), false, 1, 7, 7, true));
        assertHeader(
                "80 66 0001 DEADBEEF CAFEBABE",
                write(new RtpHeaderWriter(0, null, 0, false, 0, 14), false, 1, 7, 7, false));
    }

    @Test
    void absSendTimeWrapsEvery64SecondsWithoutAStep() {
        RtpHeaderWriter writer = new RtpHeaderWriter(0, null, 0, false, 5, 0);
        long stepNanos = 10_000_000;
        long[] starts = {-60_000_000_000L, (1L << 45) - 60_000_000_000L, Long.MAX_VALUE - 200_000_000_000L};
        for (long start : starts) {
            int before = absSendTime(writer, start);
            for (long at = start + stepNanos; at < start + 130_000_000_000L; at += stepNanos) {
                int now = absSendTime(writer, at);
                assertEquals(2621.44, now - before & 0xFFFFFF, 1.0, "10 ms in units of 2^-18 s at " + at);
                before = now;
            }
        }
    }

    @Test
    void impossibleExtensionsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new RtpHeaderWriter(0, null, 15, false, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new RtpHeaderWriter(0, null, 0, false, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> new RtpHeaderWriter(1, "", 0, false, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new RtpHeaderWriter(1, "0123456789abcdefg", 0, false, 0, 0));
    }

    private int absSendTime(RtpHeaderWriter writer, long nanos) {
        byte[] header = write(writer, false, 1, 0, nanos, false);
        return (header[17] & 0xFF) << 16 | (header[18] & 0xFF) << 8 | header[19] & 0xFF;
    }

    private byte[] write(
            RtpHeaderWriter writer, boolean marker, int sequence, long transportSequence, long nanos, boolean playout) {
        Arrays.fill(out, (byte) 0x55);
        int length = writer.write(
                out, 102, marker, sequence, 0xDEADBEEF, SSRC, transportSequence, nanos, playout);
        return Arrays.copyOf(out, length);
    }

    private static void assertHeader(String hex, byte[] header) {
        assertArrayEquals(HexFormat.of().parseHex(hex.replace(" ", "")), header, HexFormat.of().formatHex(header));
    }
}
