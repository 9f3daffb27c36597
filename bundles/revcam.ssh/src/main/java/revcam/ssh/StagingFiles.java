package revcam.ssh;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.scp.common.ScpTransferEventListener;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.SftpEventListener;

/**
 * What clients may do with files in the staging area, beyond that they cannot leave it: no links, which could lead out of
 * it; nothing larger than a set may be; and nothing when the storage is nearly full.
 */
final class StagingFiles implements SftpEventListener, ScpTransferEventListener {

    private static final long RESERVE_BYTES = 16_000_000;

    private final Path root;
    private final long largest;

    /** @param largest of a file, bytes */
    StagingFiles(Path root, long largest) {
        this.root = root;
        this.largest = largest;
    }

    @Override
    public void writing(ServerSession session, String remoteHandle, FileHandle localHandle, long offset, byte[] data,
            int dataOffset, int dataLen) throws IOException {
        check(offset + dataLen);
    }

    @Override
    public void linking(ServerSession session, Path source, Path target, boolean symbolic) throws IOException {
        throw new AccessDeniedException(source.toString(), target.toString(), "no links here");
    }

    @Override
    public void startFileEvent(Session session, FileOperation operation, Path file, long length, Set<PosixFilePermission> permissions)
            throws IOException {
        if (operation == FileOperation.RECEIVE) {
            check(length);
        }
    }

    private void check(long size) throws IOException {
        if (size < 0 || size > largest) {
            throw new IOException("a file may have " + largest + " bytes at most");
        }
        if (Files.getFileStore(root).getUsableSpace() < RESERVE_BYTES) {
            throw new IOException("the camera's storage is full");
        }
    }
}
