package revcam.transport.webrtc.ice;

/** Numbers of STUN (RFC 8489) and of its use by ICE (RFC 8445, section 16.1). */
final class Stun {

    static final int HEADER_BYTES = 20;
    static final int MAGIC_COOKIE = 0x2112A442;

    static final int BINDING_REQUEST = 0x0001;
    static final int BINDING_SUCCESS = 0x0101;
    static final int BINDING_ERROR = 0x0111;

    static final int MAPPED_ADDRESS = 0x0001;
    static final int USERNAME = 0x0006;
    static final int MESSAGE_INTEGRITY = 0x0008;
    static final int ERROR_CODE = 0x0009;
    static final int UNKNOWN_ATTRIBUTES = 0x000A;
    static final int REALM = 0x0014;
    static final int NONCE = 0x0015;
    static final int MESSAGE_INTEGRITY_SHA256 = 0x001C;
    static final int PASSWORD_ALGORITHM = 0x001D;
    static final int USERHASH = 0x001E;
    static final int XOR_MAPPED_ADDRESS = 0x0020;
    static final int PRIORITY = 0x0024;
    static final int USE_CANDIDATE = 0x0025;
    static final int FINGERPRINT = 0x8028;
    static final int ICE_CONTROLLED = 0x8029;
    static final int ICE_CONTROLLING = 0x802A;

    /** Attributes from here on may be ignored by who does not know them (RFC 8489, section 14). */
    static final int COMPREHENSION_OPTIONAL = 0x8000;

    static final int HMAC_SHA1_BYTES = 20;
    /** RFC 8489, section 14.7. */
    static final int FINGERPRINT_XOR = 0x5354554E;

    private Stun() {}
}
