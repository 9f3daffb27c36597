package revcam.transport.webrtc.dtls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTCTime;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate that viewers know us by, ECDSA on P-256 and self-signed, and its private key. Loading one that was
 * stored costs a file and a hash; the curve's arithmetic waits for the first handshake.
 */
public final class DtlsIdentity {

    private static final Logger LOG = LoggerFactory.getLogger(DtlsIdentity.class);

    private static final String FILE = "identity.pem";
    private static final int MAX_FILE_BYTES = 16 * 1024;
    private static final String HEADER =
            "The DTLS identity; a new one is made when this file is gone. SHA-256 of what follows: ";
    private static final String KEY = "PRIVATE KEY";
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final HexFormat HEX = HexFormat.of();

    private final byte[] privateKeyInfo;
    private final byte[] certificate;
    private final Fingerprint fingerprint;

    private DtlsIdentity(byte[] privateKeyInfo, byte[] certificate) {
        this.privateKeyInfo = privateKeyInfo;
        this.certificate = certificate;
        fingerprint = Fingerprint.sha256(certificate);
    }

    /**
     * The one stored in {@code directory}, or a new one stored there. What cannot be read is replaced, and what cannot
     * be stored is used all the same until the process ends, each with a warning.
     */
    public static DtlsIdentity loadOrCreate(Path directory) {
        Path file = directory.resolve(FILE);
        try {
            return load(file);
        } catch (NoSuchFileException e) {
            LOG.debug("no {} yet", file);
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("{} cannot be used ({}): a new DTLS identity replaces it", file, e.getMessage());
        }
        DtlsIdentity identity = create();
        try {
            identity.store(directory, file);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("The DTLS identity cannot be stored, and is for this run only: {}", e.toString());
        }
        return identity;
    }

    /** A new one that is stored nowhere. */
    public static DtlsIdentity create() {
        try {
            SecureRandom random = new SecureRandom();
            ECNamedDomainParameters curve = new ECNamedDomainParameters(
                    SECObjectIdentifiers.secp256r1, CustomNamedCurves.getByOID(SECObjectIdentifiers.secp256r1));
            ECKeyPairGenerator generator = new ECKeyPairGenerator();
            generator.init(new ECKeyGenerationParameters(curve, random));
            AsymmetricCipherKeyPair keys = generator.generateKeyPair();
            return new DtlsIdentity(
                    PrivateKeyInfoFactory.createPrivateKeyInfo(keys.getPrivate()).getEncoded(ASN1Encoding.DER),
                    selfSigned(keys, random));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For the answer's {@code a=fingerprint} line. */
    public Fingerprint fingerprint() {
        return fingerprint;
    }

    byte[] certificate() {
        return certificate;
    }

    AsymmetricKeyParameter privateKey() throws IOException {
        return PrivateKeyFactory.createKey(privateKeyInfo);
    }

    private static byte[] selfSigned(AsymmetricCipherKeyPair keys, SecureRandom random) throws IOException {
        AlgorithmIdentifier algorithm = new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
        X500Name name = new X500NameBuilder().addRDN(BCStyle.CN, "RevCam").build();
        V3TBSCertificateGenerator generator = new V3TBSCertificateGenerator();
        generator.setSerialNumber(new ASN1Integer(new BigInteger(63, random).add(BigInteger.ONE)));
        generator.setSignature(algorithm);
        generator.setIssuer(name);
        generator.setSubject(name);
        // Long valid whatever the clock says: a Raspberry Pi starts without knowing the time.
        generator.setStartDate(new Time(new DERUTCTime("200101000000Z")));
        generator.setEndDate(new Time(new DERUTCTime("491231235959Z")));
        generator.setSubjectPublicKeyInfo(SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(keys.getPublic()));
        TBSCertificate body = generator.generateTBSCertificate();

        DSADigestSigner signer = new DSADigestSigner(new ECDSASigner(), new SHA256Digest());
        signer.init(true, new ParametersWithRandom(keys.getPrivate(), random));
        byte[] toSign = body.getEncoded(ASN1Encoding.DER);
        signer.update(toSign, 0, toSign.length);
        ASN1EncodableVector signed = new ASN1EncodableVector();
        signed.add(body);
        signed.add(algorithm);
        signed.add(new DERBitString(signer.generateSignature()));
        return new DERSequence(signed).getEncoded(ASN1Encoding.DER);
    }

    private static DtlsIdentity load(Path file) throws IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new IOException("larger than " + MAX_FILE_BYTES + " bytes");
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\n');
        String body = text.substring(end + 1);
        // Finds a torn or flipped file without the cost of checking that key and certificate belong together.
        if (end < 0 || !text.substring(0, end).equals(HEADER + checksum(body))) {
            throw new IOException("its checksum is wrong");
        }
        return new DtlsIdentity(block(body, KEY), block(body, CERTIFICATE));
    }

    private void store(Path directory, Path file) throws IOException {
        String body = block(KEY, privateKeyInfo) + block(CERTIFICATE, certificate);
        byte[] bytes = (HEADER + checksum(body) + '\n' + body).getBytes(StandardCharsets.ISO_8859_1);
        Files.createDirectories(directory, permissions("rwx------"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        Path fresh = directory.resolve(FILE + ".new");
        Files.deleteIfExists(fresh);
        try (FileChannel channel = FileChannel.open(fresh,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), permissions("rw-------"))) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            // Else the rename itself may not outlive a loss of power.
            channel.force(true);
        }
    }

    private static FileAttribute<?> permissions(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    private static String block(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + label + "-----\n";
    }

    private static byte[] block(String body, String label) throws IOException {
        String begin = "-----BEGIN " + label + "-----\n";
        int from = body.indexOf(begin);
        int to = body.indexOf("\n-----END " + label + "-----", from);
        if (from < 0 || to < 0) {
            throw new IOException("it holds no " + label);
        }
        return Base64.getMimeDecoder().decode(body.substring(from + begin.length(), to));
    }

    private static String checksum(String body) {
        try {
            return HEX.formatHex(
                    MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
