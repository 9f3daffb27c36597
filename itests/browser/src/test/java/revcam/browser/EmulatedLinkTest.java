package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.linklab.UdpRelay;

/** A real browser behind the link laboratory's model: with the delay, jitter and loss that this kernel cannot make. */
class EmulatedLinkTest {

    private static final String CONTROLLER = System.getProperty("revcam.congestion", "gcc");
    private static final int SECONDS = Integer.getInteger("revcam.phase.seconds", 10);

    @TempDir
    Path directory;

    /** 5 % of the packets are lost at random, 50 ms away, on a link of 2 Mbit/s. */
    @Test
    void randomLossIsRepaired() throws IOException {
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        InetSocketAddress camera = new InetSocketAddress(InetAddress.getLoopbackAddress(),
                Integer.parseInt(configs.get("revcam.connectivity.lite", "port")));
        try (UdpRelay relay = UdpRelay.open(camera, "loss-5", 1)) {
            configs.set("revcam.connectivity.lite", "announce", "127.0.0.1:" + relay.address().getPort());
            try (Product product = Product.launch(configs, "--congestion", CONTROLLER).awaitReady();
                    Chromium chromium = Chromium.start()) {
                Page page = chromium.openBlank();
                page.reachBy(relay.address().getPort());
                page.navigate(product.url());
                page.awaitFrames(60, Duration.ofSeconds(20));
                page.reset();
                long lostBefore = relay.lost();
                Pause.millis(1000L * SECONDS);
                Watch watch = page.watch();
                long lost = relay.lost() - lostBefore;
                System.out.printf("%s, 5 %% loss, 50 ms away: %s; %.0f ms round trip; the link lost %d%n", CONTROLLER, watch,
                        watch.stats().rttMillis(), lost);
                assertAll(
                        () -> assertTrue(lost >= 10, "the link lost only " + lost),
                        () -> assertTrue(watch.stats().rttMillis() >= 90, "round trip " + watch.stats().rttMillis() + " ms"),
                        // At a low rate the ladder encodes every other picture.
                        () -> assertTrue(watch.framesPerSecond() > 12, watch.framesPerSecond() + " frames a second"),
                        () -> assertTrue(watch.stats().retransmittedPacketsReceived() >= lost / 2,
                                "came again: " + watch.stats().retransmittedPacketsReceived() + " of " + lost),
                        () -> assertTrue(watch.latency(0.5) >= 50, "latency " + watch.latency(0.5) + " ms"),
                        () -> assertTrue(watch.latency(0.95) < 500, "latency " + watch.latency(0.95) + " ms"));
            }
        }
    }
}
