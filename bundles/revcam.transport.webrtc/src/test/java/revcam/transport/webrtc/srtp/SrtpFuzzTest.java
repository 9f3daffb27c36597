package revcam.transport.webrtc.srtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Only what holders of the key made comes out, once, and as they made it. */
class SrtpFuzzTest {

    private static final byte[] KEY = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    private static final byte[] SALT = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    private static final byte[] REPORT = {(byte) 0x80, (byte) 201, 0, 1, 1, 2, 3, 4};

    private final byte[] out = new byte[2048];

    static Stream<byte[]> packets() {
        try (SrtpSender sender = new SrtpSender(JavaCiphers.INSTANCE, KEY, SALT)) {
            byte[] sealed = bytes(sender.protectRtcp(REPORT, REPORT.length));
            byte[] longer = Arrays.copyOf(sealed, 200);
            return Stream.of(sealed, longer, new byte[22]);
        }
    }

    @MethodSource("packets")
    @FuzzTest(maxDuration = "5m")
    void stranger(byte[] data) {
        try (SrtpReceiver receiver = new SrtpReceiver(JavaCiphers.INSTANCE, KEY, SALT)) {
            ByteBuffer packet = ByteBuffer.wrap(data);
            int result = receiver.unprotectRtcp(packet, out);
            assertEquals(0, packet.remaining());
            // The one packet that exists under this key.
            if (result >= 0) {
                assertArrayEquals(REPORT, Arrays.copyOf(out, result));
                assertEquals(SrtpReceiver.REPLAYED, receiver.unprotectRtcp(ByteBuffer.wrap(data), out));
            } else {
                assertTrue(result == SrtpReceiver.AUTH_FAILED || result == SrtpReceiver.MALFORMED, () -> "" + result);
            }
        }
    }

    static Stream<byte[]> reports() {
        return Stream.of(REPORT, Arrays.copyOf(REPORT, 300), new byte[8]);
    }

    /** Whatever was sealed opens as it was; a bit that is another, and a second time, do not. */
    @MethodSource("reports")
    @FuzzTest(maxDuration = "5m")
    void roundTrip(byte[] data) {
        if (data.length < 8 || data.length > 1500) {
            return;
        }
        try (SrtpSender sender = new SrtpSender(JavaCiphers.INSTANCE, KEY, SALT);
                SrtpReceiver receiver = new SrtpReceiver(JavaCiphers.INSTANCE, KEY, SALT)) {
            byte[] sealed = bytes(sender.protectRtcp(data, data.length));
            byte[] altered = sealed.clone();
            int at = (data[0] & 0xFF) * sealed.length / 256;
            altered[at] ^= (byte) (1 << (data[1] & 7));
            assertEquals(SrtpReceiver.AUTH_FAILED, receiver.unprotectRtcp(ByteBuffer.wrap(altered), out));
            assertEquals(data.length, receiver.unprotectRtcp(ByteBuffer.wrap(sealed), out));
            assertArrayEquals(data, Arrays.copyOf(out, data.length));
            assertEquals(SrtpReceiver.REPLAYED, receiver.unprotectRtcp(ByteBuffer.wrap(sealed), out));
        }
    }

    private static byte[] bytes(ByteBuffer packet) {
        byte[] bytes = new byte[packet.remaining()];
        packet.get(bytes);
        return bytes;
    }
}
