package revcam.transport.webrtc.srtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Known answers: RFC 3711, appendix B, and the packets of libsrtp's own validation. */
abstract class Rfc3711VectorsConformance {

    private static final byte[] MASTER_KEY = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
    private static final byte[] MASTER_SALT = hex("0EC675AD498AFEEBB6960B3AABE6");

    private final Ciphers ciphers;

    Rfc3711VectorsConformance(Ciphers ciphers) {
        this.ciphers = ciphers;
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    @Test
    void keyStreamOfAppendixB2() {
        byte[] stream = new byte[0xFF02 * 16];
        ByteBuffer packet = ciphers.allocate(stream.length);
        try (PacketCipher cipher = ciphers.open(hex("2B7E151628AED2A6ABF7158809CF4F3C"), new byte[20], packet)) {
            cipher.crypt(0, stream.length, 0xF0F1F2F3F4F5F6F7L, 0xF8F9FAFBFCFD0000L);
        }
        packet.get(0, stream);

        assertArrayEquals(
                hex("E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0"),
                Arrays.copyOf(stream, 48));
        assertArrayEquals(
                hex("EC8CDF7398607CB0F2D21675EA9EA1E4362B7C3C6773516318A077D7FC5073AE6A2CC3787889374FBEB4C81B17BA6C44"),
                Arrays.copyOfRange(stream, 0xFEFF * 16, stream.length));
    }

    @Test
    void keysOfAppendixB3() {
        AesCounterMode master = new AesCounterMode(MASTER_KEY);

        assertArrayEquals(hex("C61E7A93744F39EE10734AFE3FF7A087"), master.derive(MASTER_SALT, 0, 16));
        assertArrayEquals(hex("30CBBC08863D8C85D49DB34A9AE1"), master.derive(MASTER_SALT, 2, 14));
        assertArrayEquals(
                hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098"
                        + "6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2"),
                master.derive(MASTER_SALT, 1, 94));
    }

    @Test
    void rtpPacketOfLibsrtp() {
        SrtpSender sender = new SrtpSender(ciphers, MASTER_KEY, MASTER_SALT);
        byte[] payload = new byte[16];
        Arrays.fill(payload, (byte) 0xab);

        ByteBuffer sent = sender.protectRtp(hex("800f1234decafbadcafebabe"), 12, payload, 0, 16);
        byte[] out = new byte[sent.remaining()];
        sent.get(out);

        assertArrayEquals(
                hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"),
                out);
    }

    @Test
    void rtcpPacketOfLibsrtp() {
        SrtpReceiver receiver = new SrtpReceiver(ciphers, MASTER_KEY, MASTER_SALT);
        byte[] out = new byte[64];

        int bytes = receiver.unprotectRtcp(
                ByteBuffer.wrap(hex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798")), out);

        assertEquals(24, bytes);
        assertArrayEquals(hex("81c8000bcafebabeabababababababababababababababab"), Arrays.copyOf(out, bytes));
    }
}
