package revcam.transport.webrtc.dtls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the Java platform's own X.509 and PKCS #8 as judge. */
class DtlsIdentityTest {

    @TempDir
    private Path directory;

    @Test
    void theCertificateIsSelfSignedForEverWithTheStoredKey() throws Exception {
        Path state = directory.resolve("state/dtls");
        DtlsIdentity identity = DtlsIdentity.loadOrCreate(state);
        String stored = Files.readString(file(state));
        X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(identity.certificate()));
        certificate.verify(certificate.getPublicKey());
        certificate.checkValidity(Date.from(Instant.parse("2020-01-02T00:00:00Z")));
        certificate.checkValidity(Date.from(Instant.parse("2049-12-30T00:00:00Z")));
        assertEquals("SHA256withECDSA", certificate.getSigAlgName());
        assertEquals("sha-256 " + HexFormat.ofDelimiter(":").withUpperCase()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded())),
                identity.fingerprint().toString());

        PrivateKey key = KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(block(stored, "PRIVATE KEY")));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(new byte[] {1, 2, 3});
        byte[] signed = signature.sign();
        signature.initVerify(certificate);
        signature.update(new byte[] {1, 2, 3});
        assertTrue(signature.verify(signed), "key and certificate belong together");
        assertArrayEquals(certificate.getEncoded(), block(stored, "CERTIFICATE"));
    }

    @Test
    void itIsKeptForItsOwnerOnly() throws Exception {
        Path state = directory.resolve("state/dtls");
        DtlsIdentity first = DtlsIdentity.loadOrCreate(state);
        assertEquals(first.fingerprint().toString(), DtlsIdentity.loadOrCreate(state).fingerprint().toString());
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(state)));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file(state))));
    }

    @Test
    void aDamagedOneIsReplaced() throws Exception {
        String fingerprint = DtlsIdentity.loadOrCreate(directory).fingerprint().toString();
        byte[] good = Files.readAllBytes(file(directory));
        Random random = new Random(8);
        for (int round = 0; round < 24; round++) {
            byte[] bad = switch (round % 4) {
                case 0 -> Arrays.copyOf(good, random.nextInt(good.length));
                case 1 -> new byte[good.length];
                case 2 -> Arrays.copyOf(good, good.length + 1);
                default -> {
                    byte[] flipped = good.clone();
                    flipped[random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
                    yield flipped;
                }
            };
            Files.write(file(directory), bad);
            DtlsIdentity replaced = DtlsIdentity.loadOrCreate(directory);
            assertNotEquals(fingerprint, replaced.fingerprint().toString());
            assertEquals(replaced.fingerprint().toString(),
                    DtlsIdentity.loadOrCreate(directory).fingerprint().toString());
        }
        Files.write(file(directory), new byte[1 << 20]);
        assertNotEquals(fingerprint, DtlsIdentity.loadOrCreate(directory).fingerprint().toString());
    }

    @Test
    void anUnusableDirectoryCostsOnlyTheMemory() throws Exception {
        Path occupied = Files.createFile(directory.resolve("occupied"));
        DtlsIdentity identity = DtlsIdentity.loadOrCreate(occupied.resolve("dtls"));
        assertEquals(32, identity.fingerprint().hash().length);
    }

    private static Path file(Path state) {
        return state.resolve("identity.pem");
    }

    private static byte[] block(String pem, String label) {
        String begin = "-----BEGIN " + label + "-----";
        int from = pem.indexOf(begin) + begin.length();
        return Base64.getMimeDecoder().decode(pem.substring(from, pem.indexOf("-----END " + label)));
    }
}
