package revcam.bench;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import revcam.rtp.RtcpListener;
import revcam.rtp.RtcpReader;
import revcam.rtp.RtpHeaderWriter;
import revcam.rtp.TransportFeedback;

/** What every packet costs on the media loop before it is protected, and the feedback that comes back for it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PacketBenchmark {

    private static final int PAYLOAD_TYPE = 108;
    private static final int SSRC = 0x1234_5678;
    private static final int FEEDBACK_PACKETS = 30;

    private final RtpHeaderWriter headers = new RtpHeaderWriter(9, "0", 4, false, 2, 6);
    private final byte[] header = new byte[RtpHeaderWriter.MAX_BYTES];
    private final RtcpReader reader = new RtcpReader();
    private final Sink sink = new Sink();
    private final ByteBuffer feedback = feedback();
    private long sequence;

    @Benchmark
    public int writeRtpHeader() {
        sequence++;
        return headers.write(header, PAYLOAD_TYPE, false, (int) sequence, (int) (sequence * 3000), SSRC, sequence,
                sequence * 4_000_000, false);
    }

    @Benchmark
    public int readTransportFeedbackOf30Packets() {
        reader.read(feedback, sink);
        return sink.firstReported;
    }

    private static final class Sink implements RtcpListener {

        private int firstReported;

        @Override
        public void onTransportFeedback(TransportFeedback report) {
            firstReported = report.baseSequence();
        }

        @Override
        public void onMalformed(Defect defect) {
            throw new IllegalStateException("the benchmark's own feedback is malformed: " + defect);
        }
    }

    /** One run of packets that all came, 4 ms apart: draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1. */
    private static ByteBuffer feedback() {
        int content = 20 + 2 + FEEDBACK_PACKETS;
        int padded = content + 3 & -4;
        ByteBuffer packet = ByteBuffer.allocate(padded);
        packet.put((byte) (padded == content ? 0x8F : 0xAF)).put((byte) 205).putShort((short) (padded / 4 - 1));
        packet.putInt(1).putInt(SSRC);
        packet.putShort((short) 1).putShort((short) FEEDBACK_PACKETS);
        packet.putInt(1 << 8);
        packet.putShort((short) (1 << 13 | FEEDBACK_PACKETS));
        for (int i = 0; i < FEEDBACK_PACKETS; i++) {
            packet.put((byte) 16);
        }
        if (padded > content) {
            packet.put(padded - 1, (byte) (padded - content));
        }
        return packet.clear();
    }
}
