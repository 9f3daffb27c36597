package revcam.http.server;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.X509ExtendedKeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.2 and 1.3 (RFC 8446) with the certificate in two files, which are looked at again when somebody connects: a renewed
 * certificate serves from then on, and one that cannot be used leaves the last good one in its place. Thread-safe.
 */
final class Tls extends HttpsConfigurator {

    private static final Logger log = LoggerFactory.getLogger("revcam.http");

    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int MAX_SESSIONS = 64;

    private final Keys keys;
    private final SSLParameters parameters;

    private Tls(SSLContext context, Keys keys) {
        super(context);
        this.keys = keys;
        parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(PROTOCOLS);
        // Forward secrecy and authenticated encryption, whatever an old client asks for (RFC 9325, section 4.2).
        parameters.setCipherSuites(Arrays.stream(parameters.getCipherSuites()).filter(Tls::isModern).toArray(String[]::new));
        parameters.setNeedClientAuth(false);
    }

    /** @throws IOException whose message says what to do */
    static Tls of(Path chainFile, Path keyFile) throws IOException {
        Keys keys = new Keys(chainFile, keyFile);
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, null, null);
            context.getServerSessionContext().setSessionCacheSize(MAX_SESSIONS);
            return new Tls(context, keys);
        } catch (GeneralSecurityException e) {
            throw new IOException("this Java has no TLS: " + e.getMessage(), e);
        }
    }

    /** For people to compare with what their browser shows. */
    String fingerprint() {
        return keys.current.certificate.fingerprint();
    }

    @Override
    public void configure(HttpsParameters each) {
        keys.look();
        each.setSSLParameters(parameters);
    }

    private static boolean isModern(String suite) {
        return suite.startsWith("TLS_AES_") || suite.startsWith("TLS_CHACHA20_")
                || suite.startsWith("TLS_ECDHE_") && (suite.contains("_GCM_") || suite.contains("_CHACHA20_"));
    }

    /** What tells that a file is another than before. */
    private record Stamp(Object key, long modified, long bytes) {

        static List<Stamp> of(Path... files) throws IOException {
            Stamp[] stamps = new Stamp[files.length];
            for (int i = 0; i < files.length; i++) {
                BasicFileAttributes found = Files.readAttributes(files[i], BasicFileAttributes.class);
                stamps[i] = new Stamp(found.fileKey(), found.lastModifiedTime().toMillis(), found.size());
            }
            return List.of(stamps);
        }
    }

    /** @param alias a number, so that a handshake that began with one certificate ends with its key */
    private record Entry(String alias, Certificate certificate) {}

    private static final class Keys extends X509ExtendedKeyManager {

        private final Path chainFile;
        private final Path keyFile;
        private volatile Entry current;
        private volatile Entry previous;

        // All below: under this.
        private List<Stamp> stamps;
        private long lookedNanos;
        private int number;

        Keys(Path chainFile, Path keyFile) throws IOException {
            this.chainFile = chainFile;
            this.keyFile = keyFile;
            Certificate first = Certificate.read(chainFile, keyFile);
            // Taken before the reading they would be safer still, but a missing file is told better by the reader.
            stamps = Stamp.of(chainFile, keyFile);
            lookedNanos = System.nanoTime();
            current = new Entry("0", first);
        }

        synchronized void look() {
            long now = System.nanoTime();
            if (now - lookedNanos < LOOK_NANOS) {
                return;
            }
            lookedNanos = now;
            List<Stamp> present = List.of();
            try {
                present = Stamp.of(chainFile, keyFile);
                if (present.equals(stamps)) {
                    return;
                }
                Certificate next = Certificate.read(chainFile, keyFile);
                previous = current;
                current = new Entry(Integer.toString(++number), next);
                log.info("the certificate in {} has changed; its SHA-256 is {}", chainFile, next.fingerprint());
            } catch (IOException e) {
                // Once for each state of the files: they are looked at again and again.
                if (!present.equals(stamps)) {
                    log.error("{}; the last good certificate stays", e.getMessage());
                }
            }
            stamps = present;
        }

        private Entry entry(String alias) {
            Entry now = current;
            Entry before = previous;
            return now.alias.equals(alias) ? now : before != null && before.alias.equals(alias) ? before : null;
        }

        private String choose(String keyType) {
            Entry now = current;
            return now.certificate.key().getAlgorithm().equals(keyType) ? now.alias : null;
        }

        @Override
        public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
            return choose(keyType);
        }

        @Override
        public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return choose(keyType);
        }

        @Override
        public String[] getServerAliases(String keyType, Principal[] issuers) {
            String alias = choose(keyType);
            return alias == null ? null : new String[] {alias};
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            Entry entry = entry(alias);
            return entry == null ? null : entry.certificate.chain();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            Entry entry = entry(alias);
            return entry == null ? null : entry.certificate.key();
        }

        @Override
        public String[] getClientAliases(String keyType, Principal[] issuers) {
            return null;
        }

        @Override
        public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
            return null;
        }
    }
}
