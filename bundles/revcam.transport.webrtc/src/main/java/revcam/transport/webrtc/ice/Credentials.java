package revcam.transport.webrtc.ice;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import revcam.api.connectivity.IceCredentials;

/**
 * What one generation of an ICE session is known by: our ufrag and password, and the peer's ufrag. After construction
 * the media loop's alone.
 */
final class Credentials {

    /** Long enough to be one {@code long}, and 48 random bits where RFC 8445, section 5.3 asks for 24. */
    static final int UFRAG_BYTES = 8;
    /** 144 random bits where RFC 8445, section 5.3 asks for 128. */
    private static final int PASSWORD_BYTES = 24;
    private static final char[] ICE_CHARS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".toCharArray();
    private static final SecureRandom RANDOM = new SecureRandom();

    private final IceCredentials local;
    private final long ufragKey;
    /** Null until the peer has answered our offer. */
    private byte[] remoteUfrag;
    private final Mac hmac;

    /** @param remote null where the peer has yet to answer our offer */
    Credentials(IceCredentials remote) {
        local = new IceCredentials(random(UFRAG_BYTES), random(PASSWORD_BYTES));
        ufragKey = ufragKey(local.ufrag().getBytes(StandardCharsets.US_ASCII), 0);
        if (remote != null) {
            answered(remote);
        }
        try {
            hmac = Mac.getInstance("HmacSHA1");
            // The short-term credential's key is the password as it stands (RFC 8489, section 9.1.1).
            hmac.init(new SecretKeySpec(local.password().getBytes(StandardCharsets.US_ASCII), "HmacSHA1"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA1", e);
        }
    }

    void answered(IceCredentials remote) {
        remoteUfrag = remote.ufrag().getBytes(StandardCharsets.US_ASCII);
    }

    IceCredentials local() {
        return local;
    }

    Mac hmac() {
        return hmac;
    }

    /** Our ufrag, packed. */
    long ufragKey() {
        return ufragKey;
    }

    /** The packed ufrag at the front of a USERNAME, or 0 when none of ours can be there. */
    static long ufragKey(byte[] message, StunMessage stun) {
        int at = stun.usernameAt();
        return stun.usernameBytes() > UFRAG_BYTES && message[at + UFRAG_BYTES] == ':' ? ufragKey(message, at) : 0;
    }

    /**
     * Whether the part of USERNAME behind our ufrag is the peer's ufrag (RFC 8445, section 7.2.2). A check that overtakes the
     * answer is answered all the same (section 7.3): our password, which it is signed with, only the answerer has.
     */
    boolean namesPeer(byte[] message, StunMessage stun) {
        if (remoteUfrag == null) {
            return true;
        }
        int at = stun.usernameAt() + UFRAG_BYTES + 1;
        int bytes = stun.usernameBytes() - UFRAG_BYTES - 1;
        return Arrays.equals(message, at, at + bytes, remoteUfrag, 0, remoteUfrag.length);
    }

    private static long ufragKey(byte[] bytes, int at) {
        long key = 0;
        for (int i = 0; i < UFRAG_BYTES; i++) {
            key = key << 8 | bytes[at + i] & 0xFF;
        }
        return key;
    }

    private static String random(int chars) {
        byte[] bytes = new byte[chars];
        RANDOM.nextBytes(bytes);
        StringBuilder text = new StringBuilder(chars);
        for (byte b : bytes) {
            text.append(ICE_CHARS[b & 63]);
        }
        return text.toString();
    }
}
