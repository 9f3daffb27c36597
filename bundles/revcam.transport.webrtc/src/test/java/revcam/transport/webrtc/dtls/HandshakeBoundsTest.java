package revcam.transport.webrtc.dtls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Random;
import org.bouncycastle.tls.ContentType;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsCipher;
import org.bouncycastle.tls.crypto.TlsDecodeResult;
import org.junit.jupiter.api.Test;

class HandshakeBoundsTest {

    @Test
    void messagesOfAnOrdinarySizePass() {
        assertTrue(HandshakeBounds.accept(handshake(0, 1400, 100)));
        assertTrue(HandshakeBounds.accept(handshake(0, 4096, 100)));
        assertTrue(HandshakeBounds.accept(handshake(1, 1 << 20, 100)), "encrypted: not to be understood");
    }

    @Test
    void anAnnouncedGiantIsStopped() {
        assertFalse(HandshakeBounds.accept(handshake(0, 4097, 100)));
        assertFalse(HandshakeBounds.accept(handshake(0, 0xFFFFFF, 0)));
        ByteBuffer second = ByteBuffer.allocate(400);
        second.put(handshake(0, 200, 100)).put(handshake(0, 0xFFFFFF, 100)).flip();
        assertFalse(HandshakeBounds.accept(second), "in the second record");
        ByteBuffer shared = handshake(0, 50, 150);
        shared.put(13 + 12 + 50 + 1, (byte) 0xFF);
        shared.putShort(13 + 10, (short) 50);
        assertFalse(HandshakeBounds.accept(shared), "in the second message of a record");
    }

    /** By the lengths within, too, Bouncy Castle allocates before it looks. */
    @Test
    void aGiantWithinCertificatesIsStopped() {
        assertTrue(HandshakeBounds.accept(certificates(0, 306, 306, 303, 300)));
        assertTrue(HandshakeBounds.accept(certificates(0, 3, 3, 0)), "none");
        assertTrue(HandshakeBounds.accept(certificates(0, 1306, 200, 1303, 1300)), "the rest comes later");
        assertTrue(HandshakeBounds.accept(certificates(200, 1306, 1106)), "the rest");
        assertFalse(HandshakeBounds.accept(certificates(0, 306, 306, 0x7A7A7A, 300)));
        assertFalse(HandshakeBounds.accept(certificates(0, 306, 306, 303, 0x7A7A7A)));
        assertFalse(HandshakeBounds.accept(certificates(0, 1306, 200, 0x7A7A7A, 1300)));
        assertFalse(HandshakeBounds.accept(certificates(0, 1306, 200, 1303, 0x7A7A7A)));
        assertFalse(HandshakeBounds.accept(certificates(0, 1306, 200, 1303, 400)), "who knows what length comes then");
        assertFalse(HandshakeBounds.accept(certificates(0, 1306, 5, 1303)), "a length in pieces");
        assertFalse(HandshakeBounds.accept(certificates(5, 1306, 200)), "a length in pieces");
        ByteBuffer two = certificates(0, 306, 306, 303, 100);
        two.put(13 + 12 + 6 + 100 + 1, (byte) 0).putShort(13 + 12 + 6 + 100 + 1, (short) 197);
        assertTrue(HandshakeBounds.accept(two), "a chain of two");
        two.putShort(13 + 12 + 6 + 100 + 1, (short) 198);
        assertFalse(HandshakeBounds.accept(two), "its second is longer than the list");
    }

    @Test
    void recordsThatDoNotFillTheDatagramAreStopped() {
        ByteBuffer whole = handshake(0, 200, 100);
        for (int size = 1; size < whole.limit(); size++) {
            assertFalse(HandshakeBounds.accept(whole.duplicate().limit(size)), size + " bytes");
        }
    }

    @Test
    void recordsOfOtherVersionsAreStopped() {
        for (int version = 0; version <= 0xFFFF; version++) {
            ByteBuffer second = ByteBuffer.allocate(400);
            second.put(handshake(0, 200, 100)).put(handshake(0, 200, 100).putShort(1, (short) version)).flip();
            assertEquals(version == 0xFEFD || version == 0xFEFF, HandshakeBounds.accept(second), Integer.toHexString(version));
        }
    }

    @Test
    void rubbishIsJudgedWithoutAnError() {
        Random random = new Random(6347);
        int accepted = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[1 + random.nextInt(64)];
            random.nextBytes(bytes);
            bytes[0] = 22;
            if (bytes.length > 13) {
                ByteBuffer.wrap(bytes).putShort(1, (short) 0xFEFD).putShort(3, (short) 0).putShort(11, (short) (bytes.length - 13));
            }
            accepted += HandshakeBounds.accept(ByteBuffer.wrap(bytes)) ? 1 : 0;
        }
        assertTrue(accepted > 0);
    }

    @Test
    void anEncryptedGiantIsStoppedAfterDecryption() throws Exception {
        byte[] message = new byte[64];
        ByteBuffer.wrap(message, 16, 48).put((byte) 20).put((byte) 0xFF);
        TlsCipher transparent = (TlsCipher) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] {TlsCipher.class},
                (proxy, method, arguments) -> new TlsDecodeResult(message, 16, 48, (short) arguments[1]));
        TlsCipher bounded = new HandshakeBounds.BoundedCipher(transparent);
        assertThrows(TlsFatalAlert.class, () -> bounded.decodeCiphertext(
                1, ContentType.handshake, ProtocolVersion.DTLSv12, new byte[64], 0, 64));
        assertNotNull(bounded.decodeCiphertext(
                1, ContentType.application_data, ProtocolVersion.DTLSv12, new byte[64], 0, 64));
    }

    @Test
    void arehearsalGivesBothSidesTheSameKeys() throws Exception {
        try (Dtls dtls = new Dtls(DtlsIdentity.create())) {
            SrtpKeys[] keys = DtlsRehearsal.run(dtls);
            assertEquals(16, keys[0].sendKey().length);
            assertEquals(ByteBuffer.wrap(keys[0].sendKey()), ByteBuffer.wrap(keys[1].receiveKey()));
            assertEquals(ByteBuffer.wrap(keys[0].receiveSalt()), ByteBuffer.wrap(keys[1].sendSalt()));
        }
    }

    /** A fragment from {@code offset} on of a message of certificates, beginning with these lengths as far as they fit. */
    private static ByteBuffer certificates(int offset, int messageBytes, int fragmentBytes, int... lengths) {
        ByteBuffer record = handshake(0, messageBytes, fragmentBytes);
        record.put(13, (byte) 11).putShort(13 + 7, (short) offset);
        for (int i = 0; i < lengths.length; i++) {
            record.put(25 + 3 * i, (byte) (lengths[i] >> 16)).putShort(26 + 3 * i, (short) lengths[i]);
        }
        return record;
    }

    /** One record with one fragment of a message that announces {@code messageBytes}. */
    private static ByteBuffer handshake(int epoch, int messageBytes, int fragmentBytes) {
        ByteBuffer record = ByteBuffer.allocate(13 + 12 + fragmentBytes);
        record.put((byte) 22).putShort((short) 0xFEFD).putShort((short) epoch).putShort((short) 0).putInt(1);
        record.putShort((short) (12 + fragmentBytes));
        record.put((byte) 1).put((byte) (messageBytes >> 16)).putShort((short) messageBytes).putShort((short) 0);
        record.put((byte) 0).putShort((short) 0);
        record.put((byte) (fragmentBytes >> 16)).putShort((short) fragmentBytes);
        return record.rewind();
    }
}
