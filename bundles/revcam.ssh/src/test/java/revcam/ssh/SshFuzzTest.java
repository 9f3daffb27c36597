package revcam.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.junit.jupiter.params.provider.MethodSource;

/** A damaged list of keys lets nobody in who is not on it; whoever is in may press any keys. */
class SshFuzzTest {

    private static final KeyPair LISTED = pair();
    private static final KeyPair STRANGER = pair();
    private static final Path FILE = temporary();

    static Stream<byte[]> lists() {
        return Stream.of("# who may\n" + PublicKeyEntry.toString(LISTED.getPublic()) + " somebody\n",
                "command=\"x\" " + PublicKeyEntry.toString(LISTED.getPublic()) + "\n",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS a\nssh-rsa AAAA\n")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("lists")
    @FuzzTest(maxDuration = "5m")
    void authorizedKeys(byte[] data) throws IOException {
        Files.write(FILE, data);
        AuthorizedKeys keys = new AuthorizedKeys(FILE);
        assertFalse(keys.isListed(STRANGER.getPublic()));
        boolean in = keys.isListed(LISTED.getPublic());
        String encoded = PublicKeyEntry.toString(LISTED.getPublic()).split(" ")[1];
        assertTrue(!in || new String(data, StandardCharsets.ISO_8859_1).contains(encoded.substring(0, encoded.length() - 2)));
    }

    static Stream<byte[]> keys() {
        return Stream.of("status\r\nsta\ts\r", "a\u00e9\u007f\u007f\u001b[A\u001b[1;5Cb\u0015c\u0003d\r\n\u0004", "\u001b[")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("keys")
    @FuzzTest(maxDuration = "5m")
    void lineReader(byte[] data) throws IOException {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        LineReader reader = new LineReader(new ByteArrayInputStream(data), shown, true, line -> List.of("stages", "status", "stats"));
        int lines = 0;
        while (reader.read("> ") != null) {
            lines++;
        }
        assertTrue(lines <= data.length);
        if (new String(data, StandardCharsets.ISO_8859_1).matches("[a-z]*\r")) {
            assertEquals(1, lines);
        }
    }

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path temporary() {
        try {
            Path file = Files.createTempFile(Path.of("target"), "authorized", "keys",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
