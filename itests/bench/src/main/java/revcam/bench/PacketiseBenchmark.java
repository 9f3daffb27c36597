package revcam.bench;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.RtpPayloads;
import revcam.packetiser.h264.H264PacketiserFactory;

/** One access unit into RTP payloads: 8 KB is a frame of 2 Mbit/s at 30 frames a second, 60 KB a large IDR picture. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PacketiseBenchmark {

    /** As libx264 makes them for 1280x720, constrained baseline. */
    private static final String PARAMETER_SETS =
            "000000016742c01fda014016ec0440000003004000000f23c60ca80000000168ce0fc8";
    private static final int MAX_PAYLOAD_BYTES = 1180;

    @Param({"8", "60"})
    private int kilobytes;

    private final Packetiser packetiser = new H264PacketiserFactory().open();
    private final RtpPayloads payloads = new RtpPayloads();
    private ByteBuffer accessUnit;

    /** Fills the slice with what entropy coding gives: noise. Without zeros, it holds no start code. */
    @Setup
    public void make() {
        boolean key = kilobytes > 8;
        byte[] sets = key ? HexFormat.of().parseHex(PARAMETER_SETS) : new byte[0];
        int bytes = kilobytes * 1000;
        accessUnit = ByteBuffer.allocateDirect(bytes).put(sets)
                .put(new byte[] {0, 0, 0, 1, (byte) (key ? 0x65 : 0x41)});
        Random random = new Random(1);
        while (accessUnit.hasRemaining()) {
            accessUnit.put((byte) (1 + random.nextInt(255)));
        }
        accessUnit.flip();
    }

    @Benchmark
    public int packetise() throws StageException {
        payloads.clear();
        packetiser.packetise(accessUnit, MAX_PAYLOAD_BYTES, payloads);
        return payloads.count();
    }
}
