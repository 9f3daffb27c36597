package revcam.transport.webrtc.ice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LocalAddressesTest {

    private static final List<InetAddress> MACHINE = addresses(
            "::1", "127.0.0.1", "fe80::1", "169.254.7.7", "192.168.1.20", "2001:db8::20", "fd00::20", "fec0::1");
    private static final List<InetAddress> ALONE = addresses("127.0.0.1", "::1", "fe80::1");

    @Test
    void prefersIpv6AndKeepsLinkLocalForLast() {
        assertEquals(addresses("2001:db8::20", "fd00::20", "192.168.1.20", "169.254.7.7"),
                LocalAddresses.choose(MACHINE, List.of(), Loopback.AUTO));
    }

    @Test
    void offersLoopbackLastAndOnlyWhenWanted() {
        assertEquals(addresses("2001:db8::20", "fd00::20", "192.168.1.20", "169.254.7.7", "127.0.0.1", "::1"),
                LocalAddresses.choose(MACHINE, List.of(), Loopback.ALWAYS));
        assertEquals(addresses("127.0.0.1", "::1"), LocalAddresses.choose(ALONE, List.of(), Loopback.AUTO));
        assertEquals(List.of(), LocalAddresses.choose(ALONE, List.of(), Loopback.NEVER));
    }

    @Test
    void usesOnlyWhatConfigurationNames() {
        assertEquals(addresses("192.168.1.20", "127.0.0.1"),
                LocalAddresses.choose(MACHINE, addresses("127.0.0.1", "192.168.1.20", "10.0.0.1"), Loopback.NEVER));
    }

    @Test
    void boundsTheirNumber() {
        List<InetAddress> many = addresses(IntStream.range(1, 100).mapToObj(i -> "10.0.0." + i).toArray(String[]::new));
        assertEquals(LocalAddresses.MAX, LocalAddresses.choose(many, List.of(), Loopback.AUTO).size());
    }

    @Test
    void readsAnnouncedAddressesAndAsksNoNameServer() {
        assertEquals(new Announced(addresses("203.0.113.7").get(0), 0), Announced.parse("203.0.113.7"));
        assertEquals(new Announced(addresses("203.0.113.7").get(0), 9000), Announced.parse("203.0.113.7:9000"));
        assertEquals(new Announced(addresses("2001:db8::7").get(0), 0), Announced.parse("2001:db8::7"));
        assertEquals(new Announced(addresses("2001:db8::7").get(0), 9000), Announced.parse("[2001:db8::7]:9000"));
        for (String wrong : List.of("camera.example.org", "1.2.3", "1.2.3.256", "203.0.113.7:0", "203.0.113.7:65536",
                "[2001:db8::7]", "localhost:8189", ":", "beef", "")) {
            assertThrows(IllegalArgumentException.class, () -> Announced.parse(wrong), wrong);
        }
    }

    private static List<InetAddress> addresses(String... literals) {
        return Stream.of(literals).map(Announced::literal).toList();
    }
}
