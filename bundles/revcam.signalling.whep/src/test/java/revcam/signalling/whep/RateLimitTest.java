package revcam.signalling.whep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private final RateLimit limit = new RateLimit(6, TimeUnit.MINUTES);
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(5); // nanoTime may overflow on the way

    @Test
    void allowsABurstAndThenAnEvenRate() {
        for (int i = 0; i < 6; i++) {
            assertEquals(0, limit.waitSeconds("a", now));
            limit.take("a", now);
        }
        assertEquals(10, limit.waitSeconds("a", now));
        assertEquals(0, limit.waitSeconds("b", now));
        now += TimeUnit.SECONDS.toNanos(9);
        assertEquals(1, limit.waitSeconds("a", now));
        now += TimeUnit.SECONDS.toNanos(1);
        assertEquals(0, limit.waitSeconds("a", now));
        limit.take("a", now);
        assertEquals(10, limit.waitSeconds("a", now));
        now += TimeUnit.HOURS.toNanos(1);
        for (int i = 0; i < 6; i++) {
            assertEquals(0, limit.waitSeconds("a", now));
            limit.take("a", now);
        }
        assertEquals(10, limit.waitSeconds("a", now), "an hour's rest earns no more than one burst");
    }

    @Test
    void oneHolderOfIpv6AddressesIsOneClient() {
        assertEquals(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
        assertNotEquals(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assertNotEquals(client("192.0.2.1"), client("192.0.2.2"));
    }

    private static String client(String address) {
        return RateLimit.client(new InetSocketAddress(address, 1));
    }
}
