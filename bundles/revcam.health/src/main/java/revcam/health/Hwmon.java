package revcam.health;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The sensors of one kernel driver; their directories are numbered in the order in which drivers came. */
final class Hwmon {

    private Hwmon() {}

    /** Where a driver's sensors are, or where they would be. */
    static Path of(Path root, String driver) {
        Path directory = root.resolve("sys/class/hwmon");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "hwmon*")) {
            for (Path entry : entries) {
                try (SystemFile name = new SystemFile(entry.resolve("name"))) {
                    if (name.read() && name.skipPast(driver) && name.isAtLineEnd()) {
                        return entry;
                    }
                }
            }
        } catch (IOException e) {
            // No sensors: the machine is virtual, or the kernel was built without.
        }
        return directory.resolve(driver);
    }
}
