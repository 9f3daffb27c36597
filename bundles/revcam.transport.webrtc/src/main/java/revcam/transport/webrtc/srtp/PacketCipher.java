package revcam.transport.webrtc.srtp;

/** Enciphers and signs, with one pair of keys, what lies in one packet's memory. Not thread-safe. */
interface PacketCipher extends AutoCloseable {

    /**
     * Enciphers or deciphers in place, in counter mode (RFC 3711, section 4.1.1).
     *
     * @param ivHigh first half of the initial counter block
     * @param ivLow second half; its last 16 bits, the block counter, are zero
     */
    void crypt(int offset, int bytes, long ivHigh, long ivLow);

    /** Writes the tag of the packet's first {@code bytes} to {@code tagOffset}, which may lie within them. */
    void sign(int bytes, int tagOffset);

    /** Whether the tag at {@code tagOffset} is that of the first {@code bytes}; in a time that tells nothing of it. */
    boolean verify(int bytes, int tagOffset);

    /** Forgets the keys; nothing else may be called any more. Idempotent. */
    @Override
    void close();
}
