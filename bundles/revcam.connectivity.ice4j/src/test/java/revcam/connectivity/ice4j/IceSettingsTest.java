package revcam.connectivity.ice4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import revcam.api.config.Settings;

class IceSettingsTest {

    private static IceSettings of(Map<String, Object> values) {
        return Settings.read(Ice4jConnectivityFactory.PID, Ice4jConnectivityFactory.Config.class, TestConfig.of(values), null,
                IceSettings::of, complaint -> { });
    }

    @Test
    void serversComeInTheFormsPeopleKnow() {
        assertEquals(
                List.of(
                        new IceServer("stun.example.org", 3478),
                        new IceServer("192.0.2.9", 19302),
                        new IceServer("2001:db8::9", 3478),
                        new IceServer("a.example", 1)),
                of(Map.of("stun", "stun.example.org, stun:192.0.2.9:19302 [2001:db8::9],stun:a.example:1")).stun());
        assertEquals(
                List.of(new IceServer("turn.example.org", 443)),
                of(Map.of("turn", "turn:turn.example.org:443?transport=udp", "turn_user", "cam", "turn_password", "x"))
                        .turn());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://x", "turn:x", "stuns:x", "x:0", "x:65536", "x:y", "a b:c", "x?transport=tcp", "[x]:1"})
    void whatIsNoServerIsLeftOut(String list) {
        assertThrows(IllegalArgumentException.class, () -> IceServer.parse("stun", list));
        assertTrue(of(Map.of("stun", list)).stun().isEmpty());
    }

    @Test
    void badPortsAndTimesBecomeTheDefaults() {
        for (String ports : List.of("80-90", "46199-46100", "46100", "46100-99999", "x-y", "-1-5")) {
            assertEquals(0, of(Map.of("ports", ports)).maxPort(), ports);
        }
        assertEquals(46_100, of(Map.of("ports", " 46100-46199 ")).minPort());
        assertEquals(2000, of(Map.of("gatherTimeout", -1)).gatherTimeoutMillis());
        assertEquals(2000, of(Map.of("gatherTimeout", 10_001)).gatherTimeoutMillis());
        assertEquals(0, of(Map.of("gatherTimeout", 0)).gatherTimeoutMillis());
    }

    @Test
    void turnWithoutAccountIsLeftOut() {
        assertTrue(of(Map.of("turn", "turn.example.org", "turn_user", "cam")).turn().isEmpty());
    }

    @Test
    void hidingAddressesFailsClosed() {
        assertNull(of(Map.of()).refusal());
        assertFalse(of(Map.of()).relayOnly());
        assertNotNull(of(Map.of("policy", "relay")).refusal());
        assertNotNull(of(Map.of("policy", "Relay ")).refusal());
        assertTrue(of(Map.of("policy", "hidden")).relayOnly());
        assertNotNull(Settings.read(Ice4jConnectivityFactory.PID, Ice4jConnectivityFactory.Config.class, Map.of(), null,
                IceSettings::of, complaint -> { }).refusal(), "without a configuration");
    }

    @Test
    void thePasswordIsNotShown() {
        IceSettings settings = of(Map.of("turn", "t", "turn_user", "cam", "turn_password", "s3cret"));
        assertEquals("s3cret", settings.turnPassword());
        assertFalse(settings.toString().contains("s3cret"));
    }
}
