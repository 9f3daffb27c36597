package revcam.transport.webrtc.srtp;

import java.nio.ByteBuffer;
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

/** SRTP of one packet on the media loop, by either source of ciphers. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SrtpBenchmark {

    private static final int HEADER_BYTES = 24;
    private static final int PAYLOAD_BYTES = 1200;

    @Param({"java", "libcrypto"})
    private String ciphers;

    private final byte[] header = new byte[HEADER_BYTES];
    private final byte[] payload = new byte[PAYLOAD_BYTES];
    private SrtpSender sender;
    private int sequence;

    /** Keys and payload are noise. */
    @Setup
    public void open() {
        Random random = new Random(1);
        byte[] key = new byte[16];
        byte[] salt = new byte[14];
        random.nextBytes(key);
        random.nextBytes(salt);
        random.nextBytes(payload);
        sender = new SrtpSender(ciphers.equals("java") ? JavaCiphers.INSTANCE : LibcryptoCiphers.load(), key, salt);
    }

    /** No two packets may have the same number. */
    @Benchmark
    public ByteBuffer protect1200Bytes() {
        sequence++;
        header[2] = (byte) (sequence >> 8);
        header[3] = (byte) sequence;
        return sender.protectRtp(header, HEADER_BYTES, payload, 0, PAYLOAD_BYTES);
    }
}
