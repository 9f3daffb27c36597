package revcam.deploy;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Reads a set, a directory or a zip file with its bundles and {@link SetManifest}, or one bare bundle, into the
 * {@link Store}. Everything is judged by the copy in the store: whoever changes the original meanwhile changes nothing.
 */
final class SetReader {

    private static final long LARGEST_SIGNATURE = 1 << 14;
    private static final String UNSIGNED = " is not signed. On the machine that it comes from, ./revcam deploy --make-key"
            + " makes a key and says how this camera comes to trust it; or set unsigned = accept in"
            + " configs/local/revcam.deploy.cfg";

    /** Something to read whose length is checked while it is read. */
    private interface Source {
        InputStream open() throws IOException;
    }

    private final Store store;
    private final TrustedKeys trusted;
    private final Limits limits;
    private final boolean unsigned;

    /** @param unsigned whether sets that nobody has signed are accepted */
    SetReader(Store store, TrustedKeys trusted, Limits limits, boolean unsigned) {
        this.store = store;
        this.trusted = trusted;
        this.limits = limits;
        this.unsigned = unsigned;
    }

    /**
     * @param path what has arrived
     * @throws TornException it is not whole, or not yet
     * @throws DeploymentException it is refused
     */
    CandidateSet read(Path path) throws TornException, DeploymentException {
        String name = path.getFileName().toString();
        try {
            if (Files.isSymbolicLink(path)) {
                throw new DeploymentException(name + " is a symbolic link; copy the file itself");
            }
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                return read(name, directory(path));
            }
            if (name.endsWith(".zip")) {
                try (ZipFile zip = new ZipFile(path.toFile())) {
                    return read(name, zip(zip, name));
                } catch (ZipException e) {
                    throw new TornException(name + " is no whole zip file: " + Words.of(e));
                }
            }
            SetManifest.checkName(name);
            return read(name, Map.of(name, () -> Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)));
        } catch (IOException e) {
            throw new TornException(name + " cannot be read: " + Words.of(e));
        }
    }

    private Map<String, Source> directory(Path directory) throws IOException, DeploymentException {
        Map<String, Source> files = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                    throw new DeploymentException("'" + Words.shown(name) + "' is no file; a set is flat");
                }
                add(files, name, () -> Files.newInputStream(entry, LinkOption.NOFOLLOW_LINKS));
            }
        }
        return files;
    }

    private Map<String, Source> zip(ZipFile zip, String name) throws DeploymentException {
        Map<String, Source> files = new TreeMap<>();
        for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
            ZipEntry entry = entries.nextElement();
            if (files.containsKey(entry.getName())) {
                throw new DeploymentException(name + " holds " + Words.shown(entry.getName()) + " twice");
            }
            add(files, entry.getName(), () -> zip.getInputStream(entry));
        }
        return files;
    }

    private void add(Map<String, Source> files, String name, Source source) throws DeploymentException {
        if (!name.equals(SetManifest.NAME) && !name.equals(SetManifest.SIGNATURE)) {
            SetManifest.checkName(name);
        }
        files.put(name, source);
        if (files.size() > limits.bundles() + 2) {
            throw new DeploymentException("more than " + limits.bundles() + " bundles; make several sets");
        }
    }

    private CandidateSet read(String arrival, Map<String, Source> files)
            throws IOException, TornException, DeploymentException {
        Map<String, Source> jars = new TreeMap<>(files);
        Source listed = jars.remove(SetManifest.NAME);
        Source signed = jars.remove(SetManifest.SIGNATURE);
        SetManifest manifest = null;
        TrustedKeys.Signer signer = null;
        if (listed != null) {
            byte[] content = bytes(listed, SetManifest.LARGEST, SetManifest.NAME);
            manifest = SetManifest.parse(content);
            if (signed != null) {
                signer = trusted.verify(content, bytes(signed, LARGEST_SIGNATURE, SetManifest.SIGNATURE));
            }
            checkList(manifest, jars);
        } else if (signed != null) {
            throw new TornException("there is a signature without " + SetManifest.NAME);
        }
        if (jars.isEmpty()) {
            throw new TornException(arrival + " holds no bundle");
        }
        if (signer == null && !unsigned) {
            throw new DeploymentException(arrival + UNSIGNED);
        }
        return copy(arrival, signer, manifest, jars);
    }

    private static void checkList(SetManifest manifest, Map<String, Source> jars) throws TornException, DeploymentException {
        for (String name : manifest.files().keySet()) {
            if (!jars.containsKey(name)) {
                throw new TornException(name + " is listed in " + SetManifest.NAME + ", and is not there");
            }
        }
        for (String name : jars.keySet()) {
            if (!manifest.files().containsKey(name)) {
                throw new DeploymentException(name + " is not listed in " + SetManifest.NAME);
            }
        }
    }

    private CandidateSet copy(String arrival, TrustedKeys.Signer signer, SetManifest manifest, Map<String, Source> jars)
            throws IOException, TornException, DeploymentException {
        List<Store.Draft> drafts = new ArrayList<>();
        List<BundleJar> found = new ArrayList<>();
        Map<String, String> names = new HashMap<>();
        long left = limits.size();
        try {
            for (Map.Entry<String, Source> each : jars.entrySet()) {
                String name = each.getKey();
                Store.Draft draft;
                try (InputStream in = zipFailures(each.getValue().open(), name)) {
                    draft = store.copy(in, name, left);
                }
                drafts.add(draft);
                left -= draft.size();
                SetManifest.File expected = manifest == null ? null : manifest.files().get(name);
                if (expected != null && draft.size() < expected.size()) {
                    throw new TornException(name + " has " + draft.size() + " of " + expected.size() + " bytes");
                }
                if (expected != null && !draft.sha256().equals(expected.sha256())) {
                    throw new TornException(name + " is not the file that " + SetManifest.NAME
                            + " lists: its SHA-256 is " + draft.sha256() + ", not " + expected.sha256());
                }
                JarInspection.Identity identity = JarInspection.inspect(draft.file(), name, limits);
                String twin = names.put(identity.name(), name);
                if (twin != null) {
                    throw new DeploymentException(twin + " and " + name + " are both " + identity.name());
                }
                found.add(new BundleJar(draft.sha256(), draft.size(), name, identity.name(), identity.version()));
            }
            for (Store.Draft draft : drafts) {
                store.keep(draft);
            }
            Instant made = manifest == null ? null : manifest.made();
            return new CandidateSet(arrival, signer, made, found);
        } finally {
            store.removeDrafts();
        }
    }

    /** A damaged zip file shows while it is read. */
    private static InputStream zipFailures(InputStream in, String name) {
        return new FilterInputStream(in) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                try {
                    return super.read(bytes, offset, length);
                } catch (ZipException e) {
                    throw new IOException(name + " is damaged: " + e.getMessage(), e);
                }
            }
        };
    }

    private static byte[] bytes(Source source, long atMost, String name) throws IOException, DeploymentException {
        try (InputStream in = source.open()) {
            byte[] bytes = in.readNBytes((int) atMost + 1);
            if (bytes.length > atMost) {
                throw new DeploymentException(name + " is larger than " + atMost + " bytes");
            }
            return bytes;
        }
    }
}
