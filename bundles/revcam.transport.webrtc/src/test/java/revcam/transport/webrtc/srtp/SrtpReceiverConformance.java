package revcam.transport.webrtc.srtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What we let in, sealed by jitsi-srtp. */
abstract class SrtpReceiverConformance {

    private static final int VIEWER = 0x51E2E2E2;

    private final Random random = new Random(3711);
    private final byte[] key = randomBytes(16);
    private final byte[] salt = randomBytes(14);
    private final JitsiSrtp peer = JitsiSrtp.sender(key, salt);
    private final Ciphers ciphers;
    private final SrtpReceiver receiver;
    private final byte[] out = new byte[1500];

    SrtpReceiverConformance(Ciphers ciphers) {
        this.ciphers = ciphers;
        receiver = new SrtpReceiver(ciphers, key, salt);
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void opensWhatThePeerSends() {
        for (int i = 0; i < 500; i++) {
            byte[] packet = rtcp(VIEWER + i % 3, random.nextInt(300));
            byte[] sealed = peer.rtcp(packet);
            ByteBuffer datagram = ByteBuffer.allocateDirect(1500).position(9).put(sealed).flip().position(9);

            int bytes = receiver.unprotectRtcp(datagram, out);

            assertEquals(packet.length, bytes);
            assertArrayEquals(packet, Arrays.copyOf(out, bytes));
            assertFalse(datagram.hasRemaining());
        }
    }

    @Test
    void takesEachPacketOnceAndNoneThatIsTooLate() {
        byte[][] sealed = new byte[300][];
        for (int i = 0; i < sealed.length; i++) {
            sealed[i] = peer.rtcp(rtcp(VIEWER, 3));
        }
        assertOpens(sealed[0]);
        assertOpens(sealed[1]);
        assertEquals(SrtpReceiver.REPLAYED, open(sealed[1]));
        assertOpens(sealed[64]);
        assertEquals(SrtpReceiver.REPLAYED, open(sealed[0]));
        assertEquals(SrtpReceiver.REPLAYED, open(sealed[1]));
        for (int i = 63; i >= 2; i--) {
            assertOpens(sealed[i]);
            assertEquals(SrtpReceiver.REPLAYED, open(sealed[i]));
        }
        assertOpens(sealed[128]);
        assertEquals(SrtpReceiver.REPLAYED, open(sealed[64]));
        assertOpens(sealed[65]);
        assertOpens(sealed[299]);
        assertEquals(SrtpReceiver.REPLAYED, open(sealed[235]));
        assertOpens(sealed[236]);
        assertEquals(SrtpReceiver.REPLAYED, open(sealed[299]));
    }

    @Test
    void noBitCanBeChanged() {
        byte[] sealed = peer.rtcp(rtcp(VIEWER, 5));
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] changed = sealed.clone();
            changed[bit / 8] ^= (byte) (0x80 >>> bit % 8);
            assertEquals(SrtpReceiver.AUTH_FAILED, open(changed), "bit " + bit);
        }
        assertOpens(sealed);
    }

    @Test
    void refusesWhatIsTooShortOrTooLongOrNotEncrypted() {
        byte[] sealed = peer.rtcp(rtcp(VIEWER, 0));
        assertEquals(22, sealed.length);
        for (int bytes = 0; bytes < sealed.length; bytes++) {
            assertEquals(SrtpReceiver.MALFORMED, open(Arrays.copyOf(sealed, bytes)), bytes + " bytes");
        }
        ByteBuffer large = ByteBuffer.allocate(out.length + 1);
        assertEquals(SrtpReceiver.MALFORMED, receiver.unprotectRtcp(large, out));
        assertFalse(large.hasRemaining());

        large = ByteBuffer.allocate(2049);
        assertEquals(SrtpReceiver.MALFORMED, receiver.unprotectRtcp(large, new byte[4096]));
        assertFalse(large.hasRemaining());

        ByteBuffer clear = ciphers.allocate(12 + 4 + 10).put(rtcp(VIEWER, 1)).clear();
        try (CryptographicContext context = CryptographicContext.srtcp(ciphers, clear, key, salt)) {
            context.sign(16, 16);
        }
        assertEquals(SrtpReceiver.MALFORMED, receiver.unprotectRtcp(clear, out));
    }

    @Test
    void strangersLeaveNoTraceAndThePeerHasAFewSources() {
        JitsiSrtp stranger = JitsiSrtp.sender(randomBytes(16), salt);
        for (int ssrc = 0; ssrc < 100; ssrc++) {
            assertEquals(SrtpReceiver.AUTH_FAILED, open(stranger.rtcp(rtcp(ssrc, 2))));
        }
        int sources = 0;
        while (open(peer.rtcp(rtcp(sources, 2))) > 0) {
            sources++;
            assertTrue(sources < 100, "no limit");
        }
        assertTrue(sources >= 8, sources + " sources");
        assertEquals(SrtpReceiver.TOO_MANY_SOURCES, open(peer.rtcp(rtcp(sources, 2))));
        assertOpens(peer.rtcp(rtcp(0, 2)));
    }

    private void assertOpens(byte[] sealed) {
        assertEquals(sealed.length - 14, open(sealed));
    }

    private int open(byte[] sealed) {
        return receiver.unprotectRtcp(ByteBuffer.wrap(sealed), out);
    }

    private byte[] rtcp(int ssrc, int words) {
        byte[] packet = randomBytes(8 + 4 * words);
        packet[0] = (byte) 0x81;
        packet[1] = (byte) 201;
        packet[2] = (byte) (1 + words >> 8);
        packet[3] = (byte) (1 + words);
        for (int i = 0; i < 4; i++) {
            packet[4 + i] = (byte) (ssrc >>> 24 - 8 * i);
        }
        return packet;
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
