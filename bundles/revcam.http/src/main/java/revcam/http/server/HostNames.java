package revcam.http.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The names under which this server may be asked for. A page of another site can have its own name point at this
 * machine (DNS rebinding) and would then count as our own page; it cannot choose the name, though.
 */
final class HostNames {

    private static final Path KERNEL_HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private static final Pattern DNS_NAME = Pattern.compile("[a-z]([a-z0-9-]*[a-z0-9])?(\\.[a-z]([a-z0-9-]*[a-z0-9])?)*");

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

    /** Those that a certificate for this machine is good for; what mDNS calls it is the host's name with .local. */
    List<String> forCertificate() {
        Set<String> all = new TreeSet<>(Set.of("localhost"));
        for (String name : names) {
            if (DNS_NAME.matcher(name).matches()) {
                all.add(name);
                if (name.indexOf('.') < 0) {
                    all.add(name + ".local");
                }
            }
        }
        return List.copyOf(all);
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
