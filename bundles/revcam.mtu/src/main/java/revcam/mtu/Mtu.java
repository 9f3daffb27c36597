package revcam.mtu;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The command {@code ./revcam mtu}. Its exit status is 0 when a path was measured (and set), 1 when none was, 2 when misused. */
public final class Mtu {

    /** What it was called by: as it stands in the source tree, or as it is installed. */
    private static final String COMMAND = System.getProperty("revcam.command", "./revcam");

    private static final String HELP = """
            ./revcam mtu HOST[:PORT] [options]

            Measures the largest packet that passes from here to HOST over IPv4 and over IPv6, and proposes the stream's packet
            size, the key mtu of revcam.stream-main.cfg. HOST runs nothing of ours: it is pinged; with PORT it is asked over UDP,
            as STUN and TURN servers are, and a refusal by a port that is closed will do. The exit status is 0 when at least
            one of the two was measured.

              --set                 write the proposal into local/revcam.stream-main.cfg; a running RevCam takes it at once
              --turn                the stream goes through a TURN relay: count what that adds
              --max N               bytes of the largest packet to try, 576 to 9000                   [1500]
              --json                the result as JSON
              --configs DIR         the configuration files                                           [those of this RevCam]
            """;

    /** Of one address family: a result, or why there is none. */
    private record Measured(String family, String address, PathSearch.Result result, String failure) {

        boolean ipv6() {
            return family.equals("IPv6");
        }
    }

    private Target target;
    private boolean set;
    private boolean turn;
    private boolean json;
    private int most = 1500;
    private StreamFile file;

    private Mtu() {}

    /** @param arguments as in the help */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT);
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        if (List.of(arguments).contains("--help") || List.of(arguments).contains("-h")) {
            out.print(HELP.replace("./revcam", COMMAND));
            return 0;
        }
        Mtu mtu = new Mtu();
        try {
            mtu.read(arguments);
        } catch (IllegalArgumentException e) {
            err.println("revcam: " + e.getMessage());
            err.println("revcam: see " + COMMAND + " mtu --help");
            return 2;
        }
        try {
            return mtu.run(out, err);
        } catch (IOException e) {
            err.println("revcam: " + e.getMessage());
            return 1;
        }
    }

    private void read(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--set" -> set = true;
                case "--turn" -> turn = true;
                case "--json" -> json = true;
                case "--max" -> most = size(value(arguments, ++i));
                case "--configs" -> file = new StreamFile(Path.of(value(arguments, ++i)));
                default -> {
                    if (arguments[i].startsWith("-")) {
                        throw new IllegalArgumentException("mtu has no option " + arguments[i]);
                    }
                    if (target != null) {
                        throw new IllegalArgumentException("mtu takes one host, not '" + arguments[i] + "' as well");
                    }
                    target = Target.parse(arguments[i]);
                }
            }
        }
        if (target == null) {
            throw new IllegalArgumentException("to which host? a viewer's, or that of a STUN or TURN server, as in HOST:3478");
        }
        if (file == null) {
            throw new IllegalArgumentException("--configs is needed: the directory with the configuration files");
        }
    }

    private static String value(String[] arguments, int i) {
        if (i >= arguments.length) {
            throw new IllegalArgumentException(arguments[i - 1] + " takes a value");
        }
        return arguments[i];
    }

    private static int size(String text) {
        int bytes = text.matches("\\d{3,4}") ? Integer.parseInt(text) : 0;
        if (bytes < StreamFile.LEAST || bytes > StreamFile.MOST) {
            throw new IllegalArgumentException("--max takes a number from " + StreamFile.LEAST + " to " + StreamFile.MOST
                    + ", not '" + text + "'");
        }
        return bytes;
    }

    private int run(PrintStream out, PrintStream err) throws IOException {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(target.host());
        } catch (UnknownHostException e) {
            throw new IOException("there is no host '" + target.host()
                    + "': check the name, and that this machine can resolve names", e);
        }
        List<Measured> paths = new ArrayList<>();
        for (boolean ipv6 : new boolean[] {false, true}) {
            paths.add(measure(addresses, ipv6));
        }
        int proposal = paths.stream().filter(path -> path.result != null).mapToInt(path -> path.result.bytes()).min().orElse(0);
        int configured = file.mtu();
        if (json) {
            out.println(new GsonBuilder().setPrettyPrinting().create().toJson(json(paths, proposal, configured)));
        } else {
            print(out, paths);
        }
        if (proposal == 0) {
            err.println("revcam: no path to " + target.host() + " was measured"
                    + (target.port() == 0 ? "; if it does not answer pings, name a UDP port, as of a STUN server: HOST:3478" : ""));
            return 1;
        }
        if (set && proposal != configured) {
            try {
                file.write(proposal);
            } catch (IOException e) {
                throw new IOException("cannot write " + file.local() + ": " + e, e);
            }
        }
        if (!json) {
            propose(out, proposal, configured);
        }
        return 0;
    }

    private Measured measure(InetAddress[] addresses, boolean ipv6) {
        String family = ipv6 ? "IPv6" : "IPv4";
        for (InetAddress address : addresses) {
            if (address instanceof Inet6Address != ipv6) {
                continue;
            }
            String text = address.getHostAddress();
            try (ProbeSocket socket = new ProbeSocket(address, target.port())) {
                PathSearch.Result result = PathSearch.search(socket, StreamFile.LEAST, most);
                return new Measured(family, text, result, result != null ? null
                        : "nothing answers, not even to packets of " + StreamFile.LEAST + " bytes");
            } catch (IOException e) {
                return new Measured(family, text, null, e.getMessage());
            }
        }
        return new Measured(family, null, null, target.host() + " has no " + family + " address");
    }

    private void print(PrintStream out, List<Measured> paths) {
        out.printf("To %s by %s, packets of %d to %d bytes that nobody may fragment:%n%n", target.host(),
                target.port() == 0 ? "ping" : "UDP port " + target.port(), StreamFile.LEAST, most);
        out.printf("        largest packet   H.264 in it   lost    what stops larger ones%n");
        for (Measured path : paths) {
            if (path.result == null) {
                out.printf("  %s  none: %s%n", path.family, path.failure);
            } else {
                out.printf("  %s  %8d bytes   %5d bytes   %3d %%   %s%n", path.family, path.result.bytes(),
                        Overhead.payloadBytes(path.result.bytes(), path.ipv6(), turn), path.result.lostPercent(),
                        path.result.limit().words);
            }
        }
        if (paths.stream().allMatch(path -> path.result == null)) {
            return;
        }
        out.printf("%nBeside H.264 a packet has IP and UDP (IPv4: %d bytes, IPv6: %d), SRTP's tag (%d), the RTP header with%n"
                + "extensions and room to send it again (%d)%s. RevCam takes them off mtu by itself.%n",
                Overhead.IPV4_UDP_BYTES, Overhead.IPV6_UDP_BYTES, Overhead.SRTP_BYTES, Overhead.RTP_BYTES,
                turn ? ", and TURN's Send indication (" + Overhead.TURN_SEND_BYTES + ")" : "");
        if (paths.stream().anyMatch(path -> path.result != null && path.result.lostPercent() >= 30)) {
            out.println("So much is lost that this may be wrong; try again.");
        }
    }

    private void propose(PrintStream out, int proposal, int configured) {
        out.printf("%nProposed: mtu = %d", proposal);
        if (proposal == configured) {
            out.println(", which is configured already.");
        } else if (set) {
            out.printf(", now in %s%n", file.local());
        } else {
            out.printf("%s. To set it: %s mtu %s%s%s --set%nor write that line into %s%n",
                    configured == 0 ? "" : "; configured is " + configured, COMMAND, text(), turn ? " --turn" : "",
                    most == 1500 ? "" : " --max " + most, file.local());
        }
    }

    private String text() {
        String host = target.host();
        return target.port() == 0 ? host : (host.contains(":") ? "[" + host + "]" : host) + ":" + target.port();
    }

    private JsonObject json(List<Measured> paths, int proposal, int configured) {
        JsonObject json = new JsonObject();
        json.addProperty("host", target.host());
        if (target.port() != 0) {
            json.addProperty("port", target.port());
        }
        for (Measured path : paths) {
            JsonObject one = new JsonObject();
            one.addProperty("address", path.address);
            if (path.result == null) {
                one.addProperty("failure", path.failure);
            } else {
                one.addProperty("mtu", path.result.bytes());
                one.addProperty("limit", path.result.limit().name().toLowerCase(Locale.ROOT));
                one.addProperty("sent", path.result.sent());
                one.addProperty("lost", path.result.lost());
                one.addProperty("payload", Overhead.payloadBytes(path.result.bytes(), path.ipv6(), turn));
            }
            json.add(path.family.toLowerCase(Locale.ROOT), one);
        }
        if (proposal != 0) {
            json.addProperty("proposed", proposal);
        }
        json.addProperty("configured", configured);
        return json;
    }
}
