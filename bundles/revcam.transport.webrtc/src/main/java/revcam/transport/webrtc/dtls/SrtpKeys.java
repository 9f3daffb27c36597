package revcam.transport.webrtc.dtls;

import java.util.Arrays;

/**
 * Master keys and salts of both directions for SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764, section 4.2). Holds secrets:
 * {@link #toString()} shows none.
 */
public final class SrtpKeys {

    static final int KEY_BYTES = 16;
    static final int SALT_BYTES = 14;
    /** What {@code EXTRACTOR-dtls_srtp} has to export. */
    static final int MATERIAL_BYTES = 2 * (KEY_BYTES + SALT_BYTES);

    private final byte[] sendKey;
    private final byte[] sendSalt;
    private final byte[] receiveKey;
    private final byte[] receiveSalt;

    /** @param material client key, server key, client salt, server salt */
    SrtpKeys(byte[] material, boolean client) {
        byte[] clientKey = Arrays.copyOfRange(material, 0, KEY_BYTES);
        byte[] serverKey = Arrays.copyOfRange(material, KEY_BYTES, 2 * KEY_BYTES);
        byte[] clientSalt = Arrays.copyOfRange(material, 2 * KEY_BYTES, 2 * KEY_BYTES + SALT_BYTES);
        byte[] serverSalt = Arrays.copyOfRange(material, 2 * KEY_BYTES + SALT_BYTES, MATERIAL_BYTES);
        sendKey = client ? clientKey : serverKey;
        sendSalt = client ? clientSalt : serverSalt;
        receiveKey = client ? serverKey : clientKey;
        receiveSalt = client ? serverSalt : clientSalt;
    }

    public byte[] sendKey() {
        return sendKey;
    }

    public byte[] sendSalt() {
        return sendSalt;
    }

    public byte[] receiveKey() {
        return receiveKey;
    }

    public byte[] receiveSalt() {
        return receiveSalt;
    }
}
