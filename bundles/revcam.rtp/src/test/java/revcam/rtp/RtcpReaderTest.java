package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

/** Bytes marked "browser" were captured from one by others; the rest follow the figures of the RFCs by hand. */
class RtcpReaderTest {

    private static final String REPORT_BLOCK = "22222222 40 FFFFFE 00020005 0000005A B7052000 00054000";
    private static final String REPORT_BLOCK_LINE =
            "report 11111111 on 22222222: loss 0.25, lost -2, highest 131077, jitter 90, lsr b7052000, dlsr 344064";
    private static final String RECEIVER_REPORT = "81 C9 0007 11111111" + REPORT_BLOCK;
    private static final String SDES = "81 CA 0002 11111111 01 01 61 00";
    private static final String PLI = "81 CE 0002 11111111 22222222";
    /** Browser. */
    private static final String REMB = "8F CE 0005 00000001 00000000 52454D42 01 1A20DF 4874ED16";
    /** Browser: seven small deltas, three bytes of padding. */
    private static final String FEEDBACK =
            "AF CD 0007 FA17FA17 193DD8BB 0004 0007 10636E 01 2007 4C 24 24 10 0C 0C 10 000003";

    /** Pion's. */
    private static final String CONGESTION_FEEDBACK = "8B CD 000A 00000001 00000001 0002 0004 9FFD 9FFC 0000 0000"
            + "00000002 0002 0003 9FFD 9FFC 0000 0000 00000001";

    @Test
    void reportBlocks() {
        assertRead(RECEIVER_REPORT, REPORT_BLOCK_LINE);
        assertRead(
                "81 C8 000C 11111111 B44DB705 20000000 DEADBEEF FFFFFFFF 80000000" + REPORT_BLOCK,
                "sender 11111111: ntp b44db70520000000, rtp deadbeef, packets 4294967295, octets 2147483648",
                REPORT_BLOCK_LINE);
        assertRead("80 C9 0001 11111111");
    }

    @Test
    void compoundAndReducedSizePackets() {
        assertRead(RECEIVER_REPORT + SDES + PLI + REMB, REPORT_BLOCK_LINE, "pli 22222222", "remb 8927168");
        assertRead(PLI, "pli 22222222");
    }

    @Test
    void nackNamesThePacketAndTheSixteenAfterIt() {
        assertRead(
                "81 CD 0004 11111111 22222222 FFFE 8003 0064 0000",
                "nack 22222222: 65534",
                "nack 22222222: 65535",
                "nack 22222222: 0",
                "nack 22222222: 14",
                "nack 22222222: 100");
    }

    @Test
    void firHasItsTargetsInTheEntries() {
        assertRead(
                "84 CE 0006 11111111 00000000 22222222 05 000000 33333333 FF 000000",
                "fir 22222222: 5",
                "fir 33333333: 255");
    }

    @Test
    void receiverEstimateSaturates() {
        assertRead("8F CE 0004 00000001 00000000 52454D42 00 FFFFFF", "remb " + Long.MAX_VALUE);
        assertRead("8F CE 0004 00000001 00000000 52454D42 00 FC0000", "remb 0");
        // 2^18 - 1 shifted by 45 are the highest 63 bits that a long has.
        assertRead("8F CE 0004 00000001 00000000 52454D42 00 B7FFFF", "remb " + ((1L << 18) - 1 << 45));
        assertRead("8F CE 0004 00000001 00000000 52454D42 00 BBFFFF", "remb " + Long.MAX_VALUE);
        assertRead("8F CE 0004 00000001 00000000 41414141 00 FC0000");
    }

    @Test
    void bye() {
        assertRead("82 CB 0002 11111111 22222222", "bye 11111111", "bye 22222222");
        assertRead("81 CB 0002 11111111 02 6F6B 00", "bye 11111111");
    }

    @Test
    void transportFeedbackFromBrowsers() {
        // The reference time 0x10636E counts 64 ms, which are 256 ticks each.
        long reference = 0x10636EL << 8;
        assertRead(FEEDBACK, "feedback 1 from 4: @" + (reference + 76) + " +36 +36 +16 +12 +12 +16");
        assertRead(
                "AF CD 0006 FA17FA17 193DD8BB 0001 000E 10636D 00 BA00 10 0C 0C 10 00 02",
                "feedback 0 from 1: @" + (reference - 256 + 16) + " +12 +12 - +16 - - - - - - - - -");
        assertRead(
                "AF CD 0007 9B74F61F 9371DCBC 853C 0009 63F916 B3 D552 0030 9B AA 6A AA 7B 0109 01",
                "feedback 179 from 34108: @" + (0x63F91600L + 0x9B) + " +170 +106 +170 +123 - +265 - -");
    }

    @Test
    void transportFeedbackWithNegativeDeltas() {
        // 0x7FFFFF is the greatest reference time: its ticks wrap, differences do not.
        assertRead(
                "AF CD 0007 00000001 00000002 0000 0003 7FFFFF 00 4002 2001 7FFF FF38 FF 000003",
                "feedback 0 from 0: @" + (0x7FFFFF00 + 0x7FFF) + " +-200 +255");
    }

    /** The draft's sections 3.1.3 and 3.1.4 give these chunks as examples. */
    @Test
    void chunksOfTheDraft() {
        assertRead(
                "8F CD 0007 00000001 00000002 0000 00EB 000000 00 00DD 9F1C 01 02 03 04 05 06 07 08",
                "feedback 0 from 0: " + "- ".repeat(221) + "- @1 +2 +3 +4 +5 - - - +6 +7 +8 - -");
        // The other two use the status that is reserved since: a two-bit vector and a run of 24.
        assertRead("8F CD 0005 00000001 00000002 0000 0018 000000 00 6018 0000", "malformed FEEDBACK");
        assertRead("8F CD 0006 00000001 00000002 0000 0007 000000 00 CD50 010203040506", "malformed FEEDBACK");
    }

    @Test
    void transportFeedbackThatContradictsItself() {
        String deltaMissing = "AF CD 0005 FA17FA17 43032FA0 0099 0003 3DE802 17 2003 94 01";
        String largeDeltaMissing = "AF CD 0005 FA17FA17 43032FA0 0099 0002 3DE802 17 4002 94 01";
        String emptyRun = "8F CD 0005 FA17FA17 43032FA0 0099 0002 3DE802 17 0000 0000";
        String chunkMissing = "8F CD 0005 FA17FA17 43032FA0 0000 2000 3DE802 17 1FFE 0001";
        assertRead(deltaMissing, "malformed FEEDBACK");
        assertRead(largeDeltaMissing, "malformed FEEDBACK");
        assertRead(emptyRun, "malformed FEEDBACK");
        assertRead(chunkMissing, "malformed FEEDBACK");
        assertRead("8F CD 0005 FA17FA17 43032FA0 0000 2001 3DE802 17 1FFF 0002", "malformed FEEDBACK_TOO_LONG");
    }

    @Test
    void transportFeedbackRoundTrip() {
        Random random = new Random(11);
        for (int round = 0; round < 2_000; round++) {
            FeedbackEncoder encoder = new FeedbackEncoder(random);
            StringJoiner expected = new StringJoiner(" ");
            int count = random.nextInt(1, 400);
            int style = random.nextInt(4);
            boolean first = true;
            int reference = random.nextInt(1 << 23);
            for (int index = 0; index < count; index++) {
                int delta = style == 0 ? random.nextInt(256) : random.nextInt(-32_768, 32_768);
                if (random.nextInt(4) < style) {
                    encoder.lost();
                    expected.add("-");
                } else {
                    encoder.received(delta);
                    expected.add(first ? "@" + ((reference << 8) + delta) : "+" + delta);
                    first = false;
                }
            }
            int base = random.nextInt(1 << 16);
            byte[] packet = encoder.encode(base, reference, round & 0xFF);
            RtcpLog log = new RtcpLog();
            new RtcpReader().read(ByteBuffer.wrap(packet), log);
            assertEquals(
                    List.of("feedback %d from %d: %s".formatted(round & 0xFF, base, expected)),
                    log.lines,
                    "round " + round);
        }
    }

    /** Bytes from the tests of another implementation, Pion's; offsets of 8189 and 8188 are 524096 and 524032 ticks. */
    @Test
    void congestionFeedbackFromAnother() {
        assertRead("8B CD 0002 00000001 00000001", "ccfb");
        assertRead(CONGESTION_FEEDBACK, "ccfb 1/2@-524095 1/3@-524031 1/4- 1/5- 2/2@-524095 2/3@-524031 2/4-");
    }

    @Test
    void congestionFeedbackByTheFiguresOfTheRfc() {
        // Sequence numbers that wrap, marks of congestion, an offset over the range, an arrival at no known time.
        assertRead("8B CD 0007 00000001 22222222 FFFE 0005 8000 E200 6200 9FFE 9FFF 0000 00100000",
                "ccfb 22222222/65534@1048576 22222222/65535@1015808 22222222/0- 22222222/1@524416 22222222/2@1048576");
        // A stream of which nothing is reported, and compound with another.
        assertRead("8B CD 0006 00000001 22222222 0007 0000 33333333 0007 0000 00000000" + PLI, "ccfb", "pli 22222222");
        // Filled up by RTCP padding.
        assertRead("AB CD 0003 00000001 00000001 00000004", "ccfb");
    }

    @Test
    void congestionFeedbackThatContradictsItself() {
        assertRead("8B CD 0001 00000001", "malformed TOO_SHORT");
        assertRead("8B CD 0003 00000001 22222222 00000001", "malformed FEEDBACK");
        assertRead("8B CD 0004 00000001 22222222 0000 0001 00000001", "malformed FEEDBACK");
        assertRead("8B CD 0005 00000001 22222222 0000 0004 80008000 00000001", "malformed FEEDBACK");
        assertRead("8B CD 0005 00000001 22222222 0000 0000 80008000 00000001", "malformed FEEDBACK");
        assertRead("8B CD 0004 00000001 22222222 0000 4001 00000001", "malformed FEEDBACK_TOO_LONG");
        assertRead("AB CD 0005 00000001 22222222 0000 0001 8000 0000 00000002", "malformed FEEDBACK");
    }

    @Test
    void unknownTypesAreSkipped() {
        assertRead("80 CF 0001 11111111 81 CC 0002 11111111 52454D42 9E CD 0002 11111111 22222222 "
                + "9E CE 0002 11111111 22222222 80 C7 0000 80 FF 0000" + PLI, "pli 22222222");
    }

    @Test
    void whatIsMalformedEndsThePacketAndKeepsWhatCameBefore() {
        assertRead(PLI + "40 CE 0002 11111111 22222222" + PLI, "pli 22222222", "malformed VERSION");
        assertRead(PLI + "80 C9", "pli 22222222", "malformed TRUNCATED");
        assertRead(PLI + "81 C9 0007 11111111", "pli 22222222", "malformed TRUNCATED");
        assertRead(PLI + "81 C9 0001 11111111" + PLI, "pli 22222222", "malformed TOO_SHORT");
        assertRead("80 C8 0001 11111111", "malformed TOO_SHORT");
        assertRead("81 CB 0000", "malformed TOO_SHORT");
        assertRead("81 CE 0001 11111111", "malformed TOO_SHORT");
        assertRead("84 CE 0003 11111111 00000000 22222222", "malformed TOO_SHORT");
        assertRead("81 CD 0002 11111111 00000000", "malformed TOO_SHORT");
        assertRead("8F CE 0003 11111111 00000000 52454D42", "malformed TOO_SHORT");
        assertRead("8F CD 0003 11111111 00000000 00000000", "malformed TOO_SHORT");
        assertRead("A1 CE 0003 11111111 22222222 00000000", "malformed PADDING");
        assertRead("A1 CE 0003 11111111 22222222 0000000D", "malformed PADDING");
        assertRead("A0 CE 0000", "malformed PADDING");
    }

    @Test
    void paddingIsNotContent() {
        assertRead("A1 CE 0003 11111111 22222222 00000004", "pli 22222222");
        assertRead("A1 CE 0003 11111111 22222222 00000005", "malformed TOO_SHORT");
    }

    @Test
    void aFloodOfNacksIsCutShort() {
        String entries = "0000 FFFF".repeat(200);
        RtcpLog log = read(hex("81 CD 00CA 11111111 22222222" + entries));
        assertEquals(RtcpReader.MAX_NACKS + 1, log.lines.size());
        assertEquals("malformed TOO_MANY_NACKS", log.lines.get(RtcpReader.MAX_NACKS));
    }

    @Test
    void anyBufferWillDoAndIsLeftAsItWas() {
        byte[] packet = hex(RECEIVER_REPORT + PLI);
        ByteBuffer buffer = ByteBuffer.allocateDirect(packet.length + 20).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(7).put(packet).flip().position(7);
        RtcpLog log = new RtcpLog();
        new RtcpReader().read(buffer, log);

        assertEquals(List.of(REPORT_BLOCK_LINE, "pli 22222222"), log.lines);
        assertEquals(7, buffer.position());
        assertEquals(7 + packet.length, buffer.limit());
    }

    @Test
    void everyPrefixGivesAPrefixOfWhatThePacketHoldsAndAnError() {
        byte[] packet = hex(RECEIVER_REPORT + PLI + REMB + FEEDBACK + CONGESTION_FEEDBACK);
        List<String> whole = read(packet).lines;
        List<Integer> ends = List.of(32, 44, 68, 100, 144);
        for (int length = 1; length < packet.length; length++) {
            byte[] prefix = Arrays.copyOf(packet, length);
            int complete = 0;
            for (int end : ends) {
                complete += end <= length ? 1 : 0;
            }
            List<String> expected = new ArrayList<>(whole.subList(0, complete));
            if (!ends.contains(length)) {
                expected.add("malformed TRUNCATED");
            }
            assertEquals(expected, read(prefix).lines, "first " + length + " bytes");
        }
    }

    @Test
    void garbageNeverThrows() {
        Random random = new Random(1);
        byte[] seed = hex(RECEIVER_REPORT + SDES + PLI + REMB + FEEDBACK + CONGESTION_FEEDBACK
                + "81 CD 0003 11111111 22222222 0000 FFFF");
        RtcpReader reader = new RtcpReader();
        int found = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] packet = seed.clone();
            if (round % 4 == 0) {
                random.nextBytes(packet);
                packet[0] = (byte) (0x80 | packet[0] & 0x3F);
                packet[1] = (byte) (200 + random.nextInt(8));
                packet[2] = 0;
            } else {
                for (int change = random.nextInt(1, 5); change > 0; change--) {
                    packet[random.nextInt(packet.length)] = (byte) random.nextInt();
                }
            }
            RtcpLog log = new RtcpLog();
            reader.read(ByteBuffer.wrap(packet, 0, random.nextInt(packet.length + 1)), log);
            found += log.lines.size();
        }
        assertTrue(found > 200_000, "the mutations should leave something to find, not " + found + " events");
    }

    private static void assertRead(String hex, String... lines) {
        assertEquals(List.of(lines), read(hex(hex)).lines);
    }

    private static RtcpLog read(byte[] packet) {
        RtcpLog log = new RtcpLog();
        new RtcpReader().read(ByteBuffer.wrap(packet), log);
        return log;
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
