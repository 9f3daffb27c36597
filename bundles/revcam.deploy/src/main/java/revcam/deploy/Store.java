package revcam.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/**
 * The jars of deployed sets, each under the SHA-256 of its content. A jar is synchronised before it gets its name, so what
 * has a name is whole unless the storage itself has lost it, which {@link #has} finds out. One thread.
 */
final class Store {

    /**
     * A copy that has no name yet.
     *
     * @param file in the store, to be {@link #keep kept} or deleted
     */
    record Draft(Path file, String sha256, long size) {}

    private static final String DRAFT = ".draft-";
    private static final String ENDING = ".jar";

    private final Path directory;

    /** Makes the directory, its owner's alone, and removes what an earlier run has not finished. */
    Store(Path directory) throws IOException {
        this.directory = directory;
        makePrivate(directory);
        removeDrafts();
    }

    /** Makes a directory its owner's alone. One that is already needs no storage that can be written. */
    static void makePrivate(Path directory) throws IOException {
        Files.createDirectories(directory);
        Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rwx------");
        if (!Files.getPosixFilePermissions(directory).equals(owner)) {
            Files.setPosixFilePermissions(directory, owner);
        }
    }

    void removeDrafts() throws IOException {
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(directory, DRAFT + "*")) {
            for (Path draft : drafts) {
                Files.delete(draft);
            }
        }
    }

    /**
     * Copies a stream in, to the storage.
     *
     * @param atMost bytes
     * @throws DeploymentException it is larger than that
     */
    Draft copy(InputStream in, String name, long atMost) throws IOException, DeploymentException {
        Path draft = Files.createTempFile(directory, DRAFT, "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        boolean whole = false;
        MessageDigest digest = sha256();
        long size = 0;
        try (FileChannel out = FileChannel.open(draft, StandardOpenOption.WRITE)) {
            byte[] buffer = new byte[16_384];
            for (int read; (read = in.read(buffer)) > 0; ) {
                size += read;
                if (size > atMost) {
                    throw new DeploymentException(name + " makes the set larger than size.max in configs/revcam.deploy.cfg");
                }
                digest.update(buffer, 0, read);
                for (ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read); bytes.hasRemaining(); ) {
                    out.write(bytes);
                }
            }
            out.force(true);
            whole = true;
        } finally {
            if (!whole) {
                Files.deleteIfExists(draft);
            }
        }
        return new Draft(draft, HexFormat.of().formatHex(digest.digest()), size);
    }

    /** Gives a draft its name. */
    void keep(Draft draft) throws IOException {
        Files.move(draft.file, path(draft.sha256), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel channel = FileChannel.open(directory)) {
            channel.force(true);
        }
    }

    Path path(String sha256) {
        return directory.resolve(sha256 + ENDING);
    }

    /** Whether it is there, every byte of it. */
    boolean has(BundleJar jar) {
        MessageDigest digest = sha256();
        try (InputStream in = Files.newInputStream(path(jar.sha256()))) {
            byte[] buffer = new byte[16_384];
            for (int read; (read = in.read(buffer)) > 0; ) {
                digest.update(buffer, 0, read);
            }
        } catch (IOException e) {
            return false;
        }
        return HexFormat.of().formatHex(digest.digest()).equals(jar.sha256());
    }

    /** Removes what nobody lists any more. */
    void retain(Set<String> sha256s) throws IOException {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*" + ENDING)) {
            for (Path jar : jars) {
                String name = jar.getFileName().toString();
                if (!sha256s.contains(name.substring(0, name.length() - ENDING.length()))) {
                    Files.delete(jar);
                }
            }
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
