package revcam.transport.webrtc.dtls;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.ContentType;
import org.bouncycastle.tls.HandshakeType;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsCipher;
import org.bouncycastle.tls.crypto.TlsDecodeResult;
import org.bouncycastle.tls.crypto.TlsEncodeResult;

/**
 * Keeps a peer from making Bouncy Castle reserve memory. Its DTLS allocates as much as the first fragment of a
 * handshake message announces, up to 16 MiB for each of 16 messages, and has no limit as its TLS
 * has in {@code getMaxHandshakeMessageSize}. So fragments of messages that no WebRTC peer sends are stopped before they
 * get there. Certificates have lengths within, for the list and for each in it, by which it allocates as well before it looks
 * whether so much is there.
 *
 * <p>And from ending a connection by one forged record: its DTLS fails for good at the version 0xFEFE, which is reserved, before
 * it looks at anything that a stranger cannot know.
 */
final class HandshakeBounds {

    /** Sixteen of them make 64 KiB. A certificate chain with RSA-4096 and a post-quantum key share fit. */
    static final int MAX_MESSAGE_BYTES = 4096;

    private static final int RECORD_HEADER_BYTES = 13;
    private static final int MESSAGE_HEADER_BYTES = 12;
    private static final int LENGTH_BYTES = 3;

    /** A hello may come in a record of DTLS 1.0; everything else is DTLS 1.2 (RFC 6347, section 4.1), and 1.3 looks like it. */
    private static final short DTLS_10 = (short) 0xFEFF;
    private static final short DTLS_12 = (short) 0xFEFD;

    private HandshakeBounds() {}

    /**
     * Whether {@code datagram} is a sequence of whole records (RFC 6347, section 4.1) of a version that there is, without an
     * oversized message.
     */
    static boolean accept(ByteBuffer datagram) {
        int at = datagram.position();
        int end = datagram.limit();
        while (at < end) {
            if (end - at < RECORD_HEADER_BYTES) {
                return false;
            }
            short version = datagram.getShort(at + 1);
            if (version != DTLS_12 && version != DTLS_10) {
                return false;
            }
            int epoch = datagram.getShort(at + 3);
            int recordAt = at + RECORD_HEADER_BYTES;
            int recordEnd = recordAt + (datagram.getShort(at + 11) & 0xFFFF);
            if (recordEnd > end) {
                return false;
            }
            // Later epochs are encrypted: BoundedCipher sees them.
            if (datagram.get(at) == ContentType.handshake && epoch == 0) {
                int messageAt = recordAt;
                while (recordEnd - messageAt >= MESSAGE_HEADER_BYTES) {
                    if (!acceptMessage(datagram, messageAt, recordEnd)) {
                        return false;
                    }
                    messageAt += MESSAGE_HEADER_BYTES + u24(datagram, messageAt + 9);
                }
            }
            at = recordEnd;
        }
        return true;
    }

    /** Of a handshake message, or a fragment of one (RFC 6347, section 4.2.2), whose header is there. */
    private static boolean acceptMessage(ByteBuffer buffer, int at, int end) {
        int bytes = u24(buffer, at + 1);
        return bytes <= MAX_MESSAGE_BYTES
                && (buffer.get(at) != HandshakeType.certificate
                        || acceptCertificates(buffer, at + MESSAGE_HEADER_BYTES, end, bytes, u24(buffer, at + 6), u24(buffer, at + 9)));
    }

    /**
     * Whether the lengths within are those of what is there (RFC 5246, section 7.4.2). What does not come whole has to be one
     * certificate, as that of a WebRTC peer is, and begin with the lengths of list and certificate.
     *
     * @param bytes of the message
     * @param offset of the fragment in the message
     * @param fragmentBytes of the fragment
     */
    private static boolean acceptCertificates(ByteBuffer buffer, int at, int end, int bytes, int offset, int fragmentBytes) {
        if (end - at < fragmentBytes) {
            return false;
        }
        if (offset > 0) {
            return offset >= 2 * LENGTH_BYTES;
        }
        if (fragmentBytes < bytes) {
            return fragmentBytes >= 2 * LENGTH_BYTES && u24(buffer, at) == bytes - LENGTH_BYTES
                    && u24(buffer, at + LENGTH_BYTES) == bytes - 2 * LENGTH_BYTES;
        }
        int last = at + bytes;
        int next = at + LENGTH_BYTES;
        if (next > last || u24(buffer, at) != last - next) {
            return false;
        }
        while (last - next >= LENGTH_BYTES) {
            next += LENGTH_BYTES + u24(buffer, next);
        }
        return next == last;
    }

    private static int u24(ByteBuffer buffer, int at) {
        return (buffer.get(at) & 0xFF) << 16 | buffer.getShort(at + 1) & 0xFFFF;
    }

    /**
     * The same check for what comes out of decryption. What cannot be decrypted, whatever is wrong with it, is as good as not
     * received (RFC 6347, section 4.1.2.7): Bouncy Castle forgives a wrong MAC, but takes a record that is too short for one to
     * be fatal, so that anybody who can forge the peer's address could end the connection by one datagram.
     */
    static final class BoundedCipher implements TlsCipher {

        private final TlsCipher cipher;

        BoundedCipher(TlsCipher cipher) {
            this.cipher = cipher;
        }

        @Override
        public TlsDecodeResult decodeCiphertext(
                long seqNo, short recordType, ProtocolVersion recordVersion, byte[] ciphertext, int offset, int len)
                throws IOException {
            TlsDecodeResult plain;
            try {
                plain = cipher.decodeCiphertext(seqNo, recordType, recordVersion, ciphertext, offset, len);
            } catch (IOException | RuntimeException e) {
                throw e instanceof TlsFatalAlert alert && alert.getAlertDescription() == AlertDescription.bad_record_mac ? alert
                        : new TlsFatalAlert(AlertDescription.bad_record_mac, e);
            }
            if (plain.contentType == ContentType.handshake) {
                ByteBuffer messages = ByteBuffer.wrap(plain.buf);
                int at = plain.off;
                int end = plain.off + plain.len;
                while (end - at >= MESSAGE_HEADER_BYTES) {
                    if (!acceptMessage(messages, at, end)) {
                        throw new TlsFatalAlert(AlertDescription.illegal_parameter);
                    }
                    at += MESSAGE_HEADER_BYTES + u24(messages, at + 9);
                }
            }
            return plain;
        }

        @Override
        public int getCiphertextDecodeLimit(int plaintextLimit) {
            return cipher.getCiphertextDecodeLimit(plaintextLimit);
        }

        @Override
        public int getCiphertextEncodeLimit(int plaintextLimit) {
            return cipher.getCiphertextEncodeLimit(plaintextLimit);
        }

        @Override
        public int getPlaintextDecodeLimit(int ciphertextLimit) {
            return cipher.getPlaintextDecodeLimit(ciphertextLimit);
        }

        @Override
        public int getPlaintextEncodeLimit(int ciphertextLimit) {
            return cipher.getPlaintextEncodeLimit(ciphertextLimit);
        }

        @Override
        public TlsEncodeResult encodePlaintext(long seqNo, short contentType, ProtocolVersion recordVersion,
                int headerAllocation, byte[] plaintext, int offset, int len) throws IOException {
            return cipher.encodePlaintext(
                    seqNo, contentType, recordVersion, headerAllocation, plaintext, offset, len);
        }

        @Override
        public void rekeyDecoder() throws IOException {
            cipher.rekeyDecoder();
        }

        @Override
        public void rekeyEncoder() throws IOException {
            cipher.rekeyEncoder();
        }

        @Override
        public boolean usesOpaqueRecordTypeDecode() {
            return cipher.usesOpaqueRecordTypeDecode();
        }

        @Override
        public boolean usesOpaqueRecordTypeEncode() {
            return cipher.usesOpaqueRecordTypeEncode();
        }
    }
}
