package revcam.deployment;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Bundles to deploy. */
final class Parts {

    private Parts() {}

    /** Says to standard error that it runs. */
    public static final class Good implements BundleActivator {

        @Override
        public void start(BundleContext context) {
            System.err.println(context.getBundle() + " runs");
        }

        @Override
        public void stop(BundleContext context) {}
    }

    /** Starts, and takes the process with it two seconds later. */
    public static final class Deadly implements BundleActivator {

        @Override
        public void start(BundleContext context) {
            Thread thread = new Thread(() -> {
                try {
                    Thread.sleep(2_000);
                } catch (InterruptedException e) {
                    // at once, then
                }
                Runtime.getRuntime().halt(9);
            });
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void stop(BundleContext context) {}
    }

    /** A bundle with one class, its activator. */
    static Path bundle(Path jar, String name, String version, Class<?> activator, String imports) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", name);
        attributes.putValue("Bundle-Version", version);
        attributes.putValue("Bundle-Activator", activator.getName());
        attributes.putValue("Import-Package", "org.osgi.framework" + imports);
        String path = activator.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                InputStream in = activator.getClassLoader().getResourceAsStream(path)) {
            out.putNextEntry(new ZipEntry(path));
            in.transferTo(out);
        }
        return jar;
    }

    /** The same bundle as another version. */
    static Path withVersion(Path jar, String version, Path copy) throws IOException {
        return twin(jar, null, version, copy);
    }

    /** @param name of the encoder that the twin of x264 offers, and the end of the bundle's; null for the same */
    static Path twin(Path jar, String name, String version, Path copy) throws IOException {
        try (JarFile from = new JarFile(jar.toFile())) {
            Manifest manifest = new Manifest(from.getManifest());
            manifest.getMainAttributes().putValue("Bundle-Version", version);
            if (name != null) {
                manifest.getMainAttributes().putValue("Bundle-SymbolicName", "revcam.encoder." + name);
            }
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(copy), manifest)) {
                for (var entries = from.entries(); entries.hasMoreElements(); ) {
                    ZipEntry entry = entries.nextElement();
                    if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new ZipEntry(entry.getName()));
                        try (InputStream in = from.getInputStream(entry)) {
                            byte[] content = in.readAllBytes();
                            out.write(name == null || !entry.getName().startsWith("OSGI-INF/") ? content
                                    : new String(content, StandardCharsets.UTF_8)
                                            .replace("value=\"x264\"", "value=\"" + name + "\"").getBytes(StandardCharsets.UTF_8));
                        }
                    }
                }
            }
        }
        return copy;
    }
}
