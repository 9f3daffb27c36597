package revcam.signalling.whip;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Whom we trust beside those that the JVM trusts. */
final class Trust {

    private static final int MAX_BYTES = 1 << 20;

    private Trust() {}

    /**
     * @param file certificates in PEM, of the server itself or of who signed its own; read now
     * @throws IllegalArgumentException when there is none in it
     */
    static SSLSocketFactory with(Path file) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int entries = 0;
            for (X509Certificate known : trusted(null).getAcceptedIssuers()) {
                store.setCertificateEntry("known " + entries++, known);
            }
            for (Certificate added : certificates(file)) {
                store.setCertificateEntry("added " + entries++, added);
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trusted(store)}, null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Collection<? extends Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        byte[] pem;
        try (InputStream in = Files.newInputStream(file)) {
            pem = in.readNBytes(MAX_BYTES);
        }
        Collection<? extends Certificate> read =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        if (read.isEmpty()) {
            throw new IllegalArgumentException("no certificate");
        }
        return read;
    }

    private static X509TrustManager trusted(KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager found) {
                return found;
            }
        }
        throw new IllegalStateException("every Java platform trusts by X.509");
    }
}
