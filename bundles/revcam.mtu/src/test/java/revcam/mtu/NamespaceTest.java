package revcam.mtu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command in networks of its own: camera, router, host, by way of the kernel's own IPv4 and IPv6. Behind the router the
 * way is narrower than the camera's interface says. Left out where the system does not let us.
 */
class NamespaceTest {

    /** What has to be allowed. */
    private static final String ALLOWED = "command -v ip && command -v nft && command -v nsenter"
            + " && exec unshare -n sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'";

    /** Its arguments: the MTU behind the router; whether that speaks, or is silent; the command. */
    private static final String NETWORK = """
            set -e
            unshare -n sleep 300 & router=$!
            unshare -n sleep 300 & host=$!
            trap 'kill $router $host' EXIT
            for pid in $router $host; do
              until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
            done
            at() { pid=$1; shift; nsenter -t $pid -n "$@"; }
            ip link add camera type veth peer name near netns $router
            at $router ip link add far mtu $1 type veth peer name host mtu $1 netns $host
            ip address add 10.78.1.1/24 dev camera
            ip address add fd78:1::1/64 dev camera nodad
            ip link set camera up
            at $router ip address add 10.78.1.2/24 dev near
            at $router ip address add fd78:1::2/64 dev near nodad
            at $router ip address add 10.78.2.2/24 dev far
            at $router ip address add fd78:2::2/64 dev far nodad
            at $router ip link set near up
            at $router ip link set far up
            at $host ip address add 10.78.2.1/24 dev host
            at $host ip address add fd78:2::1/64 dev host nodad
            at $host ip link set host up
            ip route add default via 10.78.1.2
            ip route add default via fd78:1::2
            at $host ip route add default via 10.78.2.2
            at $host ip route add default via fd78:2::2
            at $router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
            if [ $2 = silent ]; then
              nft 'table inet filter { chain input { type filter hook input priority 0;
                icmp type destination-unreachable drop; icmpv6 type packet-too-big drop; }; }'
            else
              echo 0 0 >/proc/sys/net/ipv4/ping_group_range # pings without a raw socket
            fi
            echo up
            shift 2
            "$@" 10.78.2.1 >v4 & four=$!
            "$@" fd78:2::1 >v6 || true
            wait $four || true
            """;

    @TempDir
    Path work;

    /** The answers for both families in a network that is as wide as that behind its router. */
    private List<JsonObject> measure(int mtu, String router) throws Exception {
        Process allowed = new ProcessBuilder("unshare", "-Urn", "sh", "-c", ALLOWED).redirectErrorStream(true).start();
        String refusal = new String(allowed.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assumeTrue(allowed.waitFor() == 0, refusal);
        List<String> command = new ArrayList<>(List.of("unshare", "-Urn", "sh", "-c", NETWORK, "sh", Integer.toString(mtu), router,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("java.class.path"), "revcam.mtu.Mtu", "--json", "--configs", work.toString()));
        Process process = new ProcessBuilder(command).directory(work.toFile()).redirectErrorStream(true)
                .redirectOutput(work.resolve("log").toFile()).start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the command does not end");
        } finally {
            process.destroy();
        }
        String log = Files.readString(work.resolve("log"));
        assertTrue(log.startsWith("up"), log);
        List<JsonObject> answers = new ArrayList<>();
        for (String family : List.of("ipv4", "ipv6")) {
            String text = Files.readString(work.resolve(family.substring(2)));
            answers.add(JsonParser.parseString(text).getAsJsonObject().getAsJsonObject(family));
        }
        return answers;
    }

    private static void assertAnswers(int mtu, String limit, List<JsonObject> answers) {
        for (JsonObject answer : answers) {
            assertEquals(mtu, answer.get("mtu") == null ? 0 : answer.get("mtu").getAsInt(), answer::toString);
            assertEquals(limit, answer.get("limit").getAsString(), answer::toString);
        }
    }

    @Test
    void aRouterThatSpeaksIsFound() throws Exception {
        assertAnswers(1280, "router", measure(1280, "speaks"));
    }

    @Test
    void aBlackHoleIsFound() throws Exception {
        assertAnswers(1492, "black_hole", measure(1492, "silent"));
    }
}
