package revcam.transport.webrtc.srtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The two sources of ciphers, and the choice between them. */
class CiphersTest {

    private static final String PACKAGE = "revcam.transport.webrtc.srtp.";

    private final Random random = new Random(3711);

    /** Where there is no libcrypto, Java twice. */
    private static Stream<Ciphers> both() {
        return Stream.of(JavaCiphers.INSTANCE, Ciphers.best());
    }

    @Test
    void libcryptoIsTakenWhereItIs() {
        assumeTrue(Native.POINTER_SIZE == 8 && Files.exists(Path.of("/proc/self")));

        assertInstanceOf(LibcryptoCiphers.class, Ciphers.best());
        assertTrue(Ciphers.best().toString().contains("libcrypto.so"), Ciphers.best().toString());
    }

    @Test
    void bothAgreeOnEveryLengthAndOffset() {
        byte[] key = bytes(16);
        byte[] authenticationKey = bytes(20);
        for (int bytes = 0; bytes <= 1500; bytes++) {
            byte[] clear = bytes(bytes + 10);
            long ivHigh = random.nextLong();
            long ivLow = random.nextLong() << 16;
            int offset = bytes == 0 ? 0 : random.nextInt(Math.min(40, bytes));
            byte[][] results = both().map(ciphers -> {
                ByteBuffer packet = ciphers.allocate(clear.length).put(clear).clear();
                byte[] result = new byte[clear.length];
                try (PacketCipher cipher = ciphers.open(key, authenticationKey, packet)) {
                    cipher.crypt(offset, clear.length - 10 - offset, ivHigh, ivLow);
                    cipher.sign(clear.length - 10, clear.length - 10);
                    assertTrue(cipher.verify(clear.length - 10, clear.length - 10));
                    packet.get(0, result);
                    packet.put(result.length - 1, (byte) (result[result.length - 1] ^ 1));
                    assertFalse(cipher.verify(clear.length - 10, clear.length - 10));
                }
                return result;
            }).toArray(byte[][]::new);
            assertArrayEquals(results[0], results[1], bytes + " bytes from " + offset);
        }
    }

    @Test
    void nativeCodeIsNotGivenWhatIsOutsideThePacketNorUsedOnceClosed() {
        Ciphers ciphers = Ciphers.best();
        assumeTrue(ciphers instanceof LibcryptoCiphers);
        ByteBuffer packet = ciphers.allocate(100);
        PacketCipher cipher = ciphers.open(bytes(16), bytes(20), packet);

        assertThrows(IndexOutOfBoundsException.class, () -> cipher.crypt(0, 101, 0, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> cipher.crypt(99, 2, 0, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> cipher.crypt(-1, 2, 0, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> cipher.crypt(2, -1, 0, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> cipher.crypt(Integer.MAX_VALUE, Integer.MAX_VALUE, 0, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> cipher.sign(101, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> cipher.verify(10, 91));

        cipher.close();
        cipher.close();
        assertThrows(IllegalStateException.class, () -> cipher.crypt(0, 10, 0, 0));
        assertThrows(IllegalStateException.class, () -> cipher.sign(10, 10));
    }

    @Test
    void closedSessionsLeaveNothingBehind() throws IOException {
        assumeTrue(Ciphers.best() instanceof LibcryptoCiphers && Files.exists(Path.of("/proc/self/statm")));
        session(2000);
        long before = privateBytes();
        // One that is not closed leaves more than 1 KB of libcrypto's: 20 000 of them, 20 MB.
        session(20_000);
        long grown = privateBytes() - before;
        assertTrue(grown < 10_000_000, grown + " bytes more after 20000 sessions");
    }

    private void session(int count) {
        byte[] key = bytes(16);
        byte[] authenticationKey = bytes(20);
        ByteBuffer packet = Ciphers.best().allocate(200);
        for (int i = 0; i < count; i++) {
            try (PacketCipher cipher = Ciphers.best().open(key, authenticationKey, packet)) {
                cipher.crypt(12, 100, i, 0);
                cipher.sign(116, 112);
            }
        }
    }

    /** Resident, without what is mapped from files. */
    private static long privateBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst().orElseThrow();
    }

    @Test
    void withoutJnaItIsJava() throws Exception {
        ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {

            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (name.startsWith("com.sun.jna.")) {
                    throw new ClassNotFoundException(name);
                }
                if (!name.startsWith(PACKAGE)) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }

            private Class<?> define(String name) throws ClassNotFoundException {
                try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                    byte[] bytes = in.readAllBytes();
                    return defineClass(name, bytes, 0, bytes.length);
                } catch (IOException e) {
                    throw new ClassNotFoundException(name, e);
                }
            }
        };
        Method best = loader.loadClass(PACKAGE + "Ciphers").getDeclaredMethod("best");
        best.setAccessible(true);

        assertEquals("Java", best.invoke(null).toString());
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
