package revcam.transport.webrtc.ice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What may be said in {@code listen}, as it comes from a file or from the command line. */
class IceLiteFactoryTest {

    @Test
    void listensOnAllAddressesUnlessTold() {
        for (String all : List.of("", " ", "0.0.0.0", "::", "192.168.1.20, 0.0.0.0")) {
            assertEquals(List.of(), IceLiteFactory.listen(all), all);
        }
    }

    @Test
    void listensOnWhatIsNamed() {
        assertEquals(List.of(Announced.literal("192.168.1.20"), Announced.literal("fd00::20")),
                IceLiteFactory.listen(" 192.168.1.20,fd00::20 "));
        assertTrue(IceLiteFactory.listen("localhost").contains(Announced.literal("127.0.0.1")));
    }

    @Test
    void aMistypedRestrictionOpensNothing() {
        assertEquals(List.of(Announced.literal("127.0.0.1")), IceLiteFactory.listen("192.168.1.2000"));
        assertEquals(List.of(Announced.literal("192.168.1.20")), IceLiteFactory.listen("192.168.1.2000,192.168.1.20"));
    }
}
