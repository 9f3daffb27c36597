package revcam.transport.webrtc.ice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import revcam.api.config.Settings;

/** What may be said in {@code listen}, as it comes from a file or from the command line. */
class IceLiteFactoryTest {

    private final List<String> complaints = new ArrayList<>();

    @Test
    void listensOnAllAddressesIfTold() {
        for (String all : List.of("", " ", "0.0.0.0", "::", "192.168.1.20, 0.0.0.0")) {
            assertEquals(List.of(), listen(all), all);
        }
        assertEquals(List.of(), complaints);
    }

    @Test
    void listensOnWhatIsNamed() {
        assertEquals(List.of(Announced.literal("192.168.1.20"), Announced.literal("fd00::20")),
                listen(" 192.168.1.20,fd00::20 "));
        assertTrue(listen("localhost").contains(Announced.literal("127.0.0.1")));
        assertEquals(List.of(), complaints);
    }

    @Test
    void withoutAConfigurationOrWithAMistypedOneNothingIsOpened() {
        List<InetAddress> thisMachine = List.of(Announced.literal("127.0.0.1"));
        assertEquals(thisMachine, read(Map.of(), null).listen());
        assertEquals(thisMachine, listen("192.168.1.2000"));
        assertEquals(thisMachine, listen("192.168.1.2000,192.168.1.20"));
        assertEquals(2, complaints.size());
    }

    @Test
    void aBadValueLeavesTheLastGoodOnes() {
        IcePort.Settings good = read(Map.of("port", "4711", "loopback", "Always", "announce", "192.0.2.1:80"), null);
        assertEquals(new IcePort.Settings(4711, List.of(Announced.literal("127.0.0.1")), Loopback.ALWAYS,
                List.of(new Announced(Announced.literal("192.0.2.1"), 80)), 8_000_000_000L), good);
        for (Map<String, Object> bad : List.<Map<String, Object>>of(Map.of("port", "65536"), Map.of("silence", "4"),
                Map.of("loopback", "sometimes"), Map.of("announce", "here"), Map.of("listen", "192.168.1.2000"))) {
            assertEquals(good, read(bad, good), bad.toString());
        }
        assertEquals(5, complaints.size());
    }

    private List<InetAddress> listen(String text) {
        return read(Map.of("listen", text), null).listen();
    }

    private IcePort.Settings read(Map<String, Object> properties, IcePort.Settings lastGood) {
        return Settings.read(IceLiteFactory.PID, IceLiteFactory.Config.class, properties, lastGood,
                IceLiteFactory::settings, complaints::add);
    }
}
