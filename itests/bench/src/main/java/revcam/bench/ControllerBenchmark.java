package revcam.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;
import revcam.congestion.fixed.FixedControllerFactory;
import revcam.congestion.gcc.GccControllerFactory;
import revcam.congestion.nada.NadaControllerFactory;
import revcam.congestion.scream.ScreamControllerFactory;

/**
 * What a congestion controller costs per packet: told that it left, asked for its window, and told in a feedback on twenty
 * what became of it; and once per feedback asked for its rates. Two per thousand are lost, and the queue breathes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ControllerBenchmark {

    private static final int PACKETS = 20;
    private static final int BYTES = 1200;
    private static final long PACKET_NANOS = 5_000_000;
    private static final RateLimits LIMITS = new RateLimits(150_000, 1_000_000, 4_000_000);

    @Param({"fixed", "gcc", "nada", "scream"})
    public String controller;

    private final Report report = new Report();
    private CongestionController opened;
    private long now = 1_000_000_000_000L;
    private long sequence;

    @Setup
    public void open() {
        CongestionControllerFactory factory = switch (controller) {
            case "gcc" -> new GccControllerFactory();
            case "nada" -> new NadaControllerFactory();
            case "scream" -> new ScreamControllerFactory();
            default -> new FixedControllerFactory();
        };
        opened = factory.open(now, LIMITS, RateSnapshot.unknown());
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long packet() {
        report.first = sequence;
        long window = 0;
        for (int i = 0; i < PACKETS; i++) {
            now += PACKET_NANOS;
            report.sent[i] = now;
            opened.onPacketSent(now, sequence++, BYTES);
            window += opened.windowBytes();
        }
        opened.onSendQueue(now, 0);
        opened.onPacketFeedback(now + 20_000_000, report);
        if (opened.nextDeadlineNanos() <= now) {
            opened.onDeadline(now);
        }
        return window + opened.targetBps() + opened.pacingBps() + opened.paddingBps();
    }

    private static final class Report implements PacketFeedback {

        private final long[] sent = new long[PACKETS];
        private long first;

        @Override
        public int count() {
            return PACKETS;
        }

        @Override
        public long transportSequence(int index) {
            return first + index;
        }

        @Override
        public long sentNanos(int index) {
            return sent[index];
        }

        @Override
        public int sizeBytes(int index) {
            return BYTES;
        }

        @Override
        public boolean received(int index) {
            return (first + index) % 500 != 0;
        }

        /** Within the feedback's resolution; a queue of up to 8 ms that comes and goes. */
        @Override
        public long arrivalNanos(int index) {
            long wave = (first + index) % 256;
            return sent[index] + 30_000_000 + (wave < 128 ? wave : 256 - wave) * 62_500 / 250_000 * 250_000;
        }
    }
}
