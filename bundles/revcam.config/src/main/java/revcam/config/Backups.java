package revcam.config;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.DurableFile;

/** Copies of configuration files as they last were when they were whole, each behind a line with its SHA-256. */
final class Backups {

    private static final Logger LOG = LoggerFactory.getLogger(Backups.class);
    private static final int HEADER_BYTES = 2 * 32 + 1;

    private final Path directory;
    private final Path configs;

    /**
     * @param state directory that outlives a run
     * @param configs whose files are kept; several such directories may share one state
     */
    Backups(Path state, Path configs) {
        this.configs = configs;
        directory = state.resolve("config-backup")
                .resolve(HexFormat.of().formatHex(sha256(configs.toString().getBytes(StandardCharsets.UTF_8)), 0, 8));
    }

    /** Keeps a copy unless it is kept already. */
    void keep(Path file, byte[] content) {
        if (Arrays.equals(content, find(file))) {
            return;
        }
        byte[] header = (HexFormat.of().formatHex(sha256(content)) + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] copy = Arrays.copyOf(header, header.length + content.length);
        System.arraycopy(content, 0, copy, header.length, content.length);
        try {
            DurableFile.write(place(file), copy);
        } catch (IOException e) {
            LOG.warn("cannot keep a copy of {} in {} ({})", file, directory, e.toString());
        }
    }

    /** The copy, or null when there is none that is whole. */
    byte[] find(Path file) {
        try (InputStream in = new FileInputStream(place(file).toFile())) {
            byte[] copy = in.readAllBytes();
            if (copy.length >= HEADER_BYTES) {
                byte[] content = Arrays.copyOfRange(copy, HEADER_BYTES, copy.length);
                String hash = new String(copy, 0, HEADER_BYTES - 1, StandardCharsets.US_ASCII);
                if (HexFormat.of().formatHex(sha256(content)).equals(hash) && copy[HEADER_BYTES - 1] == '\n') {
                    return content;
                }
            }
            LOG.warn("{} is damaged and not used", place(file));
        } catch (FileNotFoundException e) {
            // there never was one
        } catch (IOException e) {
            LOG.warn("cannot read {} ({})", place(file), e.toString());
        }
        return null;
    }

    void forget(Path file) {
        try {
            DurableFile.delete(place(file));
        } catch (IOException e) {
            LOG.warn("cannot delete {} ({})", place(file), e.toString());
        }
    }

    private Path place(Path file) {
        return directory.resolve(configs.relativize(file).toString());
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
