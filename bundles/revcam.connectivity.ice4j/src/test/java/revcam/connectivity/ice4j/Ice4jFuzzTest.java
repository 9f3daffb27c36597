package revcam.connectivity.ice4j;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.ice4j.ice.Agent;
import org.ice4j.ice.Component;
import org.ice4j.ice.RemoteCandidate;
import org.jitsi.utils.logging2.LoggerImpl;
import org.junit.jupiter.params.provider.MethodSource;

/** Candidates come from viewers, servers from files: each is one that can be tried, or is refused. */
class Ice4jFuzzTest {

    private static final Component COMPONENT = component();

    private static Component component() {
        Ice4jDefaults.apply();
        return Component.build(1, new Agent().createMediaStream("video"), new LoggerImpl("fuzz"));
    }

    static Stream<byte[]> candidates() {
        return Stream.of("candidate:842163049 1 udp 1677729535 203.0.113.141 54609 typ srflx raddr 192.0.2.4 rport 54609",
                "1 1 UDP 2122265343 2001:db8::57 60000 typ host", "1 1 udp 1 fe80::1%eth0 9 typ relay", "1 1 udp 1 a.local 9 typ host")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("candidates")
    @FuzzTest(maxDuration = "5m")
    void candidate(byte[] data) {
        RemoteCandidate read = CandidateLine.parse(new String(data, StandardCharsets.UTF_8), COMPONENT);
        if (read != null) {
            assertFalse(read.getTransportAddress().isUnresolved());
            assertFalse(read.getTransportAddress().getAddress().isMulticastAddress());
            assertTrue(read.getTransportAddress().getPort() > 0 && read.getPriority() > 0);
        }
    }

    static Stream<byte[]> servers() {
        return Stream.of("stun:stun.example.org:3478, [2001:db8::1]:3479", "192.0.2.1", "stuns:a:1", "stun:a?transport=udp", "turn:a:99999")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("servers")
    @FuzzTest(maxDuration = "5m")
    void servers(byte[] data) {
        try {
            List<IceServer> servers = IceServer.parse("stun", new String(data, StandardCharsets.UTF_8));
            assertTrue(servers.stream().allMatch(server -> server.port() > 0 && server.port() < 65_536 && !server.host().isEmpty()));
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains("\""));
        }
    }
}
