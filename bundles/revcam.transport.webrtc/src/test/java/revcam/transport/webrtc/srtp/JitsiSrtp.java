package revcam.transport.webrtc.srtp;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jitsi.srtp.SrtcpCryptoContext;
import org.jitsi.srtp.SrtpContextFactory;
import org.jitsi.srtp.SrtpCryptoContext;
import org.jitsi.srtp.SrtpErrorStatus;
import org.jitsi.srtp.SrtpPolicy;
import org.jitsi.srtp.crypto.Aes;
import org.jitsi.utils.ByteArrayBuffer;
import org.jitsi.utils.logging2.LoggerImpl;

/** The oracle: one direction of jitsi-srtp, with a context for each SSRC. */
final class JitsiSrtp {

    static {
        // Otherwise it compares the speed of every provider first, for seconds.
        Aes.setFactoryClassName("SunJCE");
    }

    private final SrtpContextFactory factory;
    private final Map<Integer, SrtpCryptoContext> rtp = new HashMap<>();
    private final Map<Integer, SrtcpCryptoContext> rtcp = new HashMap<>();
    private byte[] opened;

    private JitsiSrtp(boolean sender, byte[] key, byte[] salt) {
        SrtpPolicy policy =
                new SrtpPolicy(SrtpPolicy.AESCM_ENCRYPTION, 16, SrtpPolicy.HMACSHA1_AUTHENTICATION, 20, 10, 14);
        factory = new SrtpContextFactory(
                sender, key.clone(), salt.clone(), policy, policy, new LoggerImpl(JitsiSrtp.class.getName()));
    }

    static JitsiSrtp sender(byte[] key, byte[] salt) {
        return new JitsiSrtp(true, key, salt);
    }

    static JitsiSrtp receiver(byte[] key, byte[] salt) {
        return new JitsiSrtp(false, key, salt);
    }

    byte[] rtp(byte[] packet) {
        Packet buffer = new Packet(packet, 10);
        expectOk(call(() -> rtpContext(packet).transformPacket(buffer)));
        return buffer.bytes();
    }

    byte[] rtcp(byte[] packet) {
        Packet buffer = new Packet(packet, 14);
        expectOk(call(() -> rtcpContext(packet).transformPacket(buffer)));
        return buffer.bytes();
    }

    SrtpErrorStatus openRtp(byte[] packet) {
        Packet buffer = new Packet(packet, 0);
        SrtpErrorStatus status = call(() -> rtpContext(packet).reverseTransformPacket(buffer, false));
        opened = buffer.bytes();
        return status;
    }

    SrtpErrorStatus openRtcp(byte[] packet) {
        Packet buffer = new Packet(packet, 0);
        SrtpErrorStatus status = call(() -> rtcpContext(packet).reverseTransformPacket(buffer));
        opened = buffer.bytes();
        return status;
    }

    /** What the last call of an open method left of its packet. */
    byte[] opened() {
        return opened;
    }

    static int headerBytes(byte[] rtp) {
        int bytes = 12 + 4 * (rtp[0] & 0x0f);
        boolean extended = (rtp[0] & 0x10) != 0;
        return extended ? bytes + 4 + 4 * ((rtp[bytes + 2] & 0xff) << 8 | rtp[bytes + 3] & 0xff) : bytes;
    }

    private SrtpCryptoContext rtpContext(byte[] packet) throws GeneralSecurityException {
        int ssrc = intAt(packet, 8);
        SrtpCryptoContext context = rtp.get(ssrc);
        if (context == null) {
            context = factory.deriveContext(ssrc, 0);
            rtp.put(ssrc, context);
        }
        return context;
    }

    private SrtcpCryptoContext rtcpContext(byte[] packet) throws GeneralSecurityException {
        int ssrc = intAt(packet, 4);
        SrtcpCryptoContext context = rtcp.get(ssrc);
        if (context == null) {
            context = factory.deriveControlContext(ssrc);
            rtcp.put(ssrc, context);
        }
        return context;
    }

    private static int intAt(byte[] packet, int offset) {
        return ByteBuffer.wrap(packet).getInt(offset);
    }

    private interface Transformation {
        SrtpErrorStatus run() throws GeneralSecurityException;
    }

    private static SrtpErrorStatus call(Transformation transformation) {
        try {
            return transformation.run();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static void expectOk(SrtpErrorStatus status) {
        if (status != SrtpErrorStatus.OK) {
            throw new AssertionError("jitsi-srtp: " + status);
        }
    }

    private static final class Packet implements ByteArrayBuffer {
        private final byte[] buffer;
        private int offset;
        private int length;

        Packet(byte[] packet, int room) {
            buffer = Arrays.copyOf(packet, packet.length + room);
            length = packet.length;
        }

        byte[] bytes() {
            return Arrays.copyOfRange(buffer, offset, offset + length);
        }

        @Override
        public byte[] getBuffer() {
            return buffer;
        }

        @Override
        public int getOffset() {
            return offset;
        }

        @Override
        public int getLength() {
            return length;
        }

        @Override
        public void setLength(int newLength) {
            length = newLength;
        }

        @Override
        public void setOffset(int newOffset) {
            offset = newOffset;
        }

        @Override
        public boolean isInvalid() {
            return false;
        }

        @Override
        public void readRegionToBuff(int from, int bytes, byte[] out) {
            System.arraycopy(buffer, offset + from, out, 0, bytes);
        }

        @Override
        public void grow(int by) {
            if (offset + length + by > buffer.length) {
                throw new IllegalStateException("no room");
            }
        }

        @Override
        public void append(byte[] data, int bytes) {
            System.arraycopy(data, 0, buffer, offset + length, bytes);
            length += bytes;
        }

        @Override
        public void shrink(int by) {
            length -= by;
        }
    }
}
