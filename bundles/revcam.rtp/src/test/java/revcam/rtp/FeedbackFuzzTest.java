package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.congestion.PacketFeedback;

/** One kind of RTCP feedback each, whose header is right, so that all is about what it holds. */
class FeedbackFuzzTest {

    private static final int MEDIA = 0x11111111;
    private static final int SENT = 64;
    private static final int TRANSPORT = 205;
    private static final int PAYLOAD = 206;

    /** What was heard of one packet. */
    private static final class Heard implements RtcpListener {

        final List<Integer> nacked = new ArrayList<>();
        final List<Long> estimates = new ArrayList<>();
        final SendHistory history = new SendHistory(SENT);
        final RtpSendHistory rtp = new RtpSendHistory(history, MEDIA, MEDIA + 1);
        int defects;

        Heard() {
            for (int i = 0; i < SENT; i++) {
                history.onSent(i * 1_000_000L, i, 1000 + i);
                rtp.onSent(i, MEDIA, i);
            }
        }

        @Override
        public void onNack(int mediaSsrc, int sequence) {
            nacked.add(sequence);
        }

        @Override
        public void onReceiverEstimate(long bps) {
            estimates.add(bps);
        }

        @Override
        public void onTransportFeedback(TransportFeedback feedback) {
            check(history.join(feedback));
        }

        @Override
        public void onCongestionFeedback(CongestionFeedback feedback) {
            check(rtp.join(feedback));
        }

        private void check(PacketFeedback report) {
            long before = -1;
            for (int i = 0; i < report.count(); i++) {
                long packet = report.transportSequence(i);
                assertTrue(packet > before && packet < SENT, packet + " after " + before);
                assertEquals(1000 + packet, report.sizeBytes(i));
                before = packet;
            }
        }

        @Override
        public void onMalformed(Defect defect) {
            defects++;
        }
    }

    /** @param body what follows the two SSRCs; filled up to words */
    private static Heard read(int type, int format, byte[] body) {
        int words = 2 + (body.length + 3) / 4;
        ByteBuffer packet = ByteBuffer.allocate(4 + 4 * words);
        packet.put((byte) (0x80 | format)).put((byte) type).putShort((short) words).putInt(7).putInt(MEDIA).put(body);
        Heard heard = new Heard();
        new RtcpReader().read(packet.rewind(), heard);
        assertTrue(heard.defects <= 1, "a defect ends a packet");
        return heard;
    }

    private static boolean fits(byte[] body) {
        return body.length <= 1400;
    }

    static Stream<byte[]> nacks() {
        return Stream.of("00010000", "fffe8001", "0001ffff0013ffff").map(HexFormat.of()::parseHex);
    }

    /** Each entry names its packet and those after it whose bit is set (RFC 4585, section 6.2.1), and no others. */
    @MethodSource("nacks")
    @FuzzTest(maxDuration = "5m")
    void nack(byte[] body) {
        if (!fits(body)) {
            return;
        }
        List<Integer> expected = new ArrayList<>();
        ByteBuffer entries = ByteBuffer.wrap(Arrays.copyOf(body, (body.length + 3) / 4 * 4));
        while (entries.hasRemaining()) {
            int first = entries.getShort() & 0xFFFF;
            int following = entries.getShort() & 0xFFFF;
            expected.add(first);
            for (int bit = 0; bit < 16; bit++) {
                if ((following >> bit & 1) == 1) {
                    expected.add(first + bit + 1 & 0xFFFF);
                }
            }
        }
        assertEquals(expected.subList(0, Math.min(RtcpReader.MAX_NACKS, expected.size())), read(TRANSPORT, 1, body).nacked);
    }

    static Stream<byte[]> estimates() {
        return Stream.of("52454d4201032af111111111", "52454d4202ffffff1111111122222222", "52454d4200000000")
                .map(HexFormat.of()::parseHex);
    }

    @MethodSource("estimates")
    @FuzzTest(maxDuration = "5m")
    void receiverEstimate(byte[] body) {
        if (fits(body)) {
            List<Long> heard = read(PAYLOAD, 15, body).estimates;
            assertTrue(heard.size() <= 1 && heard.stream().allMatch(bps -> bps >= 0), heard::toString);
        }
    }

    static Stream<byte[]> transportFeedback() {
        return Stream.of("00000008000000012008040404040404", "0001000500000a02d001400000040810", "003f00010000ff00bfff")
                .map(HexFormat.of()::parseHex);
    }

    @MethodSource("transportFeedback")
    @FuzzTest(maxDuration = "5m")
    void transportFeedback(byte[] body) {
        if (fits(body)) {
            read(TRANSPORT, 15, body);
        }
    }

    static Stream<byte[]> congestionFeedback() {
        return Stream.of("11111111000000048001a002800380ff00010000", "1111111100010000ffffffff").map(HexFormat.of()::parseHex);
    }

    @MethodSource("congestionFeedback")
    @FuzzTest(maxDuration = "5m")
    void congestionFeedback(byte[] body) {
        if (fits(body)) {
            read(TRANSPORT, 11, body);
        }
    }

    static Stream<byte[]> headers() {
        return Stream.of(new byte[] {1, 2, 3, 4, 1, '0', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, new byte[] {0, 0, 0, 14, 0},
                new byte[] {14, 13, 12, 11, 16, 'm', 'i', 'd', 'm', 'i', 'd', 'm', 'i', 'd', 'm', 'i', 'd', 'm', 'i', 'd', 'x', 9, 9});
    }

    /** What is written is read again as RFC 3550, section 5.1, and RFC 8285, section 4.2, say. */
    @MethodSource("headers")
    @FuzzTest(maxDuration = "5m")
    void header(byte[] data) {
        if (data.length < 5) {
            return;
        }
        int[] ids = {data[0] % 15, data[1] % 15, data[2] % 15, data[3] % 15};
        long used = Arrays.stream(ids).filter(id -> id != 0).distinct().count();
        if (Arrays.stream(ids).anyMatch(id -> id < 0)
                || used != Arrays.stream(ids).filter(id -> id != 0).count()) {
            return;
        }
        int midLength = Math.min(1 + (data[4] & 15), data.length - 5);
        String mid = new String(data, 5, Math.max(0, midLength), StandardCharsets.ISO_8859_1)
                .replaceAll("[^ -~]", "x");
        if (mid.isEmpty()) {
            return;
        }
        long seed = Arrays.hashCode(data);
        RtpHeaderWriter writer = new RtpHeaderWriter(ids[0], mid, ids[1], false, ids[2], ids[3]);
        byte[] out = new byte[RtpHeaderWriter.MAX_BYTES];
        boolean delay = (seed & 1) == 0;
        int length = writer.write(out, 96, (seed & 2) == 0, (int) seed, (int) seed * 31, (int) seed * 37, seed, seed * 1_000_003, delay);
        assertTrue(length <= writer.maxBytes());

        ByteBuffer in = ByteBuffer.wrap(out, 0, length);
        int flags = in.get() & 0xFF;
        assertEquals(2, flags >> 6);
        assertEquals((seed & 2) == 0 ? 0xE0 : 0x60, in.get() & 0xFF);
        assertEquals((short) seed, in.getShort());
        assertEquals((int) seed * 31, in.getInt());
        assertEquals((int) seed * 37, in.getInt());
        int extensions = 0;
        if ((flags & 0x10) != 0) {
            assertEquals((short) 0xBEDE, in.getShort());
            assertEquals(4 * (in.getShort() & 0xFFFF), in.remaining());
            while (in.hasRemaining()) {
                int head = in.get() & 0xFF;
                if (head == 0) {
                    continue;
                }
                byte[] value = new byte[(head & 15) + 1];
                in.get(value);
                int id = head >> 4;
                extensions++;
                if (id == ids[0]) {
                    assertEquals(mid, new String(value, StandardCharsets.UTF_8));
                } else if (id == ids[1]) {
                    assertEquals((short) seed, ByteBuffer.wrap(value).getShort());
                } else {
                    assertTrue((id == ids[2] || id == ids[3] && delay) && value.length == 3);
                }
            }
        }
        assertEquals(used - (ids[3] != 0 && !delay ? 1 : 0), extensions);
    }
}
