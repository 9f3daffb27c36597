package revcam.transport.webrtc.srtp;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * The system's libcrypto, which has code for every processor's own instructions. A packet takes five calls; changing over to
 * native code costs about as much as enciphering 100 bytes.
 *
 * <p>HMAC (RFC 2104) is put together here from SHA-1 states that have the padded key behind them: libcrypto's own allocates and
 * frees two contexts for each packet, which takes longer than the hash. The outer hash is of one block, all of which but the
 * inner hash is always the same.
 */
final class LibcryptoCiphers implements Ciphers {

    /** Newest first; what is used of both is the same. */
    private static final List<String> NAMES = List.of("libcrypto.so.3", "libcrypto.so.1.1");

    /** Kept, because JNA closes a library that nobody refers to. */
    private final NativeLibrary library;

    private LibcryptoCiphers(NativeLibrary library) {
        this.library = library;
    }

    /**
     * Finds, binds and tries the library. To be called once.
     *
     * @throws IllegalStateException there is none that can be used
     * @throws LinkageError JNA is missing or cannot load its native part, or the library lacks a function
     */
    static Ciphers load() {
        if (!Platform.isLinux() || Native.POINTER_SIZE != Long.BYTES) {
            throw new IllegalStateException("libcrypto is bound on 64-bit Linux, not on " + Platform.RESOURCE_PREFIX);
        }
        NativeLibrary library = find();
        Native.register(Libcrypto.class, library);
        expect(Libcrypto.OPENSSL_init_crypto(Libcrypto.OPENSSL_INIT_NO_ATEXIT, 0));
        LibcryptoCiphers ciphers = new LibcryptoCiphers(library);
        ciphers.test();
        return ciphers;
    }

    private static NativeLibrary find() {
        for (String name : NAMES) {
            try {
                return NativeLibrary.getInstance(name);
            } catch (UnsatisfiedLinkError e) {
                // The next, then.
            }
        }
        throw new IllegalStateException("there is none of " + NAMES);
    }

    /** Known answers: RFC 3711, appendix B.2, and RFC 2202, test case 1. */
    private void test() {
        HexFormat hex = HexFormat.of();
        ByteBuffer packet = allocate(48);
        byte[] authenticationKey = new byte[HmacSha1.KEY_BYTES];
        Arrays.fill(authenticationKey, (byte) 0x0b);
        byte[] found = new byte[48];
        try (PacketCipher cipher =
                open(hex.parseHex("2B7E151628AED2A6ABF7158809CF4F3C"), authenticationKey, packet)) {
            cipher.crypt(0, 48, 0xF0F1F2F3F4F5F6F7L, 0xF8F9FAFBFCFD0000L);
            packet.get(0, found);
            String keyStream = hex.formatHex(found);
            packet.putLong(0, 0x4869_2054_6865_7265L); // "Hi There"
            cipher.sign(8, 8);
            packet.get(8, found, 0, HmacSha1.TAG_BYTES);
            String tag = hex.formatHex(found, 0, HmacSha1.TAG_BYTES);
            if (!keyStream.equals("e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab"
                    + "41e95b3bb0a2e8dd477901e4fca894c0") || !tag.equals("b617318655057264e28b")) {
                throw new IllegalStateException(this + " computes wrongly");
            }
        }
    }

    @Override
    public ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes);
    }

    @Override
    public PacketCipher open(byte[] cipherKey, byte[] authenticationKey, ByteBuffer packet) {
        return new Keyed(cipherKey, authenticationKey, packet);
    }

    @Override
    public String toString() {
        return library.getFile() == null ? library.getName() : library.getFile().toString();
    }

    private static void expect(int result) {
        if (result != 1) {
            throw new IllegalStateException(
                    "libcrypto refuses AES-128-CTR or HMAC-SHA1; a FIPS configuration may be why");
        }
    }

    private static long address(ByteBuffer buffer) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
    }

    private static final class Keyed implements PacketCipher {

        /** Offsets in the scratch memory. */
        private static final int IV = 0;
        private static final int OUT_BYTES = 16;
        private static final int STATE = 24;
        private static final int BLOCK = STATE + Libcrypto.SHA_CTX_BYTES;
        private static final int BLOCK_BYTES = 64;
        /** The inner hash comes first in the outer block; then what ends a message (FIPS 180-4, section 5.1.1). */
        private static final int HASH_BYTES = 20;
        private static final byte END = (byte) 0x80;
        /** Of a state between two blocks: all that counts, with something to spare. */
        private static final int STATE_LONGS = 4;
        private static final int SCRATCH_BYTES = BLOCK + BLOCK_BYTES;

        private final ByteBuffer packet;
        private final long packetAddress;
        private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
        private final long scratchAddress = address(scratch);
        private final ByteBuffer words = scratch.duplicate().order(ByteOrder.nativeOrder());
        /** SHA-1 behind the key with the inner padding, and with the outer. */
        private final long[] inner = new long[STATE_LONGS];
        private final long[] outer = new long[STATE_LONGS];
        /** 0 once closed. */
        private long cipher;

        Keyed(byte[] cipherKey, byte[] authenticationKey, ByteBuffer packet) {
            this.packet = packet;
            packetAddress = address(packet);
            cipher = Libcrypto.EVP_CIPHER_CTX_new();
            try {
                if (cipher == 0) {
                    throw new IllegalStateException("libcrypto has no memory left");
                }
                scratch.put(0, cipherKey);
                expect(Libcrypto.EVP_EncryptInit_ex(cipher, Libcrypto.EVP_aes_128_ctr(), 0, scratchAddress, 0));
                absorb(authenticationKey, 0x36, inner);
                absorb(authenticationKey, 0x5c, outer);
            } catch (RuntimeException e) {
                close();
                throw e;
            } finally {
                forgetScratch();
            }
            scratch.put(BLOCK + HASH_BYTES, END);
            scratch.putLong(BLOCK + BLOCK_BYTES - Long.BYTES, Byte.SIZE * (BLOCK_BYTES + HASH_BYTES));
        }

        /** @param key no longer than a block */
        private void absorb(byte[] key, int padding, long[] state) {
            for (int i = 0; i < BLOCK_BYTES; i++) {
                scratch.put(BLOCK + i, (byte) (padding ^ (i < key.length ? key[i] : 0)));
            }
            expect(Libcrypto.SHA1_Init(scratchAddress + STATE));
            expect(Libcrypto.SHA1_Update(scratchAddress + STATE, scratchAddress + BLOCK, BLOCK_BYTES));
            for (int i = 0; i < state.length; i++) {
                state[i] = scratch.getLong(STATE + Long.BYTES * i);
            }
        }

        private void forgetScratch() {
            for (int at = 0; at < SCRATCH_BYTES; at += Long.BYTES) {
                scratch.putLong(at, 0);
            }
        }

        private void resume(long[] state) {
            for (int i = 0; i < STATE_LONGS; i++) {
                scratch.putLong(STATE + Long.BYTES * i, state[i]);
            }
            scratch.putInt(STATE + Libcrypto.SHA_CTX_BYTES - Integer.BYTES, 0);
        }

        /** Of the hash, from the first on. */
        private int word(int index) {
            return words.getInt(STATE + Integer.BYTES * index);
        }

        @Override
        public void crypt(int offset, int bytes, long ivHigh, long ivLow) {
            check(offset, bytes);
            scratch.putLong(IV, ivHigh).putLong(IV + 8, ivLow);
            expect(Libcrypto.EVP_EncryptInit_ex(cipher, 0, 0, 0, scratchAddress + IV));
            long address = packetAddress + offset;
            expect(Libcrypto.EVP_EncryptUpdate(cipher, address, scratchAddress + OUT_BYTES, address, bytes));
        }

        @Override
        public void sign(int bytes, int tagOffset) {
            hash(bytes);
            packet.putInt(tagOffset, word(0)).putInt(tagOffset + 4, word(1)).putShort(tagOffset + 8, (short) (word(2) >>> 16));
        }

        @Override
        public boolean verify(int bytes, int tagOffset) {
            hash(bytes);
            return (packet.getInt(tagOffset) ^ word(0) | packet.getInt(tagOffset + 4) ^ word(1)
                    | packet.getShort(tagOffset + 8) ^ (short) (word(2) >>> 16)) == 0;
        }

        private void hash(int bytes) {
            check(0, bytes);
            resume(inner);
            expect(Libcrypto.SHA1_Update(scratchAddress + STATE, packetAddress, bytes));
            expect(Libcrypto.SHA1_Final(scratchAddress + BLOCK, scratchAddress + STATE));
            resume(outer);
            Libcrypto.SHA1_Transform(scratchAddress + STATE, scratchAddress + BLOCK);
        }

        /** Native code does not look where it writes. */
        private void check(int offset, int bytes) {
            if (cipher == 0) {
                throw new IllegalStateException("closed");
            }
            Objects.checkFromIndexSize(offset, bytes, packet.capacity());
        }

        /** Frees what the collector does not see. */
        @Override
        public void close() {
            long freedCipher = cipher;
            cipher = 0;
            forgetScratch();
            Arrays.fill(inner, 0);
            Arrays.fill(outer, 0);
            Libcrypto.EVP_CIPHER_CTX_free(freedCipher); // takes 0
        }
    }
}
