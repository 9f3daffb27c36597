package revcam.transport.webrtc.srtp;

import java.nio.ByteBuffer;

/** On {@code javax.crypto}, which is everywhere. */
final class JavaCiphers implements Ciphers {

    static final JavaCiphers INSTANCE = new JavaCiphers();

    private JavaCiphers() {}

    @Override
    public ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes);
    }

    @Override
    public PacketCipher open(byte[] cipherKey, byte[] authenticationKey, ByteBuffer packet) {
        return new Keyed(new AesCounterMode(cipherKey), new HmacSha1(authenticationKey), packet.array());
    }

    @Override
    public String toString() {
        return "Java";
    }

    private record Keyed(AesCounterMode cipher, HmacSha1 authentication, byte[] packet) implements PacketCipher {

        @Override
        public void crypt(int offset, int bytes, long ivHigh, long ivLow) {
            cipher.crypt(ivHigh, ivLow, packet, offset, bytes, packet, offset);
        }

        @Override
        public void sign(int bytes, int tagOffset) {
            authentication.sign(packet, 0, bytes, packet, tagOffset);
        }

        @Override
        public boolean verify(int bytes, int tagOffset) {
            return authentication.verify(packet, 0, bytes, packet, tagOffset);
        }

        @Override
        public void close() {
            // The collector takes it all.
        }
    }
}
