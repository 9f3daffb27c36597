package revcam.linklab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Competitors must compete as the real ones do, or every verdict about fairness is worth nothing. */
class TcpConnectionTest {

    private static final long MILLI = Simulation.MILLI;
    private static final long SECOND = Simulation.SECOND;

    private final Simulation simulation = new Simulation(5);
    private final List<Packet> dropped = new ArrayList<>();

    private RecordedFlow connect(boolean cubic, long bytes, Hop there, double loss, Runnable onDone, double until) {
        RecordedFlow record = new RecordedFlow("tcp", 0, Math.round(until * SECOND), Math.round(until * SECOND));
        Hop toSender = new Channel(simulation, "ack", now -> 50 * MILLI, Channel.Jitter.NONE, Channel.Loss.none(),
                packet -> {
                    TcpConnection.Ack ack = (TcpConnection.Ack) packet.segment;
                    ack.connection().onAck(ack);
                }, dropped::add);
        Hop toReceiver = new Channel(simulation, "data" + simulation.now(), now -> 50 * MILLI, Channel.Jitter.NONE,
                Channel.Loss.independent(loss), packet -> {
                    record.received(simulation.now(), packet);
                    TcpConnection.Segment segment = (TcpConnection.Segment) packet.segment;
                    segment.connection().onSegment(segment);
                }, dropped::add);
        new TcpConnection(simulation, 0, cubic, bytes, there, toReceiver, packet -> packet.onward.accept(packet),
                toSender, record, onDone).start();
        return record;
    }

    private Bottleneck link(double bps, int queueMillis) {
        return new Bottleneck(simulation, Capacity.constant(bps), QueueDiscipline.dropTailMillis(queueMillis), 0,
                packet -> {}, dropped::add);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLongTransferFillsTheLinkAndItsQueue(boolean cubic) {
        RecordedFlow record = connect(cubic, Long.MAX_VALUE, link(2e6, 300), 0, () -> {}, 60);
        simulation.run(60 * SECOND);
        double rate = RecordedFlow.rate(record.receivedBits, 10 * SECOND, 60 * SECOND);
        assertTrue(rate > 0.95 * 2e6 && rate <= 2.01e6, rate + " bit/s");
        double[] queue = record.queueMillis.sorted(at -> at > 10 * SECOND);
        assertTrue(RecordedFlow.percentile(queue, 0.95) > 200);
        // At a loss 400 ms are on their way and in the queue; what is left of them beyond the way's 100 ms is queue.
        assertEquals(cubic ? 180 : 100, RecordedFlow.percentile(queue, 0.01), 45, "after a loss");
        assertTrue(dropped.size() > 5 && dropped.size() < 400, dropped.size() + " dropped");
    }

    @Test
    void slowStartDoublesFromTenSegmentsEachRoundTrip() {
        RecordedFlow record = connect(true, Long.MAX_VALUE, link(100e6, 300), 0, () -> {}, 1);
        // Rounds of 100 ms: 10, 20, 40 segments.
        simulation.run(99 * MILLI);
        assertEquals(10, record.packetsSent);
        simulation.run(195 * MILLI);
        assertEquals(30, record.packetsSent);
        simulation.run(295 * MILLI);
        assertEquals(70, record.packetsSent);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.02, 0.2})
    void aFileArrivesWholeWhateverIsLost(double loss) {
        List<Long> done = new ArrayList<>();
        RecordedFlow record = connect(true, 500_000, link(2e6, 100), loss, () -> done.add(simulation.now()), 600);
        simulation.run(600 * SECOND);
        assertEquals(1, done.size());
        long segments = (500_000 + TcpConnection.SEGMENT_PAYLOAD - 1) / TcpConnection.SEGMENT_PAYLOAD;
        assertTrue(record.packetsSent >= segments);
        assertEquals(record.packetsSent, record.queueMillis.size() + dropped.size(), "what was sent came or was lost");
        if (loss == 0) {
            assertTrue(done.get(0) < 3.5 * SECOND, "500 kB at 2 Mbit/s took " + done.get(0) / MILLI + " ms");
        }
    }

    @Test
    void lossHalvesRenoMoreThanCubic() {
        double[] rates = new double[2];
        for (int i = 0; i < 2; i++) {
            RecordedFlow record = connect(i == 1, Long.MAX_VALUE, link(20e6, 300), 0.005, () -> {}, 120);
            simulation.run(simulation.now() + 60 * SECOND);
            rates[i] = RecordedFlow.rate(record.receivedBits, simulation.now() - 50 * SECOND, simulation.now());
        }
        // Reno by its formula (RFC 5348, section 3.1, without timeouts): 1.22 segments / (0.1 s * sqrt(p)).
        assertEquals(1.22 * 1500 * 8 / (0.1 * Math.sqrt(0.005)), rates[0], 0.35 * rates[0]);
        assertTrue(rates[1] >= 0.9 * rates[0], rates[1] + " against " + rates[0]);
    }
}
