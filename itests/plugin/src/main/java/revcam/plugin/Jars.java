package revcam.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** Bundles made by hand, and ways to put them somewhere. */
final class Jars {

    private Jars() {}

    /** A bundle with one more header and, so that it is worth exporting, something in a package. */
    static Path bundle(Path jar, String name, String header, String value) throws IOException {
        Manifest manifest = manifest(name, "1.0.0");
        manifest.getMainAttributes().putValue(header, value);
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.putNextEntry(new ZipEntry("com/example/part/part.txt"));
            out.write(new byte[4_000]);
        }
        return jar;
    }

    private static Manifest manifest(String name, String version) {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", name);
        attributes.putValue("Bundle-Version", version);
        return manifest;
    }

    /** The same bundle as another version. */
    static Path withVersion(Path jar, String version, Path copy) throws IOException {
        try (JarFile from = new JarFile(jar.toFile())) {
            Manifest manifest = new Manifest(from.getManifest());
            manifest.getMainAttributes().putValue("Bundle-Version", version);
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(copy), manifest)) {
                for (var entries = from.entries(); entries.hasMoreElements(); ) {
                    ZipEntry entry = entries.nextElement();
                    if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new ZipEntry(entry.getName()));
                        try (InputStream in = from.getInputStream(entry)) {
                            in.transferTo(out);
                        }
                    }
                }
            }
        }
        return copy;
    }

    /** The same bundle under another name, whose component offers its service as {@code name}. */
    static Path twin(Path jar, String property, String former, String name, Path copy) throws IOException {
        try (JarFile from = new JarFile(jar.toFile())) {
            Manifest manifest = new Manifest(from.getManifest());
            Attributes attributes = manifest.getMainAttributes();
            attributes.putValue("Bundle-SymbolicName", attributes.getValue("Bundle-SymbolicName") + "." + name);
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(copy), manifest)) {
                for (var entries = from.entries(); entries.hasMoreElements(); ) {
                    ZipEntry entry = entries.nextElement();
                    if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new ZipEntry(entry.getName()));
                        byte[] content = from.getInputStream(entry).readAllBytes();
                        out.write(entry.getName().matches("OSGI-INF/[^/]*\\.xml") ? renamed(content, property, former, name) : content);
                    }
                }
            }
        }
        return copy;
    }

    private static byte[] renamed(byte[] component, String property, String former, String name) throws IOException {
        String text = new String(component, StandardCharsets.UTF_8);
        String line = "<property name=\"" + property + "\" type=\"String\" value=\"";
        if (!text.contains(line + former + "\"")) {
            throw new IOException("no " + property + " = " + former + " in " + text);
        }
        return text.replace(line + former + "\"", line + name + "\"").getBytes(StandardCharsets.UTF_8);
    }

    /** As the guide says: under another name first, then renamed. */
    static void deploy(Path jar, Path directory, String name) throws IOException {
        Path part = directory.resolve(name + ".part");
        Files.copy(jar, part, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** The first bytes of a jar, and the rest when closed: as a slow copy does it. */
    static OutputStream half(Path jar, Path to) throws IOException {
        byte[] bytes = Files.readAllBytes(jar);
        OutputStream out = Files.newOutputStream(to);
        out.write(bytes, 0, bytes.length / 2);
        out.flush();
        return new OutputStream() {
            @Override
            public void write(int octet) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() throws IOException {
                out.write(bytes, bytes.length / 2, bytes.length - bytes.length / 2);
                out.close();
            }
        };
    }
}
