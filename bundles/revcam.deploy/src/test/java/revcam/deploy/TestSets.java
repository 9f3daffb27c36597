package revcam.deploy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Bundles and sets, made as a maker makes them, and signed as {@code ssh-keygen} does. */
final class TestSets {

    private static final KeyPair MAKER = key();

    private TestSets() {}

    private static KeyPair key() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A bundle with an activator of this class loader, or none. */
    static byte[] bundle(String name, String version, Class<?> activator, String... headers) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", name);
        attributes.putValue("Bundle-Version", version);
        attributes.putValue("Import-Package", "org.osgi.framework");
        if (activator != null) {
            attributes.putValue("Bundle-Activator", activator.getName());
        }
        for (int i = 0; i < headers.length; i += 2) {
            attributes.putValue(headers[i], headers[i + 1]);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            if (activator != null) {
                String path = activator.getName().replace('.', '/') + ".class";
                jar.putNextEntry(new ZipEntry(path));
                try (InputStream in = activator.getClassLoader().getResourceAsStream(path)) {
                    in.transferTo(jar);
                }
            }
            jar.putNextEntry(new ZipEntry("filling"));
            jar.write(new byte[2_000]);
        }
        return bytes.toByteArray();
    }

    static byte[] zip(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
            }
        }
        return bytes.toByteArray();
    }

    static byte[] manifest(Instant made, Map<String, byte[]> jars) {
        StringBuilder text = new StringBuilder("revcam-deploy 1\nmade ").append(made).append('\n');
        new TreeMap<>(jars).forEach((name, content) -> text.append("sha256 ").append(sha256(content)).append(' ')
                .append(content.length).append(' ').append(name).append('\n'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The jars with manifest and signature. */
    static Map<String, byte[]> signed(Instant made, Map<String, byte[]> jars) throws GeneralSecurityException {
        Map<String, byte[]> files = new TreeMap<>(jars);
        byte[] manifest = manifest(made, jars);
        files.put(SetManifest.NAME, manifest);
        files.put(SetManifest.SIGNATURE, signature(manifest, SshSignature.NAMESPACE));
        return files;
    }

    static void write(Map<String, byte[]> files, Path directory) throws IOException {
        Files.createDirectories(directory);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(directory.resolve(file.getKey()), file.getValue());
        }
    }

    static String sha256(byte[] content) {
        return HexFormat.of().formatHex(Store.sha256().digest(content));
    }

    /** A line for {@code trusted-keys}. */
    static String makersKey() {
        return "ssh-ed25519 " + Base64.getEncoder().encodeToString(makersBlob()) + " maker@example\n";
    }

    private static byte[] makersBlob() {
        byte[] encoded = MAKER.getPublic().getEncoded();
        return joined(string("ssh-ed25519"), string(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
    }

    /** PROTOCOL.sshsig, from the signer's side. */
    static byte[] signature(byte[] message, String namespace) throws GeneralSecurityException {
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(MAKER.getPrivate());
        signer.update("SSHSIG".getBytes(StandardCharsets.US_ASCII));
        signer.update(joined(string(namespace), string(""), string("sha512"),
                string(MessageDigest.getInstance("SHA-512").digest(message))));
        byte[] blob = joined("SSHSIG".getBytes(StandardCharsets.US_ASCII), new byte[] {0, 0, 0, 1}, string(makersBlob()),
                string(namespace), string(""), string("sha512"), string(joined(string("ssh-ed25519"), string(signer.sign()))));
        return ("-----BEGIN SSH SIGNATURE-----\n" + Base64.getMimeEncoder(70, new byte[] {'\n'}).encodeToString(blob)
                + "\n-----END SSH SIGNATURE-----\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] string(String text) {
        return string(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] string(byte[] bytes) {
        return ByteBuffer.allocate(4 + bytes.length).putInt(bytes.length).put(bytes).array();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
