package revcam.http.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;

/**
 * The certificate that the server shows, and its key, out of two PEM files (RFC 7468).
 *
 * @param chain the server's own first
 */
record Certificate(PrivateKey key, X509Certificate[] chain) {

    private static final int MAX_FILE_BYTES = 256 * 1024;
    private static final String KEY_LABEL = "PRIVATE KEY";

    /** @throws IOException whose message names the file and says what to do */
    static Certificate read(Path chainFile, Path keyFile) throws IOException {
        String keyText = text(keyFile);
        X509Certificate[] chain;
        try {
            chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(text(chainFile).getBytes(StandardCharsets.ISO_8859_1)))
                    .toArray(X509Certificate[]::new);
        } catch (GeneralSecurityException | ArrayStoreException e) {
            chain = new X509Certificate[0];
        }
        if (chain.length == 0) {
            throw new IOException(chainFile + " holds no certificate: it should begin with -----BEGIN CERTIFICATE-----");
        }
        PublicKey publicKey = chain[0].getPublicKey();
        PrivateKey key;
        try {
            key = KeyFactory.getInstance(publicKey.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(der(keyText)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(keyFile + " holds no unencrypted PKCS #8 key for the certificate in " + chainFile
                    + "; to have one: openssl pkcs8 -topk8 -nocrypt -in KEY -out " + keyFile);
        }
        if (!belongTogether(key, publicKey)) {
            throw new IOException("the key in " + keyFile + " is not that of the certificate in " + chainFile);
        }
        return new Certificate(key, chain);
    }

    /** SHA-256 of the server's own certificate, as browsers show it. */
    String fingerprint() {
        try {
            return HexFormat.ofDelimiter(":").withUpperCase()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(chain[0].getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether others than its owner may read a file. */
    static boolean isOpenToOthers(Path file) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            return permissions.contains(PosixFilePermission.OTHERS_READ) || permissions.contains(PosixFilePermission.OTHERS_WRITE);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + label + "-----\n";
    }

    /** What of a key and a certificate goes into their files. */
    static String pem(PrivateKey key) {
        return pem(KEY_LABEL, key.getEncoded());
    }

    private static String text(Path file) throws IOException {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IOException(file + " is longer than " + MAX_FILE_BYTES + " bytes");
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file, e);
        }
    }

    private static byte[] der(String pem) {
        String begin = "-----BEGIN " + KEY_LABEL + "-----";
        int from = pem.indexOf(begin);
        int to = pem.indexOf("-----END " + KEY_LABEL + "-----");
        if (from < 0 || to < from) {
            throw new IllegalArgumentException();
        }
        return Base64.getMimeDecoder().decode(pem.substring(from + begin.length(), to));
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey) throws IOException {
        String algorithm = switch (key.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> key.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update((byte) 1);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update((byte) 1);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** A record would show the key. */
    @Override
    public String toString() {
        return "Certificate " + fingerprint();
    }
}
