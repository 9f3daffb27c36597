package revcam.transport.webrtc.srtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jitsi.srtp.SrtpErrorStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What we send, as jitsi-srtp takes it and as it would have sent it itself. */
abstract class SrtpSenderConformance {

    private static final int MEDIA = 0xDECAFBAD;
    private static final int RTX = 0x00C0FFEE;

    private final Random random = new Random(3711);
    private final byte[] key = randomBytes(16);
    private final byte[] salt = randomBytes(14);
    private final Ciphers ciphers;
    private final SrtpSender sender;

    SrtpSenderConformance(Ciphers ciphers) {
        this.ciphers = ciphers;
        sender = new SrtpSender(ciphers, key, salt);
    }

    @AfterEach
    void close() {
        sender.close();
    }

    @Test
    void agreesByteForByteOverRolloversAndAllShapes() {
        JitsiSrtp sameSender = JitsiSrtp.sender(key, salt);
        JitsiSrtp receiver = JitsiSrtp.receiver(key, salt);
        int mediaIndex = 30_000;
        int rtxIndex = 12;
        for (int i = 0; i < 8_000; i++) {
            boolean media = random.nextInt(4) > 0;
            int step = 1 + (random.nextInt(100) == 0 ? random.nextInt(5000) : random.nextInt(3));
            int index = media ? (mediaIndex += step) : (rtxIndex += step);
            byte[] packet = rtp(media ? MEDIA : RTX, index, random.nextInt(1400));

            byte[] sent = protect(packet);

            assertArrayEquals(sameSender.rtp(packet), sent);
            assertEquals(SrtpErrorStatus.OK, receiver.openRtp(sent));
            assertArrayEquals(packet, receiver.opened());
        }
        assertTrue(mediaIndex > 2 * 65_536, "too few rollovers: " + mediaIndex);
    }

    @Test
    void sendsAnOlderPacketAgainUnchangedAcrossTheRollover() {
        List<byte[]> packets = new ArrayList<>();
        List<byte[]> sent = new ArrayList<>();
        for (int index = 65_536 - 400; index < 65_536 + 400; index++) {
            packets.add(rtp(MEDIA, index, 100));
            sent.add(protect(packets.get(packets.size() - 1)));
        }
        for (int i : new int[] {0, 399, 400, 799, 1, 398, 401}) {
            assertArrayEquals(sent.get(i), protect(packets.get(i)), "packet " + i);
        }
        JitsiSrtp sameSender = JitsiSrtp.sender(key, salt);
        packets.forEach(sameSender::rtp);
        byte[] next = rtp(MEDIA, 65_536 + 400, 10);
        assertArrayEquals(sameSender.rtp(next), protect(next), "sending again moved the rollover counter");
    }

    @Test
    void sendingAVeryOldPacketAgainDoesNotTurnBackTheIndex() {
        JitsiSrtp receiver = JitsiSrtp.receiver(key, salt);
        byte[] old = rtp(MEDIA, 40_000, 10);
        byte[] newest = rtp(MEDIA, 40_000 + 32_000, 10);
        byte[] next = rtp(MEDIA, 40_000 + 34_000, 10);
        byte[] sent = protect(old);
        receiver.openRtp(sent);
        receiver.openRtp(protect(newest));

        assertArrayEquals(sent, protect(old));
        assertEquals(SrtpErrorStatus.OK, receiver.openRtp(protect(next)));
        assertArrayEquals(next, receiver.opened());
    }

    @Test
    void aReceiverOpensWhatArrivesOutOfOrderAroundTheRollover() {
        JitsiSrtp receiver = JitsiSrtp.receiver(key, salt);
        List<byte[]> packets = new ArrayList<>();
        List<byte[]> sent = new ArrayList<>();
        for (int index = 65_536 - 40; index < 65_536 + 40; index++) {
            packets.add(rtp(MEDIA, index, 100));
            sent.add(protect(packets.get(packets.size() - 1)));
        }
        for (int i = 0; i < sent.size(); i++) {
            int swapped = i ^ 7;
            assertEquals(SrtpErrorStatus.OK, receiver.openRtp(sent.get(swapped)), "packet " + swapped);
            assertArrayEquals(packets.get(swapped), receiver.opened());
            assertEquals(SrtpErrorStatus.REPLAY_FAIL, receiver.openRtp(sent.get(swapped)));
        }
    }

    @Test
    void rtcpAgreesAndEverySsrcHasItsOwnIndex() {
        JitsiSrtp sameSender = JitsiSrtp.sender(key, salt);
        JitsiSrtp receiver = JitsiSrtp.receiver(key, salt);
        for (int i = 0; i < 300; i++) {
            byte[] packet = rtcp(i % 3 == 0 ? RTX : MEDIA, random.nextInt(20));
            byte[] sent = bytes(sender.protectRtcp(packet, packet.length));

            assertArrayEquals(sameSender.rtcp(packet), sent);
            assertEquals(SrtpErrorStatus.OK, receiver.openRtcp(sent));
            assertArrayEquals(packet, receiver.opened());
        }
    }

    @Test
    void noBitCanBeChanged() {
        JitsiSrtp receiver = JitsiSrtp.receiver(key, salt);
        byte[] sent = protect(rtp(MEDIA, 1000, 60));
        for (int bit = 0; bit < sent.length * 8; bit++) {
            byte[] changed = sent.clone();
            changed[bit / 8] ^= (byte) (0x80 >>> bit % 8);
            assertNotEquals(SrtpErrorStatus.OK, receiver.openRtp(changed), "bit " + bit);
        }
        assertEquals(SrtpErrorStatus.OK, receiver.openRtp(sent));
    }

    @Test
    void allocatesNothingPerPacket() {
        byte[] header = {(byte) 0x80, 96, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
        byte[] payload = randomBytes(1200);
        byte[] rtcp = rtcp(MEDIA, 8);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (int round = 0; round < 2; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 2000; i++) {
                header[2] = (byte) (i >> 8);
                header[3] = (byte) i;
                sender.protectRtp(header, header.length, payload, 0, payload.length);
                sender.protectRtcp(rtcp, rtcp.length);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertTrue(allocated < 2000, allocated + " bytes for 2000 packets");
    }

    @Test
    void refusesKeysOfAnotherProfile() {
        assertThrows(IllegalArgumentException.class, () -> new SrtpSender(ciphers, new byte[32], salt));
        assertThrows(IllegalArgumentException.class, () -> new SrtpSender(ciphers, key, new byte[12]));
    }

    @Test
    void refusesAPacketThatIsTooLongAndGoesOn() {
        byte[] header = Arrays.copyOf(rtp(MEDIA, 7, 0), 12);
        assertThrows(IllegalArgumentException.class, () -> sender.protectRtp(header, 12, new byte[2040], 0, 2040));
        assertThrows(IllegalArgumentException.class, () -> sender.protectRtcp(new byte[2040], 2040));
        assertThrows(IndexOutOfBoundsException.class, () -> sender.protectRtp(header, 12, new byte[10], 5, 6));

        byte[] packet = rtp(MEDIA, 8, 100);
        assertArrayEquals(JitsiSrtp.sender(key, salt).rtp(packet), protect(packet));
    }

    /** With offsets other than 0 everywhere. */
    private byte[] protect(byte[] packet) {
        int headerBytes = JitsiSrtp.headerBytes(packet);
        int payloadBytes = packet.length - headerBytes;
        byte[] header = Arrays.copyOf(packet, headerBytes + 9);
        byte[] payload = randomBytes(payloadBytes + 20);
        System.arraycopy(packet, headerBytes, payload, 11, payloadBytes);
        return bytes(sender.protectRtp(header, headerBytes, payload, 11, payloadBytes));
    }

    private static byte[] bytes(ByteBuffer packet) {
        byte[] bytes = new byte[packet.remaining()];
        packet.get(bytes);
        return bytes;
    }

    /** With random CSRCs and header extensions. */
    private byte[] rtp(int ssrc, int index, int payloadBytes) {
        int csrcs = random.nextInt(3);
        int extensionWords = random.nextInt(4) - 1;
        int extensionBytes = extensionWords < 0 ? 0 : 4 + 4 * extensionWords;
        byte[] packet = randomBytes(12 + 4 * csrcs + extensionBytes + payloadBytes);
        packet[0] = (byte) (0x80 | (extensionWords < 0 ? 0 : 0x10) | csrcs);
        packet[2] = (byte) (index >> 8);
        packet[3] = (byte) index;
        putInt(packet, 8, ssrc);
        if (extensionWords >= 0) {
            putInt(packet, 12 + 4 * csrcs, 0xBEDE_0000 | extensionWords);
        }
        return packet;
    }

    private byte[] rtcp(int ssrc, int words) {
        byte[] packet = randomBytes(8 + 4 * words);
        putInt(packet, 0, 200 << 16 | 0x8000_0000 | 1 + words);
        putInt(packet, 4, ssrc);
        return packet;
    }

    private static void putInt(byte[] array, int offset, int value) {
        for (int i = 0; i < 4; i++) {
            array[offset + i] = (byte) (value >>> 24 - 8 * i);
        }
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
