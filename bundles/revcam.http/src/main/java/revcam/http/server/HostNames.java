package revcam.http.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The names under which this server may be asked for. A page of another site can have its own name point at this
 * machine (DNS rebinding) and would then count as our own page; it cannot choose the name, though.
 */
final class HostNames {

    private static final Path KERNEL_HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private final Set<String> names = new HashSet<>();

    /** @param configured names beyond the machine's own */
    HostNames(List<String> configured) {
        for (String name : configured) {
            names.add(name.toLowerCase(Locale.ROOT));
        }
        try {
            names.add(Files.readString(KERNEL_HOST_NAME).strip().toLowerCase(Locale.ROOT));
        } catch (IOException e) {
            String name = System.getenv("HOSTNAME");
            if (name != null) {
                names.add(name.toLowerCase(Locale.ROOT));
            }
        }
    }

    /** @param host in lower case, without port; an address, which nobody else's name can be, is always welcome */
    boolean contains(String host) {
        return host.equals("localhost")
                || host.startsWith("[")
                || host.matches("\\d{1,3}(\\.\\d{1,3}){3}")
                || host.endsWith(".local")
                || names.contains(host);
    }
}
