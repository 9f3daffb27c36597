package revcam.transport.webrtc.srtp;

/**
 * Functions of OpenSSL's libcrypto, 1.1 and 3, mapped by JNA on 64-bit systems. Pointers and {@code size_t} are
 * {@code long}: a call with nothing but numbers makes no object and is the fastest that JNA has. All that return int
 * give 1 for success.
 */
final class Libcrypto {

    /** Leave no handler behind that takes things apart at exit, while another thread may still be inside. */
    static final long OPENSSL_INIT_NO_ATEXIT = 0x0008_0000L;

    /** Of SHA_CTX, a plain structure in {@code openssl/sha.h}: five words, two of length, a block of sixteen, the bytes in it. */
    static final int SHA_CTX_BYTES = 24 * Integer.BYTES;

    private Libcrypto() {}

    static native int OPENSSL_init_crypto(long options, long settings);

    static native long EVP_aes_128_ctr();

    static native long EVP_CIPHER_CTX_new();

    static native void EVP_CIPHER_CTX_free(long context);

    /** Cipher, engine and key may be 0 to keep what the context has. */
    static native int EVP_EncryptInit_ex(long context, long cipher, long engine, long key, long iv);

    /** @param outBytes address of an int */
    static native int EVP_EncryptUpdate(long context, long out, long outBytes, long in, int inBytes);

    /** @param state {@link #SHA_CTX_BYTES} of memory */
    static native int SHA1_Init(long state);

    static native int SHA1_Update(long state, long data, long bytes);

    /** @param hash 20 bytes; the state is of no further use */
    static native int SHA1_Final(long hash, long state);

    /** Takes one block of 64 bytes into the five words of a state. */
    static native void SHA1_Transform(long state, long block);
}
