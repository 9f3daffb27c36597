package revcam.browser;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network of its own that leads nowhere, in which packets may be lost at random; the machine's own network is
 * left alone. Needs no privilege where user namespaces are allowed.
 */
public final class NetworkNamespace implements AutoCloseable {

    private final Process holder;

    private NetworkNamespace(Process holder) {
        this.holder = holder;
    }

    /**
     * @param lossPercent of the UDP packets larger than {@code minBytes}, decided for each by itself
     * @return null where the system does not let us
     */
    public static NetworkNamespace create(int lossPercent, int minBytes) throws IOException {
        String rules = "add table inet loss; add chain inet loss out { type filter hook output priority 0 ; };"
                + " add rule inet loss out meta l4proto udp meta length > " + minBytes
                + " numgen random mod 100 < " + lossPercent + " counter drop";
        Process holder = new ProcessBuilder("unshare", "-Urn", "sh", "-c",
                "ip link set lo up"
                        // Without a default route, browsers think that they are offline and try nothing.
                        + " && ip link add eth0 type veth peer name eth1 && ip link set eth0 up && ip link set eth1 up"
                        + " && ip address add 10.77.0.1/24 dev eth0 && ip route add default via 10.77.0.2"
                        + " && nft \"$1\" && echo up && exec sleep infinity", "sh", rules)
                .redirectErrorStream(true)
                .start();
        BufferedReader reader = holder.inputReader();
        if ("up".equals(reader.readLine())) {
            return new NetworkNamespace(holder);
        }
        holder.destroyForcibly();
        return null;
    }

    /** What to put before a command that is to run inside. */
    public List<String> prefix() {
        return List.of("nsenter", "-t", Long.toString(holder.pid()), "-U", "-n", "--preserve-credentials");
    }

    /** Packets that were lost so far. */
    public long lost() throws IOException {
        List<String> command = new ArrayList<>(prefix());
        command.addAll(List.of("nft", "list", "ruleset"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher counter = Pattern.compile("packets (\\d+)").matcher(text);
        if (!counter.find()) {
            throw new IOException(text);
        }
        return Long.parseLong(counter.group(1));
    }

    @Override
    public void close() {
        holder.destroy();
    }
}
