package revcam.transport.webrtc.ice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.connectivity.IceCredentials;

/** What arrives on the UDP port of everybody is read within its bounds, and nothing unsigned passes for signed. */
class StunFuzzTest {

    private static final byte[] KEY = "VOkJxbRl1RmTxUk/WvJxBt".getBytes(StandardCharsets.US_ASCII);
    /** The first sample request of RFC 5769, section 2.1, signed with {@link #KEY}. */
    private static final byte[] RFC5769 = HexFormat.of().parseHex("000100582112a442b7e7a701bc34d686fa87dfae802200105354554e"
            + "207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa7"
            + "0cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf");

    private final StunMessage stun = new StunMessage();
    private final Mac hmac = hmac();
    private final Credentials credentials = new Credentials(new IceCredentials("h6vY", "unused"));

    static Stream<byte[]> messages() {
        byte[] success = RFC5769.clone();
        success[0] = 1;
        return Stream.of(RFC5769, success, Arrays.copyOf(RFC5769, 20));
    }

    /** What follows the header comes from the data; the header, where it is wrong, is mended so that more is reached. */
    @MethodSource("messages")
    @FuzzTest(maxDuration = "5m")
    void message(byte[] data) {
        read(data);
        if (data.length < Stun.HEADER_BYTES) {
            return;
        }
        byte[] mended = Arrays.copyOf(data, data.length & ~3);
        ByteBuffer.wrap(mended).putShort(2, (short) (mended.length - Stun.HEADER_BYTES)).putInt(4, Stun.MAGIC_COOKIE);
        mended[0] &= 0x3F;
        read(mended);
        byte[] printed = Arrays.copyOf(mended, mended.length + 8);
        ByteBuffer end = ByteBuffer.wrap(printed).putShort(2, (short) (printed.length - Stun.HEADER_BYTES));
        CRC32 crc = new CRC32();
        crc.update(printed, 0, mended.length);
        end.putShort(mended.length, (short) Stun.FINGERPRINT).putShort(mended.length + 2, (short) 4)
                .putInt(mended.length + 4, (int) crc.getValue() ^ Stun.FINGERPRINT_XOR);
        read(printed);
    }

    private void read(byte[] data) {
        byte[] before = data.clone();
        if (stun.read(data, data.length)) {
            assertTrue(stun.usernameAt() < 0 || stun.usernameAt() + stun.usernameBytes() <= data.length);
            if (stun.hasUsername()) {
                Credentials.ufragKey(data, stun);
            }
            if (stun.usernameBytes() > Credentials.UFRAG_BYTES) {
                credentials.namesPeer(data, stun);
            }
            if (stun.integrityMatches(hmac)) {
                assertEquals(-1, Arrays.mismatch(signedPart(RFC5769), signedPart(data)), "only what the key's holder wrote");
            }
        }
        assertEquals(-1, Arrays.mismatch(before, data));
    }

    /** Up to MESSAGE-INTEGRITY, without the length, which is computed anew. */
    private static byte[] signedPart(byte[] message) {
        byte[] part = Arrays.copyOf(message, RFC5769.length - 32);
        part[2] = 0;
        part[3] = 0;
        return part;
    }

    static Stream<byte[]> requests() {
        return Stream.of(RFC5769, new byte[20], new byte[40]);
    }

    /** What we write we can read; and one bit that is another is noticed. */
    @MethodSource("requests")
    @FuzzTest(maxDuration = "5m")
    void reply(byte[] data) throws UnknownHostException {
        if (data.length < 40) {
            return;
        }
        byte[] ip = Arrays.copyOfRange(data, 20, (data[36] & 1) == 0 ? 24 : 36);
        StunWriter writer = new StunWriter().begin(Stun.BINDING_SUCCESS, data);
        ByteBuffer.wrap(writer.bytes()).putInt(4, Stun.MAGIC_COOKIE);
        writer.xorMappedAddress(new InetSocketAddress(InetAddress.getByAddress(ip), ByteBuffer.wrap(data).getShort(37) & 0xFFFF))
                .integrity(hmac).fingerprint();
        byte[] written = Arrays.copyOf(writer.bytes(), writer.size());
        assertTrue(stun.read(written, written.length));
        assertEquals(Stun.BINDING_SUCCESS, stun.type());
        assertTrue(stun.hasFingerprint() && stun.integrityMatches(hmac));
        int bit = (data[39] & 0xFF) * written.length * 8 / 256;
        written[bit / 8] ^= (byte) (1 << bit % 8);
        assertFalse(stun.read(written, written.length) && stun.hasFingerprint() && stun.integrityMatches(hmac));
    }

    private static Mac hmac() {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(KEY, "HmacSHA1"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
