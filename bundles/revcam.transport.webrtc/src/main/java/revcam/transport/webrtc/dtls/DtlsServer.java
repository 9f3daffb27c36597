package revcam.transport.webrtc.dtls;

import java.io.IOException;
import java.util.Hashtable;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.ClientCertificateType;
import org.bouncycastle.tls.DefaultTlsServer;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsSRTPUtils;

/** The passive role of RFC 5763: the viewer begins. */
@SuppressWarnings({"rawtypes", "unchecked"}) // Bouncy Castle's API has no generics.
final class DtlsServer extends DefaultTlsServer {

    private final DtlsSrtp srtp;

    DtlsServer(DtlsSrtp srtp) {
        super(srtp.bouncyCastle());
        this.srtp = srtp;
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
        return ProtocolVersion.DTLSv12.only();
    }

    @Override
    protected int[] getSupportedCipherSuites() {
        return srtp.cipherSuites();
    }

    /** None where there is none in common: then no cipher suite is possible, and the handshake fails as it should. */
    @Override
    protected int getMaximumNegotiableCurveBits() {
        return selectECDH(1) < 0 ? 0 : super.getMaximumNegotiableCurveBits();
    }

    /** The viewer's favourite of those that both have. */
    @Override
    protected int selectECDH(int leastBits) {
        int[] offered = context.getSecurityParametersHandshake().getClientSupportedGroups();
        if (offered == null) {
            return super.selectECDH(leastBits);
        }
        for (int group : offered) {
            if (context.getCrypto().hasNamedGroup(group) && NamedGroup.getCurveBits(group) >= leastBits) {
                return group;
            }
        }
        return -1;
    }

    @Override
    protected TlsCredentialedSigner getECDSASignerCredentials() throws IOException {
        return srtp.signer(context);
    }

    @Override
    public CertificateRequest getCertificateRequest() {
        return new CertificateRequest(
                new short[] {ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign},
                DtlsSrtp.signatureAlgorithms(),
                null);
    }

    @Override
    public void notifyClientCertificate(Certificate chain) throws IOException {
        srtp.verify(chain);
    }

    @Override
    public void processClientExtensions(Hashtable clientExtensions) throws IOException {
        super.processClientExtensions(clientExtensions);
        DtlsSrtp.requireProfile(
                clientExtensions == null ? null : TlsSRTPUtils.getUseSRTPExtension(clientExtensions));
    }

    @Override
    public Hashtable getServerExtensions() throws IOException {
        Hashtable extensions = super.getServerExtensions();
        TlsSRTPUtils.addUseSRTPExtension(extensions, DtlsSrtp.profile());
        return extensions;
    }

    @Override
    public void notifyHandshakeComplete() throws IOException {
        super.notifyHandshakeComplete();
        srtp.export(context, false);
    }

    @Override
    public int getHandshakeTimeoutMillis() {
        return srtp.timeoutMillis();
    }

    @Override
    public int getHandshakeResendTimeMillis() {
        return DtlsSrtp.RESEND_MILLIS;
    }

    /** Against the triple handshake, and Bouncy Castle exports no keys without it (RFC 7627). */
    @Override
    public boolean requiresExtendedMasterSecret() {
        return true;
    }

    /** A self-signed certificate's own signature proves nothing: the fingerprint does. */
    @Override
    public boolean shouldCheckSigAlgOfPeerCerts() {
        return false;
    }
}
