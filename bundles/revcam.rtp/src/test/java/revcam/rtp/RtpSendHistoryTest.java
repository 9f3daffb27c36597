package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import revcam.api.congestion.PacketFeedback;

class RtpSendHistoryTest {

    private static final int MEDIA = 0x11223344;
    private static final int RTX = 0x55667788;
    private static final long TICK = 1_000_000_000L / 1024;

    private final SendHistory history = new SendHistory(1024);
    private final RtpSendHistory rtp = new RtpSendHistory(history, MEDIA, RTX);
    private long transportSequence;

    private void send(int ssrc, int sequence) {
        history.onSent(1_000_000 * transportSequence, transportSequence, 100 + (int) transportSequence % 1000);
        rtp.onSent(transportSequence++, ssrc, sequence);
    }

    /** One packet of a report; no offset means that it did not come. */
    private record Metric(int ssrc, int sequence, Integer offset) {}

    /** What the RFC's figure says, each packet in a block of its own. */
    private PacketFeedback join(int reportTicks, List<Metric> metrics) {
        ByteBuffer packet = ByteBuffer.allocate(12 + 12 * metrics.size());
        packet.put((byte) 0x8B).put((byte) 205).putShort((short) (packet.capacity() / 4 - 1)).putInt(7);
        for (Metric metric : metrics) {
            packet.putInt(metric.ssrc).putShort((short) metric.sequence).putShort((short) 1);
            packet.putShort((short) (metric.offset == null ? 0 : 0x8000 | metric.offset)).putShort((short) 0);
        }
        return join(packet.putInt(reportTicks).flip());
    }

    private PacketFeedback join(ByteBuffer packet) {
        List<PacketFeedback> joined = new ArrayList<>();
        new RtcpReader().read(packet, new RtcpListener() {
            @Override
            public void onCongestionFeedback(CongestionFeedback feedback) {
                joined.add(rtp.join(feedback));
            }
        });
        assertEquals(1, joined.size());
        return joined.get(0);
    }

    private static List<String> told(PacketFeedback report) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < report.count(); i++) {
            lines.add(report.transportSequence(i) + (report.received(i) ? "" : " lost"));
        }
        return lines;
    }

    @Test
    void mediaAndRetransmissionsComeInTheOrderTheyLeft() {
        send(MEDIA, 65_535);
        send(MEDIA, 0);
        send(RTX, 9);
        send(MEDIA, 1);
        PacketFeedback report = join(1 << 20, List.of(new Metric(RTX, 9, 5), new Metric(MEDIA, 65_535, 512),
                new Metric(MEDIA, 0, null), new Metric(MEDIA, 1, 0)));
        assertEquals(List.of("0", "1 lost", "2", "3"), told(report));
        assertEquals(507 * TICK, report.arrivalNanos(2) - report.arrivalNanos(0), 1_000);
        assertEquals(512 * TICK, report.arrivalNanos(3) - report.arrivalNanos(0), 1_000);
        assertEquals(3_000_000, report.sentNanos(3));
        assertEquals(102, report.sizeBytes(2));
    }

    @Test
    void whatWasNeverSentOrIsForgottenIsLeftOut() {
        assertEquals(0, join(0, List.of(new Metric(MEDIA, 5, 1))).count());
        for (int sequence = 0; sequence < 3_000; sequence++) {
            send(sequence % 3 == 2 ? RTX : MEDIA, sequence);
        }
        assertEquals(List.of("2998", "2999"), told(join(0, List.of(new Metric(MEDIA, 2_998, 1), new Metric(MEDIA, 100, 1),
                new Metric(MEDIA, 3_000, 1), new Metric(RTX, 2_998, 1), new Metric(99, 2_997, 1),
                new Metric(RTX, 2_999, 2)))));
        assertEquals(List.of("1976"), told(join(0, List.of(new Metric(MEDIA, 1_975, 1), new Metric(MEDIA, 1_974, 1),
                new Metric(RTX, 1_976, 1)))), "1024 are remembered");
    }

    @Test
    void whatIsReportedTwiceCountsOnceAndArrivedIsArrived() {
        send(MEDIA, 1);
        send(MEDIA, 2);
        List<Metric> twice = List.of(new Metric(MEDIA, 1, null), new Metric(MEDIA, 2, 7), new Metric(MEDIA, 1, 8),
                new Metric(MEDIA, 2, null));
        assertEquals(List.of("0", "1"), told(join(0, twice)));
        assertEquals(List.of("0", "1"), told(join(0, twice)), "a report that repeats");
        assertEquals(List.of("0 lost"), told(join(0, List.of(new Metric(MEDIA, 1, null)))));
    }

    @Test
    void withoutRtxTheSecondSendingIsTheOneThatIsReported() {
        send(MEDIA, 1);
        send(MEDIA, 2);
        send(MEDIA, 1);
        assertEquals(List.of("1", "2"), told(join(0, List.of(new Metric(MEDIA, 1, 0), new Metric(MEDIA, 2, 0)))));
    }

    @Test
    void theReceiversClockIsFollowedThroughItsWrapAndBackToAReportThatCameLate() {
        send(MEDIA, 1);
        long hour = 3_600L << 16;
        List<Long> arrivals = new ArrayList<>();
        for (long hours = 0; hours < 60; hours++) {
            arrivals.add(join((int) (hours * hour), List.of(new Metric(MEDIA, 1, 0))).arrivalNanos(0));
        }
        for (int i = 1; i < arrivals.size(); i++) {
            assertEquals(3_600_000_000_000L, arrivals.get(i) - arrivals.get(i - 1));
        }
        long late = join((int) (59 * hour - (1 << 16)), List.of(new Metric(MEDIA, 1, 0))).arrivalNanos(0);
        assertEquals(-1_000_000_000L, late - arrivals.get(59));
    }

    @Test
    void anyReportGivesWhatItSaysOnce() {
        Random random = new Random(5);
        for (int round = 0; round < 300; round++) {
            for (int i = random.nextInt(400); i >= 0; i--) {
                send(random.nextInt(4) == 0 ? RTX : MEDIA, (int) transportSequence);
            }
            List<Metric> metrics = new ArrayList<>();
            TreeMap<Long, Boolean> expected = new TreeMap<>();
            for (int i = random.nextInt(50); i >= 0; i--) {
                long sequence = Math.max(0, transportSequence - 1 - random.nextInt(500));
                boolean received = random.nextBoolean();
                for (int ssrc : new int[] {MEDIA, RTX}) {
                    metrics.add(random.nextInt(metrics.size() + 1),
                            new Metric(ssrc, (int) sequence & 0xFFFF, received ? random.nextInt(8_000) : null));
                }
                expected.merge(sequence, received, Boolean::logicalOr);
            }
            PacketFeedback report = join(random.nextInt(), metrics);
            assertEquals(expected.size(), report.count());
            int index = 0;
            for (long sequence : expected.keySet()) {
                assertEquals(sequence, report.transportSequence(index));
                assertEquals(expected.get(sequence), report.received(index++));
            }
        }
        assertTrue(transportSequence > 1 << 15);
    }
}
