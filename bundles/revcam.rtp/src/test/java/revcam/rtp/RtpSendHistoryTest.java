package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
    void nothingIsToldTwiceAndWhatWasLostMayStillArrive() {
        send(MEDIA, 1);
        send(MEDIA, 2);
        send(MEDIA, 3);
        List<Metric> report = List.of(new Metric(MEDIA, 1, null), new Metric(MEDIA, 2, 7), new Metric(MEDIA, 3, 6));
        assertEquals(List.of("0 lost", "1", "2"), told(join(1000, report)));
        assertEquals(List.of(), told(join(2000, report)), "a report that repeats");
        assertEquals(List.of("0"), told(join(3000, List.of(new Metric(MEDIA, 1, 8), new Metric(MEDIA, 2, null)))),
                "it was late, and what had arrived has arrived");
        assertEquals(List.of(), told(join(4000, List.of(new Metric(MEDIA, 1, null), new Metric(MEDIA, 3, 0)))));
    }

    @Test
    void aReportThatContradictsItselfIsTakenAtItsBest() {
        send(MEDIA, 1);
        send(MEDIA, 2);
        assertEquals(List.of("0", "1"), told(join(0, List.of(new Metric(MEDIA, 1, null), new Metric(MEDIA, 2, 7),
                new Metric(MEDIA, 1, 8), new Metric(MEDIA, 2, null)))));
    }

    @Test
    void whatLeftAfterTheNewestThatArrivedIsOnItsWay() {
        send(MEDIA, 1);
        send(MEDIA, 2);
        send(MEDIA, 3);
        assertEquals(List.of("0"), told(join(0, List.of(new Metric(MEDIA, 1, 2), new Metric(MEDIA, 2, null),
                new Metric(MEDIA, 3, null)))));
        assertEquals(List.of("1 lost", "2"), told(join(0, List.of(new Metric(MEDIA, 2, null), new Metric(MEDIA, 3, 1)))));
    }

    @Test
    void aRetransmissionThatNothingOfItsStreamFollowsIsLostAllTheSame() {
        send(MEDIA, 1);
        send(RTX, 9);
        send(MEDIA, 2);
        send(RTX, 10);
        assertEquals(List.of("0", "1 lost", "2"), told(join(0, List.of(new Metric(MEDIA, 1, 2), new Metric(MEDIA, 2, 1)))));
        send(MEDIA, 3);
        send(MEDIA, 4);
        send(RTX, 11);
        send(MEDIA, 5);
        assertEquals(List.of(), told(join(0, List.of())), "a report on nothing says nothing");
        assertEquals(List.of("7"), told(join(0, List.of(new Metric(MEDIA, 5, 1)))),
                "3 and 4 are missing: a report got lost, and perhaps the retransmissions were in that");
        assertEquals(List.of("6"), told(join(0, List.of(new Metric(RTX, 11, 9)))), "as it turns out");
        send(MEDIA, 6);
        send(RTX, 12);
        assertEquals(List.of("9"), told(join(0, List.of(new Metric(RTX, 12, 9)))), "media would show a gap");
    }

    @Test
    void anUnknownTimeIsThatOfWhatLeftBefore() {
        for (int sequence = 0; sequence < 6; sequence++) {
            send(MEDIA, sequence);
        }
        PacketFeedback report = join(1 << 20, List.of(new Metric(MEDIA, 0, 0x1FFF), new Metric(MEDIA, 1, null),
                new Metric(MEDIA, 2, 0x1FFD), new Metric(MEDIA, 3, 0x1FFF), new Metric(MEDIA, 4, 100),
                new Metric(MEDIA, 5, 0x1FFE)));
        assertEquals(List.of("0", "1 lost", "2", "3", "4", "5"), told(report));
        assertEquals(report.arrivalNanos(2), report.arrivalNanos(0), "nothing left before");
        assertEquals(report.arrivalNanos(2), report.arrivalNanos(3));
        assertEquals((0x1FFD - 100) * TICK, report.arrivalNanos(4) - report.arrivalNanos(2), 10_000);
        assertEquals(TICK, report.arrivalNanos(2) - report.arrivalNanos(5), 10_000, "longer ago than can be said");

        send(MEDIA, 6);
        report = join(1 << 21, List.of(new Metric(MEDIA, 6, 0x1FFF)));
        assertEquals(List.of("6"), told(report));
        assertTrue(report.arrivalNanos(0) > 0);
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
        long hour = 3_600L << 16;
        List<Long> arrivals = new ArrayList<>();
        for (int hours = 0; hours < 60; hours++) {
            send(MEDIA, hours);
            arrivals.add(join((int) (hours * hour), List.of(new Metric(MEDIA, hours, 0))).arrivalNanos(0));
        }
        for (int i = 1; i < arrivals.size(); i++) {
            assertEquals(3_600_000_000_000L, arrivals.get(i) - arrivals.get(i - 1));
        }
        send(MEDIA, 60);
        long late = join((int) (59 * hour - (1 << 16)), List.of(new Metric(MEDIA, 60, 0))).arrivalNanos(0);
        assertEquals(-1_000_000_000L, late - arrivals.get(59));
    }

    private record Told(long sequence, boolean received, long sentNanos, int bytes, long arrivalNanos) {}

    private List<Told> tell(ByteBuffer packet) {
        List<Told> told = new ArrayList<>();
        new RtcpReader().read(packet, new RtcpListener() {
            @Override
            public void onCongestionFeedback(CongestionFeedback feedback) {
                add(rtp.join(feedback));
            }

            @Override
            public void onTransportFeedback(TransportFeedback feedback) {
                add(history.join(feedback));
            }

            private void add(PacketFeedback report) {
                for (int i = 0; i < report.count(); i++) {
                    told.add(new Told(report.transportSequence(i), report.received(i), report.sentNanos(i),
                            report.sizeBytes(i), report.received(i) ? report.arrivalNanos(i) : 0));
                }
            }

            @Override
            public void onMalformed(Defect defect) {
                throw new AssertionError(defect);
            }
        });
        return told;
    }

    private int nextMedia = 65_000;
    private int nextRtx = 7;

    private void sendSome(Random random, TwoWays path) {
        for (int i = random.nextInt(30); i >= 0; i--) {
            boolean again = random.nextInt(5) == 0;
            path.send(again ? RTX : MEDIA, again ? nextRtx : nextMedia);
            send(again ? RTX : MEDIA, again ? nextRtx++ : nextMedia++);
        }
    }

    /** But for what was told before, which a controller disregards, and for a coarser clock. */
    @Test
    void tellsWhatTransportWideFeedbackTells() {
        Random random = new Random(8888);
        TwoWays path = new TwoWays(random, 65_530_000_000L); // the receiver's clock is about to wrap
        Map<Long, Boolean> known = new HashMap<>();
        sendSome(random, path);
        path.deliver(0, 0);
        Told firstWide = null;
        Told firstNamed = null;
        int lost = 0;
        int corrected = 0;
        for (int round = 0; round < 3_000; round++) {
            List<Told> wide = tell(path.transportWide());
            wide.removeIf(told -> known.containsKey(told.sequence) && (known.get(told.sequence) || !told.received));
            List<Told> named = tell(path.congestionControl());
            path.reported();
            assertEquals(wide.size(), named.size(), () -> wide + " and " + named);
            for (int i = 0; i < wide.size(); i++) {
                Told one = wide.get(i);
                Told other = named.get(i);
                firstWide = firstWide == null ? one : firstWide;
                firstNamed = firstNamed == null ? other : firstNamed;
                assertEquals(new Told(one.sequence, one.received, one.sentNanos, one.bytes, 0),
                        new Told(other.sequence, other.received, other.sentNanos, other.bytes, 0));
                if (one.received) {
                    // Both clocks cut off: 250 and 977 microseconds at most.
                    assertEquals(one.arrivalNanos - firstWide.arrivalNanos, other.arrivalNanos - firstNamed.arrivalNanos,
                            1_250_000);
                }
                lost += one.received ? 0 : 1;
                corrected += known.containsKey(one.sequence) ? 1 : 0;
                known.merge(one.sequence, one.received, Boolean::logicalOr);
            }
            do {
                sendSome(random, path);
                path.deliver(0.1, 0.05);
            } while (!path.hasNewsOf(MEDIA));
        }
        assertTrue(known.size() > 40_000 && lost > 4_000 && corrected > 1_000,
                known.size() + " packets, " + lost + " lost, " + corrected + " of them late");
    }

    @Test
    void whereReportsGetLostNothingIsInvented() {
        Random random = new Random(7);
        TwoWays path = new TwoWays(random, 0);
        Map<Long, Boolean> known = new HashMap<>();
        int lost = 0;
        for (int round = 0; round < 2_000; round++) {
            sendSome(random, path);
            path.deliver(0.1, 0);
            if (!path.hasNewsOf(MEDIA)) {
                continue;
            }
            if (random.nextInt(3) > 0) {
                for (Told told : tell(path.congestionControl())) {
                    assertEquals(path.arrived(told.sequence), told.received, "packet " + told.sequence);
                    assertEquals(null, known.put(told.sequence, told.received), "told twice");
                    lost += told.received ? 0 : 1;
                }
            }
            path.reported();
        }
        assertTrue(known.size() > 15_000 && lost > 1_500, known.size() + " packets, " + lost + " lost");
    }
}
