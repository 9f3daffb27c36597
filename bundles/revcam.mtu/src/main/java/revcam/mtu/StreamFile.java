package revcam.mtu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import revcam.api.config.DurableFile;

/** The key {@code mtu} of the stream: read as shipped or as changed, written as a change (docs/configuration.md). */
final class StreamFile {

    /** What the key takes, in bytes; revcam.stream refuses anything else. */
    static final int LEAST = 576;
    static final int MOST = 9000;

    private static final String NAME = "revcam.stream-main.cfg";
    private static final Pattern LINE = Pattern.compile("(?m)^[ \\t]*mtu[ \\t]*=[ \\t]*(.*?)[ \\t]*\\r?$");

    private final Path shipped;
    private final Path local;

    /** @param configs the directory of the shipped configuration files, with {@code local} in it */
    StreamFile(Path configs) {
        shipped = configs.resolve(NAME);
        local = configs.resolve("local").resolve(NAME);
    }

    /** Where a change goes. */
    Path local() {
        return local;
    }

    /** @return what is configured, or 0 where that cannot be read or is no number */
    int mtu() {
        for (Path file : new Path[] {local, shipped}) {
            try {
                Matcher line = LINE.matcher(text(file));
                String value = null;
                while (line.find()) {
                    value = line.group(1); // the last counts
                }
                if (value != null) {
                    return value.matches("\\d{1,5}") ? Integer.parseInt(value) : 0;
                }
            } catch (IOException e) {
                continue; // as if it said nothing; a change may well be another user's to read
            }
        }
        return 0;
    }

    private static String text(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
    }

    /**
     * Changes the one key and leaves the rest as it is. A RevCam that runs takes it within two seconds.
     *
     * @throws IOException it could not be written; what was there still is
     */
    void write(int mtu) throws IOException {
        String text = text(local);
        String assignment = "mtu = " + mtu;
        Matcher line = LINE.matcher(text);
        if (line.find()) {
            text = line.replaceAll(assignment);
        } else {
            text += (text.isEmpty() || text.endsWith("\n") ? "" : "\n") + assignment + "\n";
        }
        DurableFile.write(local, text.getBytes(StandardCharsets.UTF_8));
        // Written by root for a service that is not: it is the directory's owner who reads it.
        UserPrincipal reader = Files.getOwner(local.getParent());
        if (!reader.equals(Files.getOwner(local))) {
            Files.setOwner(local, reader);
        }
    }
}
