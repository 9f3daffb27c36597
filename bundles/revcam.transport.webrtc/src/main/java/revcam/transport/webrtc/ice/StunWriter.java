package revcam.transport.webrtc.ice;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;

/** Writes one STUN message (RFC 8489) after another into the same array. Not thread-safe. */
final class StunWriter {

    private final CRC32 crc = new CRC32();
    private final byte[] bytes = new byte[512];
    private int size;

    /** Begins a message that answers {@code request}, with its transaction id. */
    StunWriter begin(int type, byte[] request) {
        size = 0;
        u16(type).u16(0);
        System.arraycopy(request, 4, bytes, 4, Stun.HEADER_BYTES - 4);
        size = Stun.HEADER_BYTES;
        return this;
    }

    /** RFC 8489, section 14.2. */
    StunWriter xorMappedAddress(InetSocketAddress address) {
        byte[] ip = address.getAddress().getAddress();
        u16(Stun.XOR_MAPPED_ADDRESS).u16(4 + ip.length).u16(ip.length == 4 ? 1 : 2);
        u16(address.getPort() ^ Stun.MAGIC_COOKIE >>> 16);
        for (int i = 0; i < ip.length; i++) {
            // The cookie and the transaction id follow each other in the header.
            bytes[size++] = (byte) (ip[i] ^ bytes[4 + i]);
        }
        return this;
    }

    /** RFC 8489, section 14.8. */
    StunWriter error(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        u16(Stun.ERROR_CODE).u16(4 + text.length).u16(0).u16(code / 100 << 8 | code % 100);
        System.arraycopy(text, 0, bytes, size, text.length);
        size += text.length;
        return pad();
    }

    /** RFC 8489, section 14.9. */
    StunWriter unknownAttribute(int attribute) {
        return u16(Stun.UNKNOWN_ATTRIBUTES).u16(2).u16(attribute).pad();
    }

    /** RFC 8489, section 14.5. */
    StunWriter integrity(Mac hmacSha1) {
        setLength(size + 4 + Stun.HMAC_SHA1_BYTES);
        hmacSha1.update(bytes, 0, size);
        u16(Stun.MESSAGE_INTEGRITY).u16(Stun.HMAC_SHA1_BYTES);
        try {
            hmacSha1.doFinal(bytes, size);
        } catch (ShortBufferException e) {
            throw new IllegalArgumentException("not HMAC-SHA1", e);
        }
        size += Stun.HMAC_SHA1_BYTES;
        return this;
    }

    /** RFC 8489, section 14.7; ends the message. */
    StunWriter fingerprint() {
        setLength(size + 8);
        crc.reset();
        crc.update(bytes, 0, size);
        int value = (int) crc.getValue() ^ Stun.FINGERPRINT_XOR;
        return u16(Stun.FINGERPRINT).u16(4).u16(value >>> 16).u16(value);
    }

    /** The array that every message is written to. */
    byte[] bytes() {
        return bytes;
    }

    int size() {
        return size;
    }

    private void setLength(int total) {
        int length = total - Stun.HEADER_BYTES;
        bytes[2] = (byte) (length >> 8);
        bytes[3] = (byte) length;
    }

    private StunWriter u16(int value) {
        bytes[size++] = (byte) (value >> 8);
        bytes[size++] = (byte) value;
        return this;
    }

    private StunWriter pad() {
        while ((size & 3) != 0) {
            bytes[size++] = 0;
        }
        return this;
    }
}
