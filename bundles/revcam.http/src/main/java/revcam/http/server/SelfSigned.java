package revcam.http.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import revcam.api.config.DurableFile;

/**
 * Makes a certificate for whoever has none: ECDSA on P-256, signed by itself, good for the names and addresses that this
 * machine has now. By the Java runtime's own {@code keytool}, so that no library is carried along for something that
 * happens once.
 */
final class SelfSigned {

    private static final String ALIAS = "revcam";
    private static final String PASSWORD_VARIABLE = "REVCAM_KEYTOOL_PASSWORD";
    /** On a slow board with cold storage, a JVM and a key. */
    private static final long PATIENCE_SECONDS = 60;
    // Long valid whatever the clock says: a Raspberry Pi starts without knowing the time.
    private static final String VALID_FROM = "2020/01/01 00:00:00";
    private static final int VALID_DAYS = 365 * 30;

    private SelfSigned() {}

    /**
     * Writes a new key and then its certificate, which is therefore complete when it is there. Takes seconds.
     *
     * @throws IOException whose message says what to do
     */
    static void make(HostNames names, List<InetAddress> addresses, Path chainFile, Path keyFile) throws IOException {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        if (!Files.isExecutable(keytool)) {
            throw new IOException("there is no " + keytool + " to make a certificate with; name one of your own by certificate"
                    + " and key in " + WebServer.PID + ".cfg");
        }
        Path work = Files.createTempDirectory("revcam-tls");
        try {
            Path store = work.resolve("store.p12");
            char[] password = HexFormat.of().formatHex(new SecureRandom().generateSeed(16)).toCharArray();
            List<String> command = List.of(keytool.toString(), "-J-Xmx32m", "-J-XX:TieredStopAtLevel=1", "-genkeypair",
                    "-alias", ALIAS, "-keyalg", "EC", "-groupname", "secp256r1", "-sigalg", "SHA256withECDSA",
                    "-dname", "CN=RevCam", "-startdate", VALID_FROM, "-validity", Integer.toString(VALID_DAYS),
                    "-ext", "SAN=" + alternatives(names, addresses),
                    "-ext", "BC:critical=ca:false", "-ext", "KU:critical=digitalSignature", "-ext", "EKU=serverAuth",
                    "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass:env", PASSWORD_VARIABLE);
            run(command, new String(password), work.resolve("log"));
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                keys.load(in, password);
            }
            X509Certificate certificate = (X509Certificate) keys.getCertificate(ALIAS);
            DurableFile.delete(chainFile);
            write(keyFile, Certificate.pem((PrivateKey) keys.getKey(ALIAS, password)));
            write(chainFile, Certificate.pem("CERTIFICATE", certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException("keytool made nothing that can be used (" + e.getMessage() + ")", e);
        } finally {
            try (Stream<Path> files = Files.walk(work)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(java.io.File::delete);
            }
        }
    }

    private static String alternatives(HostNames names, List<InetAddress> addresses) {
        List<String> all = new ArrayList<>();
        names.forCertificate().forEach(name -> all.add("dns:" + name));
        all.add("ip:127.0.0.1");
        all.add("ip:::1");
        for (InetAddress address : addresses) {
            String text = address.getHostAddress();
            all.add("ip:" + (address instanceof Inet6Address ? text.replaceFirst("%.*", "") : text));
        }
        return String.join(",", all);
    }

    private static void run(List<String> command, String password, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put(PASSWORD_VARIABLE, password);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("keytool does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped", e);
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new IOException("keytool made no certificate: " + Files.readString(log).strip());
        }
    }

    private static void write(Path file, String text) throws IOException {
        DurableFile.write(file, text.getBytes(StandardCharsets.US_ASCII));
    }
}
