package revcam.packaging;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A root file system as it is after an installation, with nothing but what every Debian has, and systemd. Made once in a
 * run of the tests, by mmdebstrap.
 */
final class FreshDebian {

    private static Path made;

    private FreshDebian() {}

    /** The release that {@code -Drevcam.suite=} asks for, such as bookworm; empty when it asks for none. */
    static String suite() {
        return System.getProperty("revcam.suite", "");
    }

    static synchronized Path root() throws IOException {
        if (made == null) {
            Path root = Path.of("target", "fresh-" + suite()).toAbsolutePath();
            Commands.run("rm", "-rf", root.toString());
            Commands.run("mmdebstrap", "--variant=apt", "--include=systemd,systemd-sysv,dbus", suite(), root.toString());
            made = root;
        }
        return made;
    }
}
