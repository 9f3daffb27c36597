package revcam.transport.webrtc.dtls;

import java.io.IOException;
import java.util.List;
import java.util.Vector;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.ExporterLabel;
import org.bouncycastle.tls.HashAlgorithm;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.SRTPProtectionProfile;
import org.bouncycastle.tls.SignatureAlgorithm;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.UseSRTPData;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCipher;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;

/** What both roles of a handshake share: our certificate, the check of theirs, and keys for SRTP (RFC 5764). */
final class DtlsSrtp {

    static final int RESEND_MILLIS = 400;

    /** ECDHE with our ECDSA certificate; AEAD first, and one for peers that know none. */
    private static final int[] CIPHER_SUITES = {
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
    };

    /**
     * Of the curves of RFC 8422 those that browsers begin with. Bouncy Castle would take others as well; a hello that begins with
     * brainpoolP512r1 makes it allocate 9 MB.
     */
    private static final List<Integer> GROUPS = List.of(NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1);

    private static final int PROFILE = SRTPProtectionProfile.SRTP_AES128_CM_HMAC_SHA1_80;

    private final BcTlsCrypto crypto;
    private final DtlsIdentity identity;
    private final List<Fingerprint> peer;
    private final int timeoutMillis;
    private SrtpKeys keys;

    /** @param peer fingerprints of the certificates that the peer may show */
    DtlsSrtp(BcTlsCrypto crypto, DtlsIdentity identity, List<Fingerprint> peer, int timeoutMillis) {
        this.crypto = crypto;
        this.identity = identity;
        this.peer = peer;
        this.timeoutMillis = timeoutMillis;
    }

    /** One for all handshakes. */
    static BcTlsCrypto crypto() {
        return new BcTlsCrypto() {
            /** By this the client chooses what it offers, and the server by {@link DtlsServer#selectECDH}. */
            @Override
            public boolean hasNamedGroup(int group) {
                return GROUPS.contains(group);
            }

            @Override
            public TlsCipher createCipher(TlsCryptoParameters parameters, int encryptionAlgorithm, int macAlgorithm)
                    throws IOException {
                return new HandshakeBounds.BoundedCipher(
                        super.createCipher(parameters, encryptionAlgorithm, macAlgorithm));
            }
        };
    }

    BcTlsCrypto bouncyCastle() {
        return crypto;
    }

    int timeoutMillis() {
        return timeoutMillis;
    }

    int[] cipherSuites() {
        return CIPHER_SUITES.clone();
    }

    TlsCredentialedSigner signer(TlsContext context) throws IOException {
        Certificate chain =
                new Certificate(new TlsCertificate[] {crypto.createCertificate(identity.certificate())});
        return new BcDefaultTlsCredentialedSigner(
                new TlsCryptoParameters(context),
                crypto,
                identity.privateKey(),
                chain,
                new SignatureAndHashAlgorithm(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));
    }

    /** How a peer may prove that it holds its certificate's key: ECDSA, or RSA with SHA-2. */
    static Vector<SignatureAndHashAlgorithm> signatureAlgorithms() {
        Vector<SignatureAndHashAlgorithm> algorithms = new Vector<>();
        algorithms.add(new SignatureAndHashAlgorithm(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));
        algorithms.add(new SignatureAndHashAlgorithm(HashAlgorithm.sha384, SignatureAlgorithm.ecdsa));
        algorithms.add(new SignatureAndHashAlgorithm(HashAlgorithm.sha512, SignatureAlgorithm.ecdsa));
        algorithms.add(SignatureAndHashAlgorithm.rsa_pss_rsae_sha256);
        algorithms.add(new SignatureAndHashAlgorithm(HashAlgorithm.sha256, SignatureAlgorithm.rsa));
        return algorithms;
    }

    /**
     * The certificate that the peer shows must be one that its description announced: of the fingerprints with the
     * strongest hash one has to match (RFC 8122, section 5).
     */
    void verify(Certificate chain) throws IOException {
        if (chain == null || chain.isEmpty()) {
            throw new TlsFatalAlert(AlertDescription.bad_certificate, "the peer shows no certificate");
        }
        byte[] certificate = chain.getCertificateAt(0).getEncoded();
        int strongest = peer.stream().mapToInt(fingerprint -> fingerprint.hash().length).max().orElse(0);
        for (Fingerprint fingerprint : peer) {
            if (fingerprint.hash().length == strongest && fingerprint.matches(certificate)) {
                return;
            }
        }
        throw new TlsFatalAlert(
                AlertDescription.bad_certificate, "the peer's certificate is not the one of its description's fingerprint");
    }

    /** What is offered, and what is chosen: the profile that is fastest without AES instructions, and no MKI. */
    static UseSRTPData profile() {
        return new UseSRTPData(new int[] {PROFILE}, TlsUtils.EMPTY_BYTES);
    }

    static void requireProfile(UseSRTPData use) throws IOException {
        if (use != null) {
            for (int profile : use.getProtectionProfiles()) {
                if (profile == PROFILE) {
                    return;
                }
            }
        }
        throw new TlsFatalAlert(
                AlertDescription.handshake_failure, "the peer does not know SRTP_AES128_CM_HMAC_SHA1_80");
    }

    void export(TlsContext context, boolean client) {
        keys = new SrtpKeys(
                context.exportKeyingMaterial(ExporterLabel.dtls_srtp, null, SrtpKeys.MATERIAL_BYTES), client);
    }

    SrtpKeys keys() {
        return keys;
    }
}
