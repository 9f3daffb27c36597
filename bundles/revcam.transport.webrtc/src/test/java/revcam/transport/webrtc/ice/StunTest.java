package revcam.transport.webrtc.ice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** Against the vectors of RFC 5769. */
class StunTest {

    private static final String PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt";

    /** Section 2.1. */
    private static final byte[] REQUEST = hex("""
            000100582112a442b7e7a701bc34d686fa87dfae
            802200105354554e207465737420636c69656e74
            002400046e0001ff80290008932ff9b151263b36
            000600096576746a3a68367659202020
            000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
            80280004e57a3bcf""");

    /** Section 2.2. */
    private static final byte[] IPV4_RESPONSE = hex("""
            0101003c2112a442b7e7a701bc34d686fa87dfae
            8022000b7465737420766563746f7220
            002000080001a147e112a643
            000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7
            80280004c07d4c96""");

    /** Section 2.3. */
    private static final byte[] IPV6_RESPONSE = hex("""
            010100482112a442b7e7a701bc34d686fa87dfae
            8022000b7465737420766563746f7220
            002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9
            00080014a382954e4be67bf11784c97c8292c275bfe3ed41
            80280004c8fb0b4c""");

    /** Section 2.4, which has no fingerprint. */
    private static final byte[] LONG_TERM_REQUEST = hex("""
            000100602112a44278ad3433c6ad72c029da412e
            00060012e3839ee38388e383aae38383e382afe382b90000
            0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473 41
            0014000b6578616d706c652e6f726700
            00080014f67024656dd64a3e02b8e0712e85c9a28ca89666""");

    private final StunMessage stun = new StunMessage();

    @Test
    void readsTheSampleRequest() {
        assertTrue(stun.read(REQUEST, REQUEST.length));
        assertEquals(Stun.BINDING_REQUEST, stun.type());
        assertTrue(stun.hasFingerprint() && stun.hasIntegrity() && stun.controlled());
        assertFalse(stun.useCandidate());
        assertEquals(0, stun.unknownAttribute());
        assertEquals("evtj:h6vY",
                new String(REQUEST, stun.usernameAt(), stun.usernameBytes(), StandardCharsets.US_ASCII));
        assertTrue(stun.integrityMatches(hmac(PASSWORD)));
        assertFalse(stun.integrityMatches(hmac("VOkJxbRl1RmTxUk/WvJxBu")));
    }

    @Test
    void checksTheSampleResponses() {
        for (byte[] response : new byte[][] {IPV4_RESPONSE, IPV6_RESPONSE}) {
            assertTrue(stun.read(response, response.length));
            assertEquals(Stun.BINDING_SUCCESS, stun.type());
            assertTrue(stun.hasFingerprint());
            assertTrue(stun.integrityMatches(hmac(PASSWORD)));
        }
    }

    @Test
    void checksTheLongTermSample() throws Exception {
        byte[] key = MessageDigest.getInstance("MD5")
                .digest("\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9:example.org:TheMatrIX".getBytes(StandardCharsets.UTF_8));
        assertTrue(stun.read(LONG_TERM_REQUEST, LONG_TERM_REQUEST.length));
        assertFalse(stun.hasFingerprint());
        assertTrue(stun.integrityMatches(hmac(key)));
    }

    @Test
    void anyFlippedBitIsNoticed() {
        for (byte[] sample : new byte[][] {REQUEST, IPV4_RESPONSE, IPV6_RESPONSE}) {
            for (int bit = 0; bit < 8 * sample.length; bit++) {
                byte[] flipped = sample.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                assertFalse(
                        stun.read(flipped, flipped.length) && stun.hasFingerprint()
                                && stun.integrityMatches(hmac(PASSWORD)),
                        "bit " + bit);
            }
        }
    }

    @Test
    void aFlippedBitBehindARepairedFingerprintIsNoticed() {
        Mac hmac = hmac(PASSWORD);
        int integrityEnd = REQUEST.length - 8;
        for (int bit = 0; bit < 8 * integrityEnd; bit++) {
            byte[] flipped = REQUEST.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            CRC32 crc = new CRC32();
            crc.update(flipped, 0, integrityEnd);
            ByteBuffer.wrap(flipped).putInt(flipped.length - 4, (int) crc.getValue() ^ 0x5354554E);
            assertFalse(stun.read(flipped, flipped.length) && stun.integrityMatches(hmac), "bit " + bit);
        }
    }

    @Test
    void truncatedMessagesAreRefused() {
        for (int size = 0; size < REQUEST.length; size++) {
            assertFalse(stun.read(Arrays.copyOf(REQUEST, size), size), size + " bytes");
            byte[] consistent = Arrays.copyOf(REQUEST, size);
            if (size >= 20) {
                consistent[3] = (byte) (size - 20);
                assertFalse(stun.read(consistent, size) && stun.hasIntegrity() && stun.integrityMatches(hmac(PASSWORD))
                        && stun.hasFingerprint(), size + " bytes");
            }
        }
    }

    @Test
    void garbageIsRefusedQuietly() {
        Random random = new Random(5769);
        Mac hmac = hmac(PASSWORD);
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[random.nextInt(64) * 4];
            random.nextBytes(bytes);
            if (bytes.length >= 20) {
                System.arraycopy(REQUEST, 0, bytes, 0, 20);
                bytes[2] = (byte) (bytes.length - 20 >> 8);
                bytes[3] = (byte) (bytes.length - 20);
                // Small types and lengths get further than random ones.
                for (int at = 20; at < bytes.length; at += 4) {
                    bytes[at] = (byte) (random.nextBoolean() ? 0 : 0x80);
                    bytes[at + 2] = 0;
                    bytes[at + 1] &= 0x2F;
                    bytes[at + 3] &= 0x1F;
                }
            }
            assertFalse(stun.read(bytes, bytes.length) && stun.hasFingerprint() && stun.integrityMatches(hmac));
        }
    }

    @Test
    void writesTheSampleResponses() throws Exception {
        // Without SOFTWARE, which we do not send: the mapped address alone is compared with the RFC, and the rest by
        // reading it back.
        for (byte[] sample : new byte[][] {IPV4_RESPONSE, IPV6_RESPONSE}) {
            InetAddress address = InetAddress.getByName(
                    sample == IPV4_RESPONSE ? "192.0.2.1" : "2001:db8:1234:5678:11:2233:4455:6677");
            StunWriter writer = new StunWriter()
                    .begin(Stun.BINDING_SUCCESS, sample)
                    .xorMappedAddress(new InetSocketAddress(address, 32853))
                    .integrity(hmac(PASSWORD))
                    .fingerprint();
            byte[] written = Arrays.copyOf(writer.bytes(), writer.size());
            int attributeBytes = sample == IPV4_RESPONSE ? 12 : 24;
            assertArrayEquals(
                    Arrays.copyOfRange(sample, 36, 36 + attributeBytes),
                    Arrays.copyOfRange(written, 20, 20 + attributeBytes));
            assertTrue(stun.read(written, written.length));
            assertTrue(stun.hasFingerprint() && stun.integrityMatches(hmac(PASSWORD)));
        }
    }

    @Test
    void writesErrorsThatReadBack() {
        StunWriter writer = new StunWriter()
                .begin(Stun.BINDING_ERROR, REQUEST)
                .error(420, "Unknown Attribute")
                .unknownAttribute(0x7FFE)
                .integrity(hmac(PASSWORD))
                .fingerprint();
        byte[] written = Arrays.copyOf(writer.bytes(), writer.size());
        assertTrue(stun.read(written, written.length));
        assertTrue(stun.hasFingerprint() && stun.integrityMatches(hmac(PASSWORD)));
        assertEquals("0009001500000414"
                + HexFormat.of().formatHex("Unknown Attribute".getBytes(StandardCharsets.US_ASCII))
                + "000000" + "000a00027ffe0000", HexFormat.of().formatHex(written, 20, 56));
    }

    private static Mac hmac(String password) {
        return hmac(password.getBytes(StandardCharsets.US_ASCII));
    }

    private static Mac hmac(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(key, "HmacSHA1"));
            return mac;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
    }
}
