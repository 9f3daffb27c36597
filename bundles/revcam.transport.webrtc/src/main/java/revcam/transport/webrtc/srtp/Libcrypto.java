package revcam.transport.webrtc.srtp;

/**
 * Functions of OpenSSL's libcrypto, 1.1 and 3, mapped by JNA on 64-bit systems. Pointers and {@code size_t} are
 * {@code long}: a call with nothing but numbers makes no object and is the fastest that JNA has. All that return int
 * give 1 for success.
 */
final class Libcrypto {

    /** Leave no handler behind that takes things apart at exit, while another thread may still be inside. */
    static final long OPENSSL_INIT_NO_ATEXIT = 0x0008_0000L;

    private Libcrypto() {}

    static native int OPENSSL_init_crypto(long options, long settings);

    static native long EVP_aes_128_ctr();

    static native long EVP_CIPHER_CTX_new();

    static native void EVP_CIPHER_CTX_free(long context);

    /** Cipher, engine and key may be 0 to keep what the context has. */
    static native int EVP_EncryptInit_ex(long context, long cipher, long engine, long key, long iv);

    /** @param outBytes address of an int */
    static native int EVP_EncryptUpdate(long context, long out, long outBytes, long in, int inBytes);

    static native long EVP_sha1();

    static native long HMAC_CTX_new();

    static native void HMAC_CTX_free(long context);

    /** Key, digest and engine may be 0 to begin anew with what the context has. */
    static native int HMAC_Init_ex(long context, long key, int keyBytes, long digest, long engine);

    static native int HMAC_Update(long context, long data, long bytes);

    /** @param outBytes address of an int, or 0 */
    static native int HMAC_Final(long context, long out, long outBytes);
}
