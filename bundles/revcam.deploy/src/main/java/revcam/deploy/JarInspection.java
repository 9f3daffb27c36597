package revcam.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.osgi.framework.Version;

/** Looks into a jar before the framework does: each entry is unpacked once, to nowhere, within bounds. */
final class JarInspection {

    /** Symbolic name (without directives) and version of a bundle. */
    record Identity(String name, String version) {}

    private static final Pattern SYMBOLIC_NAME = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");
    private static final int LONGEST_NAME = 200;
    private static final long LARGEST_MANIFEST = 1 << 18;

    private JarInspection() {}

    /**
     * @param name for messages
     * @throws TornException it is cut off, or a part of it is not what it was
     * @throws DeploymentException it is whole and no bundle, or not one to be unpacked here
     */
    static Identity inspect(Path jar, String name, Limits limits) throws TornException, DeploymentException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            if (zip.size() > limits.entries()) {
                throw new DeploymentException(name + " holds " + zip.size() + " entries; at most " + limits.entries()
                        + " are unpacked here");
            }
            Set<String> seen = new HashSet<>();
            long left = limits.expanded();
            for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
                ZipEntry entry = entries.nextElement();
                checkEntry(entry.getName(), name);
                if (!seen.add(entry.getName())) {
                    throw new DeploymentException(name + " holds " + Words.shown(entry.getName()) + " twice");
                }
                left -= unpack(zip, entry, left, name, limits);
            }
            return identity(zip, name);
        } catch (ZipException | IllegalArgumentException e) {
            throw new TornException(name + " is no whole jar: " + Words.of(e));
        } catch (IOException e) {
            throw new TornException(name + " cannot be read: " + Words.of(e));
        }
    }

    private static void checkEntry(String entry, String jar) throws DeploymentException {
        boolean outside = entry.isEmpty() || entry.startsWith("/") || entry.indexOf('\\') >= 0 || entry.indexOf('\0') >= 0;
        for (String part : entry.split("/", -1)) {
            outside |= part.equals("..");
        }
        if (outside) {
            throw new DeploymentException(jar + " holds an entry that would lie outside of it: '" + Words.shown(entry) + "'");
        }
    }

    private static long unpack(ZipFile zip, ZipEntry entry, long atMost, String name, Limits limits)
            throws IOException, TornException, DeploymentException {
        CRC32 crc = new CRC32();
        long size = 0;
        byte[] buffer = new byte[8192];
        try (InputStream in = zip.getInputStream(entry)) {
            for (int read; (read = in.read(buffer)) > 0; ) {
                size += read;
                crc.update(buffer, 0, read);
                if (size > atMost) {
                    throw new DeploymentException(name + " unpacks to more than " + limits.expanded() / 1_000_000
                            + " MB; see expanded.max in configs/revcam.deploy.cfg");
                }
            }
        }
        if (!entry.isDirectory() && entry.getCrc() != -1 && entry.getCrc() != crc.getValue()) {
            throw new TornException(name + ": " + Words.shown(entry.getName()) + " is damaged");
        }
        return size;
    }

    private static Identity identity(ZipFile zip, String name) throws IOException, DeploymentException {
        ZipEntry entry = zip.getEntry(JarFile.MANIFEST_NAME);
        if (entry == null || entry.getSize() > LARGEST_MANIFEST) {
            throw new DeploymentException(name + " is no bundle: it has no " + JarFile.MANIFEST_NAME);
        }
        Attributes attributes;
        try (InputStream in = zip.getInputStream(entry)) {
            attributes = new Manifest(in).getMainAttributes();
        }
        String symbolicName = attributes.getValue("Bundle-SymbolicName");
        symbolicName = symbolicName == null ? "" : symbolicName.split(";", 2)[0].strip();
        if (!SYMBOLIC_NAME.matcher(symbolicName).matches() || symbolicName.length() > LONGEST_NAME) {
            throw new DeploymentException(name + " is no bundle: its manifest has no Bundle-SymbolicName");
        }
        String version = attributes.getValue("Bundle-Version");
        try {
            return new Identity(symbolicName, version == null ? "0.0.0" : Version.parseVersion(version.strip()).toString());
        } catch (IllegalArgumentException e) {
            throw new DeploymentException(name + ": its Bundle-Version is no version: " + Words.shown(version));
        }
    }
}
