package revcam.linklab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import revcam.congestion.fixed.FixedControllerFactory;
import revcam.rtp.RtcpListener;
import revcam.rtp.RtcpReader;
import revcam.rtp.TransportFeedback;

class SenderToReceiverTest {

    private static final long SECOND = Simulation.SECOND;

    /** The product's reader must find in the bytes what the receiver saw. */
    @Test
    void feedbackSaysWhatArrivedWhen() {
        SplittableRandom random = new SplittableRandom(9);
        FeedbackWriter writer = new FeedbackWriter(1);
        for (int round = 0; round < 300; round++) {
            long base = 65_000 + round * 37L;
            long at = (1_000 + random.nextInt(100_000)) * Simulation.MILLI;
            List<FeedbackWriter.Arrival> arrivals = new ArrayList<>();
            int count = 1 + random.nextInt(120);
            for (int i = 0; i < count; i++) {
                at += random.nextInt(40) * 1_000_000L - 3_000_000L;
                if (random.nextInt(4) != 0 || i == count - 1) {
                    arrivals.add(new FeedbackWriter.Arrival(base + i, at));
                }
            }
            List<FeedbackWriter.Arrival> expected = List.copyOf(arrivals);
            byte[] packet = writer.transportFeedback(7, base, arrivals);
            assertEquals(List.of(), arrivals, "all of it fits");
            int number = round;
            boolean[] read = new boolean[1];
            new RtcpReader().read(ByteBuffer.wrap(packet), new RtcpListener() {
                @Override
                public void onTransportFeedback(TransportFeedback feedback) {
                    read[0] = true;
                    assertEquals(base & 0xFFFF, feedback.baseSequence());
                    assertEquals(number & 0xFF, feedback.feedbackCount());
                    int found = 0;
                    for (int i = 0; i < feedback.count(); i++) {
                        if (feedback.received(i)) {
                            FeedbackWriter.Arrival arrival = expected.get(found++);
                            assertEquals(arrival.transportSequence(), base + i);
                            assertEquals((int) (arrival.nanos() / 250_000), feedback.arrivalTicks(i));
                        }
                    }
                    assertEquals(expected.size(), found);
                }

                @Override
                public void onMalformed(Defect defect) {
                    throw new AssertionError(defect);
                }
            });
            assertTrue(read[0]);
        }
    }

    @Test
    void aNackNamesEveryMissingPacket() {
        TreeSet<Long> missing = new TreeSet<>(List.of(65_534L, 65_535L, 65_536L, 65_551L, 65_552L, 65_600L));
        List<Integer> named = new ArrayList<>();
        new RtcpReader().read(ByteBuffer.wrap(new FeedbackWriter(1).nack(7, missing)), new RtcpListener() {
            @Override
            public void onNack(int mediaSsrc, int sequence) {
                assertEquals(7, mediaSsrc);
                named.add(sequence);
            }
        });
        assertEquals(missing.stream().map(sequence -> (int) (sequence & 0xFFFF)).toList(), named);
    }

    private static Scenario scenario(double seconds, Scenario.Media media) {
        Scenario scenario = new Scenario("test", "test", "test", seconds);
        scenario.forward = Capacity.constant(10e6);
        scenario.phases = new double[] {0};
        media.limits = new revcam.api.congestion.RateLimits(100_000, 1_000_000, 1_000_000);
        media.audio = false;
        scenario.media.add(media);
        return scenario;
    }

    private static RecordedFlow run(Scenario scenario) {
        return Run.of(scenario, "fixed", new FixedControllerFactory(), 4).media().get(0);
    }

    @Test
    void theSourceKeepsToItsRateOverEachSecond() {
        RecordedFlow flow = run(scenario(60, new Scenario.Media()));
        // The first second has the first key frame, which is paid for within it and a little of the next.
        for (int second = 2; second < 59; second++) {
            double rate = RecordedFlow.rate(flow.sentRtpBits, second * SECOND, (second + 1) * SECOND);
            assertEquals(1e6, rate, 0.05 * 1e6, "second " + second);
        }
    }

    @Test
    void withoutLossEveryFrameIsShownAfterTheWayAndNoMore() {
        RecordedFlow flow = run(scenario(20, new Scenario.Media()));
        assertEquals(flow.framesProduced, flow.frameMillis.size(), 4, "but for those on their way at the end");
        double[] latency = flow.frameMillis.sorted(at -> true);
        // 10 ms to encode, 50 ms of way, up to 15 ms of jitter, and what pacing and transmission take.
        assertTrue(latency[0] >= 60 && RecordedFlow.percentile(latency, 0.95) < 105,
                latency[0] + " to " + RecordedFlow.percentile(latency, 0.95));
        assertEquals(0, flow.nacks);
    }

    @Test
    void lossIsRepairedByRetransmissionAndTheViewerWaitsForIt() {
        Scenario.Media media = new Scenario.Media();
        media.loss = () -> Channel.Loss.independent(0.05);
        RecordedFlow flow = run(scenario(30, media));
        assertTrue(flow.originalsLost > 100, flow.originalsLost + " lost");
        assertTrue(flow.packetsRepaired >= 0.92 * flow.originalsLost,
                flow.packetsRepaired + " of " + flow.originalsLost);
        assertTrue(flow.nacks > 1.02 * flow.originalsLost, "what was lost twice is asked for again");
        // The sender may give up what a third question asks for, and send a key frame instead.
        assertTrue(flow.frameMillis.size() > 0.9 * flow.framesProduced, flow.frameMillis.size() + " shown");
        assertTrue(RecordedFlow.percentile(flow.frameMillis.sorted(at -> true), 0.98) > 160, "a round trip more");
    }

    @Test
    void withoutRepairAKeyframeIsAskedFor() {
        Scenario.Media media = new Scenario.Media();
        // For four seconds nothing comes at all, longer than packets are kept to be sent again.
        media.loss = () -> Channel.Loss.none().between(10 * SECOND, 14 * SECOND, (now, random) -> true);
        RecordedFlow flow = run(scenario(30, media));
        assertTrue(flow.plis >= 1);
        List<Long> shown = new ArrayList<>();
        for (int i = 0; i < flow.frameMillis.size(); i++) {
            shown.add(flow.frameMillis.at(i));
        }
        assertEquals(shown, shown.stream().sorted().toList());
        long gap = Collections.max(shown.stream().filter(at -> at < 11 * SECOND).toList());
        long after = Collections.min(shown.stream().filter(at -> at > 11 * SECOND).toList());
        assertTrue(after - gap < 8 * SECOND, "the picture was back after " + (after - gap) / Simulation.MILLI + " ms");
        assertTrue(shown.get(shown.size() - 1) > 29 * SECOND, "and stayed");
    }
}
