package revcam.browser;

import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A copy of the shipped configuration to change, also while the product runs; its UDP port is a free one. */
public final class Configs {

    private final Path directory;

    private Configs(Path directory) {
        this.directory = directory;
    }

    /** @param directory made here */
    public static Configs copyTo(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (Stream<Path> files = Files.list(Product.root().resolve("configs"))) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName()));
            }
        }
        Configs configs = new Configs(directory);
        try (DatagramSocket socket = new DatagramSocket(0)) {
            configs.set("revcam.connectivity.lite", "port", Integer.toString(socket.getLocalPort()));
        }
        return configs;
    }

    public Path directory() {
        return directory;
    }

    /** What a key says now. */
    public String get(String pid, String key) throws IOException {
        Path file = directory.resolve(pid + ".cfg");
        Matcher line = Pattern.compile("(?m)^" + Pattern.quote(key) + " *= *(.*)$").matcher(Files.readString(file));
        if (!line.find()) {
            throw new IOException(file + " has no " + key);
        }
        return line.group(1);
    }

    /** Changes a key where it stands; the file is replaced as a whole, as editors do. */
    public void set(String pid, String key, String value) throws IOException {
        Path file = directory.resolve(pid + ".cfg");
        Matcher line = Pattern.compile("(?m)^#?" + Pattern.quote(key) + " *=.*$").matcher(Files.readString(file));
        if (!line.find()) {
            throw new IOException(file + " has no " + key);
        }
        // The watcher takes .cfg files only.
        Path next = directory.resolve(pid + ".next");
        Files.writeString(next, line.replaceFirst(Matcher.quoteReplacement(key + " = " + value)));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
