package revcam.connectivity.ice4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Random;
import org.ice4j.ice.Agent;
import org.ice4j.ice.CandidateType;
import org.ice4j.ice.Component;
import org.ice4j.ice.RemoteCandidate;
import org.jitsi.utils.logging2.LoggerImpl;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CandidateLineTest {

    private static Agent agent;
    private static Component component;

    @BeforeAll
    static void start() {
        Ice4jDefaults.apply();
        agent = new Agent();
        component = Component.build(1, agent.createMediaStream("video"), new LoggerImpl("test"));
    }

    @AfterAll
    static void stop() {
        agent.free();
    }

    @Test
    void readsWhatBrowsersSend() {
        RemoteCandidate reflexive = CandidateLine.parse(
                "candidate:842163049 1 udp 1677729535 203.0.113.141 54609 typ srflx raddr 192.0.2.4 rport 54609 "
                        + "generation 0 ufrag eJwq network-cost 999",
                component);
        assertEquals("203.0.113.141:54609/udp", reflexive.getTransportAddress().toString());
        assertEquals(CandidateType.SERVER_REFLEXIVE_CANDIDATE, reflexive.getType());
        assertEquals(1677729535L, reflexive.getPriority());
        assertEquals("842163049", reflexive.getFoundation());

        RemoteCandidate six = CandidateLine.parse("1 1 UDP 2122265343 2001:db8::57 60000 typ host", component);
        assertEquals(60000, six.getTransportAddress().getPort());
        assertEquals(CandidateType.HOST_CANDIDATE, six.getType());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1 1 udp 1 192.0.2.1 5000 typ",
                "1 2 udp 1 192.0.2.1 5000 typ host",
                "1 1 tcp 1 192.0.2.1 9 typ host tcptype active",
                "1 1 udp 0 192.0.2.1 5000 typ host",
                "1 1 udp 2147483648 192.0.2.1 5000 typ host",
                "1 1 udp -1 192.0.2.1 5000 typ host",
                "1 1 udp 1 192.0.2.1 0 typ host",
                "1 1 udp 1 192.0.2.1 65536 typ host",
                "1 1 udp 1 192.0.2.256 5000 typ host",
                "1 1 udp 1 192.0.2 5000 typ host",
                "1 1 udp 1 3221225985 5000 typ host",
                "1 1 udp 1 0.0.0.0 5000 typ host",
                "1 1 udp 1 224.0.0.251 5353 typ host",
                "1 1 udp 1 :: 5000 typ host",
                "1 1 udp 1 ff02::fb 5353 typ host",
                "1 1 udp 1 fe80::1 5000 typ host",
                "1 1 udp 1 1:2:3:4:5:6:7:8:9 5000 typ host",
                "1 1 udp 1 viewer.example.org 5000 typ host",
                "1 1 udp 1 b3d4.local 5000 typ host",
                "1 1 udp 1 192.0.2.1 5000 typ unknown",
                "1 1 udp 1 192.0.2.1 5000 kind host",
                "a\u0000b 1 udp 1 192.0.2.1 5000 typ host"
            })
    void ignoresWhatCannotBeTried(String line) {
        assertNull(CandidateLine.parse(line, component));
    }

    @Test
    void garbageDoesNoHarm() {
        Random random = new Random(8839);
        String line = "842163049 1 udp 1677729535 203.0.113.141 54609 typ srflx raddr 192.0.2.4 rport 54609";
        assertNotNull(CandidateLine.parse(line, component));
        for (int i = 0; i < 20_000; i++) {
            StringBuilder changed = new StringBuilder(line);
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                changed.setCharAt(random.nextInt(line.length()), (char) (random.nextInt(0x80)));
            }
            CandidateLine.parse(changed.toString(), component);
        }
    }
}
