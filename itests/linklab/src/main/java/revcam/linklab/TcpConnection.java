package revcam.linklab;

import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One TCP transfer with CUBIC (RFC 9438) or Reno (RFC 5681): slow start from 10 segments (RFC 6928), recovery by
 * selective acknowledgement (three segments above a hole make it lost, after RFC 6675; what was resent is lost when
 * something that left a quarter of a round trip later has arrived, after RFC 8985), retransmission timeout (RFC 6298
 * with Linux's minimum of 200 ms). Each segment is acknowledged at once. Whole segments are counted; there is no
 * handshake, receive window, Nagle or pacing.
 */
final class TcpConnection {

    private static final int SEGMENT_WIRE_BYTES = 1500;
    static final int SEGMENT_PAYLOAD = 1448;
    private static final int ACK_WIRE_BYTES = 64;
    private static final int DUPLICATES = 3;
    private static final double INITIAL_WINDOW = 10;
    private static final long MIN_RTO = 200 * Simulation.MILLI;
    private static final long MAX_RTO = 60 * Simulation.SECOND;
    private static final double CUBIC_C = 0.4;
    private static final double CUBIC_BETA = 0.7;
    private static final double RENO_BETA = 0.5;

    record Segment(TcpConnection connection, long number, long sentNanos, boolean again) {}

    record Ack(TcpConnection connection, long cumulative, long latest, long segmentSent, boolean again) {}

    private final Simulation simulation;
    private final int flow;
    private final boolean cubic;
    private final long segments;
    private final Hop there;
    private final Hop toReceiver;
    private final Hop back;
    private final Hop toSender;
    private final RecordedFlow record;
    private final Runnable onDone;

    private double window = INITIAL_WINDOW;
    private double slowStartThreshold = Double.MAX_VALUE;
    private long next;
    private long acknowledged;
    private final TreeSet<Long> sacked = new TreeSet<>();
    private final TreeSet<Long> lost = new TreeSet<>();
    /** When each was sent again. */
    private final TreeMap<Long, Long> resent = new TreeMap<>();
    /** When the last sent of all that have arrived was sent. */
    private long newestArrived;
    private boolean recovering;
    private long recoveryPoint;
    private double smoothedRtt;
    private double rttDeviation;
    private long timeout = Simulation.SECOND;
    private long timerToken;
    private boolean stopped;

    private double cubicMax;
    private double cubicK;
    private long cubicEpoch = -1;
    private double renoWindow;

    private long expected;
    private final TreeSet<Long> early = new TreeSet<>();

    /**
     * @param bytes to send; {@link Long#MAX_VALUE} for ever
     * @param toReceiver what lies behind the bottleneck there, ending in {@link #onSegment}
     * @param toSender what lies behind that on the way back, ending in {@link #onAck}
     */
    TcpConnection(Simulation simulation, int flow, boolean cubic, long bytes, Hop there, Hop toReceiver, Hop back,
            Hop toSender, RecordedFlow record, Runnable onDone) {
        this.simulation = simulation;
        this.flow = flow;
        this.cubic = cubic;
        this.segments = bytes == Long.MAX_VALUE ? bytes : (bytes + SEGMENT_PAYLOAD - 1) / SEGMENT_PAYLOAD;
        this.there = there;
        this.toReceiver = toReceiver;
        this.back = back;
        this.toSender = toSender;
        this.record = record;
        this.onDone = onDone;
    }

    void start() {
        send();
    }

    void stop() {
        stopped = true;
        timerToken++;
    }

    // ---- receiver

    void onSegment(Segment segment) {
        if (segment.number == expected) {
            expected++;
            while (early.remove(expected)) {
                expected++;
            }
        } else if (segment.number > expected) {
            early.add(segment.number);
        }
        Packet packet = new Packet(Packet.Kind.ACK, flow, ACK_WIRE_BYTES, null, toSender);
        packet.segment = new Ack(this, expected, segment.number, segment.sentNanos, segment.again);
        packet.sentNanos = simulation.now();
        back.accept(packet);
    }

    // ---- sender

    void onAck(Ack ack) {
        if (stopped) {
            return;
        }
        if (!ack.again) {
            measure(simulation.now() - ack.segmentSent);
        }
        long newly = Math.max(0, ack.cumulative - acknowledged);
        if (newly > 0) {
            acknowledged = ack.cumulative;
            sacked.headSet(acknowledged).clear();
            lost.headSet(acknowledged).clear();
            resent.headMap(acknowledged).clear();
            restartTimer();
        }
        if (ack.latest >= acknowledged && sacked.add(ack.latest)) {
            lost.remove(ack.latest);
            resent.remove(ack.latest);
        }
        if (recovering && acknowledged >= recoveryPoint) {
            recovering = false;
            cubicEpoch = -1;
        }
        newestArrived = Math.max(newestArrived, ack.segmentSent);
        findLost();
        if (!recovering) {
            grow(newly);
        }
        if (acknowledged >= segments) {
            stop();
            onDone.run();
            return;
        }
        send();
    }

    private void measure(long rtt) {
        if (smoothedRtt == 0) {
            smoothedRtt = rtt;
            rttDeviation = rtt / 2.0;
        } else {
            rttDeviation += (Math.abs(smoothedRtt - rtt) - rttDeviation) / 4;
            smoothedRtt += (rtt - smoothedRtt) / 8;
        }
        timeout = (long) Math.max(MIN_RTO, Math.min(MAX_RTO, smoothedRtt + 4 * rttDeviation));
    }

    /** What has three acknowledged ones above it; what was sent again, if something that left later has arrived. */
    private void findLost() {
        resent.entrySet().removeIf(entry -> {
            boolean again = entry.getValue() + smoothedRtt / 4 < newestArrived && !sacked.contains(entry.getKey());
            return again && lost.add(entry.getKey());
        });
        if (sacked.size() < DUPLICATES) {
            return;
        }
        var highest = sacked.descendingIterator();
        long limit = 0;
        for (int i = 0; i < DUPLICATES; i++) {
            limit = highest.next();
        }
        boolean any = false;
        for (long number = acknowledged; number < limit; number++) {
            if (!sacked.contains(number) && !resent.containsKey(number)) {
                any |= lost.add(number);
            }
        }
        if (any && !recovering) {
            recovering = true;
            recoveryPoint = next;
            onLoss();
        }
    }

    private void onLoss() {
        double beta = cubic ? CUBIC_BETA : RENO_BETA;
        // Fast convergence (RFC 9438, section 4.7).
        cubicMax = window < cubicMax ? window * (1 + CUBIC_BETA) / 2 : window;
        window = Math.max(2, window * beta);
        slowStartThreshold = window;
        cubicEpoch = -1;
    }

    private void grow(long newly) {
        for (long i = 0; i < newly; i++) {
            if (window < slowStartThreshold) {
                window++;
            } else if (cubic) {
                growCubic();
            } else {
                window += 1 / window;
            }
        }
    }

    private void growCubic() {
        long now = simulation.now();
        if (cubicEpoch < 0) {
            cubicEpoch = now;
            cubicMax = Math.max(cubicMax, window);
            cubicK = StrictMath.cbrt((cubicMax - window) / CUBIC_C);
            renoWindow = window;
        }
        double t = (now - cubicEpoch + smoothedRtt) / Simulation.SECOND;
        double target = CUBIC_C * (t - cubicK) * (t - cubicK) * (t - cubicK) + cubicMax;
        // The Reno-friendly region (section 4.3).
        renoWindow += 3 * (1 - CUBIC_BETA) / (1 + CUBIC_BETA) / window;
        target = Math.min(Math.max(target, renoWindow), 1.5 * window);
        if (target > window) {
            window += (target - window) / window;
        }
    }

    private void send() {
        // In flight: sent, neither acknowledged nor known to be lost.
        long flying = next - acknowledged - sacked.size() - lost.size();
        while (flying < (long) window) {
            Long again = lost.pollFirst();
            if (again != null) {
                resent.put(again, simulation.now());
                transmit(again, true);
            } else if (next < segments) {
                transmit(next++, false);
            } else {
                return;
            }
            flying++;
        }
    }

    private void transmit(long number, boolean again) {
        if (next - acknowledged <= 1 || again && number == acknowledged) {
            restartTimer();
        }
        Packet packet = new Packet(Packet.Kind.TCP, flow, SEGMENT_WIRE_BYTES, null, toReceiver);
        packet.segment = new Segment(this, number, simulation.now(), again);
        packet.sentNanos = simulation.now();
        record.sent(simulation.now(), packet);
        there.accept(packet);
    }

    private void restartTimer() {
        long token = ++timerToken;
        simulation.after(timeout, () -> {
            if (token == timerToken && !stopped) {
                onTimeout();
            }
        });
    }

    private void onTimeout() {
        timeout = Math.min(MAX_RTO, 2 * timeout);
        slowStartThreshold = Math.max(2, (next - acknowledged - sacked.size()) / 2.0);
        cubicMax = Math.max(cubicMax, window);
        window = 1;
        cubicEpoch = -1;
        // What follows is slow start, not a recovery in which the window stands still.
        recovering = false;
        resent.clear();
        for (long number = acknowledged; number < next; number++) {
            if (!sacked.contains(number)) {
                lost.add(number);
            }
        }
        restartTimer();
        send();
    }
}
